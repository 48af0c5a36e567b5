"""What a person meets at the terminal: the estimate, the bar, the finding, the path."""
