"""Where the checkpoint fails: properties of a side's images, slices described, and told in words."""
