"""The command line: parse, call, exit code. No logic of its own; heavy imports wait inside the commands."""

from shiftprobe.cli.app import app, main
from shiftprobe.cli.commands import audit, calibrate, diagnosing, finished, others, runs, watching

__all__ = ["app", "audit", "calibrate", "diagnosing", "finished", "main", "others", "runs", "watching"]
