"""Findings on stdout, messages on stderr."""

import sys


def say(text: str) -> None:
    """A finding, to stdout."""
    sys.stdout.write(f"{text}\n")


def tell(text: str) -> None:
    """A message, to stderr."""
    sys.stderr.write(f"{text}\n")
