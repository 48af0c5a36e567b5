"""Rows to what they say: a point per arm and dose, a contrast per dose, one verdict for the dial."""

from shiftprobe.results.summary.accuracies import PAIR
from shiftprobe.results.summary.contrasts import Pairing, plain
from shiftprobe.results.summary.whole import Found, summarize_run

__all__ = ["PAIR", "Found", "Pairing", "plain", "summarize_run"]
