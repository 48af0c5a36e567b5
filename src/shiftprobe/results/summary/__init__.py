"""Rows to what they say: a point per arm and condition, a contrast per condition, one verdict for the dial."""

from shiftprobe.results.summary.pairing import Pairing
from shiftprobe.results.summary.whole import RunContents, flips_of, summarize_run

__all__ = ["Pairing", "RunContents", "flips_of", "summarize_run"]
