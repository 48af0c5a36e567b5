"""A target with a few labels and many pictures: which are labelled next, how labels come in, what they are worth."""
