"""Foreign text as Markdown, under the name that the report's modules know it by."""

from shiftprobe.marked import code, link, prose, table, way

__all__ = ["code", "link", "prose", "table", "way"]
