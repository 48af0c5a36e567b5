"""How work is spread: in this process, or side by side in several, one thread each."""
