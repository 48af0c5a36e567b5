"""Data in which an image has several classes: refused by its name, with what is supported."""

import csv
from collections.abc import Iterable
from pathlib import Path

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.data.entries import content

_ROWS = 1000  # of a table that are enough to say what its columns are
_BETWEEN = "|"


def several(where: str, got: str) -> DataError:
    """The refusal of multi-label data.

    Args:
        where: the data, safe to print; empty where whoever catches it says so.
        got: how it says so, safe to print.
    """
    named = f"{where}: " if where else ""
    return DataError(
        f"{named}wanted one class for every image, got {got}: multi-label data, which is not supported; keep the "
        "images of one class alone, or ask for one label at a time: a column label that says yes or no, and a network "
        "with two outputs"
    )


def joined(labels: Iterable[str]) -> str:
    """A label that is several others in one cell, as `cat|dog` beside `cat`; nothing where there is none."""
    known = set(labels)
    return next((one for one in sorted(known) if _BETWEEN in one and _parts(one) & known), "")


def check_one_class(file: Path) -> None:
    """Refuse a table without a column label that says yes or no to several classes of one image.

    Raises:
        DataError: naming such columns.
    """
    lines = content(file).splitlines()[:_ROWS]
    delimiter = max(",;\t", key=lines[0].count) if lines else ","
    rows = list(csv.DictReader(lines, delimiter=delimiter))
    flags = [name for name in (rows[0] if rows else ()) if name and all(row[name] in {"0", "1"} for row in rows)]
    if any(sum(row[name] == "1" for name in flags) > 1 for row in rows):
        raise several(escape(file), f"columns that say yes or no each ({escape(', '.join(flags), 60)})")


def _parts(label: str) -> set[str]:
    return {part.strip() for part in label.split(_BETWEEN)}
