"""Data in which an image has several classes: refused by its name, with what is supported."""

from collections.abc import Iterable

from shiftprobe.core.errors import DataError

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


def _parts(label: str) -> set[str]:
    return {part.strip() for part in label.split(_BETWEEN)}
