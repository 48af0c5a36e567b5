"""The command line: parse, call, exit code. No logic of its own; heavy imports wait inside the commands."""

from shiftprobe.cli import audit, others, runs
from shiftprobe.cli.app import app, main

__all__ = ["app", "audit", "main", "others", "runs"]
