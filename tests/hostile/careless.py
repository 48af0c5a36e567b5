"""Loads files without care, each in a process of its own, and says which of them ran nothing.

Run as `python -m tests.hostile.careless FOLDER...`: a folder holds one file and is empty of markers.
"""

import os
import signal
import sys
from pathlib import Path

import torch
from tests.hostile.payloads import MARKER

PATIENCE = 20  # seconds


def _load(path: Path) -> None:
    """In a child that says nothing and reads nothing."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    signal.alarm(PATIENCE)
    try:
        torch.load(path, weights_only=False)  # the very call that we never make
    finally:
        os._exit(0)


def main(files: list[str]) -> None:
    """Print each file that made no marker."""
    for file in map(Path, files):
        child = os.fork()
        if child == 0:
            _load(file)
        os.waitpid(child, 0)
        if not os.path.lexists(file.parent / MARKER):
            sys.stdout.write(f"{file}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
