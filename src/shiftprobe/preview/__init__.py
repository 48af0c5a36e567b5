"""A contact sheet of what shifts do to the user's own images: numbers first (`preview`), then PNG or HTML."""

from shiftprobe.preview.page import write_html
from shiftprobe.preview.picture import write_png
from shiftprobe.preview.sheet import Group, Sheet, Strip, Tile, preview

__all__ = ["Group", "Sheet", "Strip", "Tile", "preview", "write_html", "write_png"]
