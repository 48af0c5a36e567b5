"""Files of weights: what they are, what is cut out of them, and the one loader."""
