"""Images that trained a checkpoint, known by their content in whatever file they come."""

from collections.abc import Sequence
from pathlib import Path

from shiftprobe import data
from shiftprobe.data.places import check_place


def hashes_of(names: Sequence[str], base: Path, what: str) -> frozenset[str]:
    """Content hashes of all images of some data, with or without labels.

    Args:
        names: data by name or path: a folder, a manifest, ORIGIN:NAME.
        base: the folder that relative paths start from.
        what: the key or flag that named them, for the refusal.

    Raises:
        ShiftprobeError: when data that is named cannot be read.
    """
    found: set[str] = set()
    for name in names:
        check_place(name, what, base)
        found |= set(data.load_unlabelled(data.named(name, base), base).hashes)
    return frozenset(found)
