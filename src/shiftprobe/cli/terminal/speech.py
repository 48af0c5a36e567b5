"""Findings on stdout, messages on stderr."""

import sys

from shiftprobe.core.escape import printable


def say(text: str) -> None:
    """A finding, to stdout; whatever file it came from, it moves no cursor."""
    sys.stdout.write(f"{printable(text)}\n")


def tell(text: str) -> None:
    """A message, to stderr; as `say`."""
    sys.stderr.write(f"{printable(text)}\n")
