"""One HTML file that opens anywhere: the run folder read, worded, drawn and written. Never imports torch."""

from shiftprobe.report.run.page import write

__all__ = ["write"]
