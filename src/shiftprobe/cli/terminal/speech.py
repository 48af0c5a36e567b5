"""Findings on stdout, messages on stderr."""

import sys

from shiftprobe.cli.exits import complain
from shiftprobe.core.escape import printable


def say(text: str) -> None:
    """A finding, to stdout; whatever file it came from, it moves no cursor."""
    sys.stdout.write(f"{printable(text)}\n")


def tell(text: str) -> None:
    """A message, to stderr, as `say`; work goes on where nobody takes it."""
    complain(printable(text))
