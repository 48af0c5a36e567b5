"""The page that lays several runs side by side."""
