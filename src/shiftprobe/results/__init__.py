"""What a run says: its folder, what probes left there, and the summary made of it."""
