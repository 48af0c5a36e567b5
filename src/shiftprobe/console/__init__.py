"""What a person sees at the terminal: findings on stdout, progress and messages on stderr."""

from shiftprobe.console.findings import comparison, findings, skipped
from shiftprobe.console.progress import LONG, Bar, bars, duration, estimate
from shiftprobe.console.speech import say, tell
from shiftprobe.console.tables import percent

__all__ = ["LONG", "Bar", "bars", "comparison", "duration", "estimate", "findings", "percent", "say", "skipped", "tell"]
