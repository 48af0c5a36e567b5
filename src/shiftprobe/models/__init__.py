"""Networks: build by name, find head and taps, load weights, read features. The package itself imports nothing."""
