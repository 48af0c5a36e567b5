"""What a paper says of a run: a paragraph of methods and results, their references, every declared pair as a table."""

from shiftprobe.paper.write import FILES, Written, write

__all__ = ["FILES", "Written", "write"]
