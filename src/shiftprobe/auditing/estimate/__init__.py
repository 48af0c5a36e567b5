"""Accuracy without labels: what a method reads, how it was calibrated, and the interval that is left."""
