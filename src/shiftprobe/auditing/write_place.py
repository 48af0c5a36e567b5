"""Where a repair may be kept: a new file beside the data, or one that an audit kept there before."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.files import exhaustion
from shiftprobe.data.places import check_apart
from shiftprobe.data.trained import LISTING, weights_of

SUFFIX = ".safetensors"


@dataclass(frozen=True, slots=True)
class Kept:
    """The three files of a kept repair."""

    weights: Path

    @property
    def card(self) -> Path:
        """What was done, and what came of it."""
        return self.weights.with_suffix(".card.md")

    @property
    def images(self) -> Path:
        """Which images chose it."""
        return self.weights.with_suffix(LISTING)


def check_write(path: Path, names: tuple[object, ...]) -> None:
    """Refuse a place for a repair before minutes are spent.

    Args:
        path: of the weights.
        names: data that images are read from.

    Raises:
        SpecError: when it has another suffix, lies within the data, or holds somebody else's file.
        ResourceError: when it cannot be looked at.
    """
    if path.suffix != SUFFIX:
        raise SpecError(f"--write {escape(path)}: wanted a file whose name ends in {SUFFIX}; give it that name")
    check_apart(path, names, flag="--write")
    check_free(Kept(path))


def check_free(kept: Kept) -> None:
    """Refuse to write over what no audit kept.

    Raises:
        SpecError: naming the file that is there.
        ResourceError: when it cannot be looked at.
    """
    there = [one for one in (kept.weights, kept.card, kept.images) if os.path.lexists(one)]
    if there and not _ours(kept):
        raise SpecError(
            f"--write {escape(kept.weights)}: wanted a new file or one that an audit kept, got {escape(there[0])}, "
            "which none did; choose another name"
        )


def _ours(kept: Kept) -> bool:
    """Whether the list that lies there belongs to the weights that do, or to none yet."""
    said = weights_of(kept.images)
    if said is None:
        return False
    with exhaustion(f"reading {escape(kept.weights)}"):
        if not kept.weights.is_file() or kept.weights.is_symlink():
            return not os.path.lexists(kept.weights)
        with kept.weights.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == said
