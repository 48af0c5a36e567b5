"""The page of a located target."""
