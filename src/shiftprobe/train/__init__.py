"""One training loop, and arms: how weights begin."""
