"""A contact sheet of what shifts do to the user's own images: numbers first (`preview`), then PNG or HTML."""

from shiftprobe.preview.page import write_html
from shiftprobe.preview.picture import write_png
from shiftprobe.preview.sheet import Sheet, SheetGroup, SheetTile, Strip, preview

__all__ = ["Sheet", "SheetGroup", "SheetTile", "Strip", "preview", "write_html", "write_png"]
