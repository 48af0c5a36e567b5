"""`python -m shiftprobe`."""

from shiftprobe.cli import main

main()
