"""Rows to what they say: a point per arm and condition, a contrast per condition, one verdict for the dial."""

from shiftprobe.results.summary.accuracies import PAIR
from shiftprobe.results.summary.contrasts import Pairing
from shiftprobe.results.summary.whole import RunContents, summarize_run

__all__ = ["PAIR", "Pairing", "RunContents", "summarize_run"]
