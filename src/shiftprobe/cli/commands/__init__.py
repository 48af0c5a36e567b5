"""The commands with their flags and help; what each one does stands in `terminal`."""
