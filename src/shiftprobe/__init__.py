"""shiftprobe: does transfer help here, how far does it carry, and why."""
