"""Findings on stdout, messages on stderr."""

import sys

from shiftprobe.cli.exits import complain


def say(text: str) -> None:
    """A finding, to stdout."""
    sys.stdout.write(f"{text}\n")


def tell(text: str) -> None:
    """A message, to stderr; work goes on where nobody takes it."""
    complain(text)
