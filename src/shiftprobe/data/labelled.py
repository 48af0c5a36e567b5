"""Images out of tables and archives, each with its class, its part, its domain and its group, as one bundle."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.data.bundle import Bundle, Skipped
from shiftprobe.data.files import read
from shiftprobe.data.multi_label import joined, several
from shiftprobe.data.parts import divides, part_of
from shiftprobe.data.sources import Encoded
from shiftprobe.data.walk import class_name

UNLABELLED = "-1"
"""What stands where an image has no class and classes are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledItem:
    """An image with its class, its domain and what it belongs together with, as names."""

    item: Encoded
    part: str  # as the data names it
    label: str | None  # None: nobody named one
    domain: str = ""
    group: str | None = None  # None: nobody named one


def official_of(parts: Sequence[str], name: str) -> Mapping[str, str]:
    """Which of several parts trains and which tests, by their lower-case names; of one part nothing.

    Args:
        parts: names of the parts.
        name: the data, as it is written without a part.

    Raises:
        DataError: when they are not those that divide data.
    """
    words = {part.lower() for part in parts}
    if len(parts) <= 1:
        return {}
    where, advice = f"{escape(name)}: wanted train and test", f"name one, as {escape(name)}:{escape(parts[0])}"
    if not divides(words):
        raise DataError(f"{where}, got {escape(', '.join(parts))}; {advice}")
    return part_of(words, where, advice)


def occurring(rows: Iterable[LabelledItem], where: str, *, counted: bool) -> tuple[str, ...]:
    """The classes that occur, sorted; numbers in the order of counting.

    Args:
        rows: images.
        where: the data, safe to print.
        counted: whether the classes are whole numbers.

    Raises:
        DataError: when a label holds several classes.
    """
    seen = {row.label for row in rows if row.label is not None}
    if several_in_one := joined(seen):
        raise several(where, escape(several_in_one, 60))
    return tuple(sorted(seen, key=int) if counted else sorted(seen))


def bundle_of(
    name: str,
    rows: Sequence[LabelledItem],
    classes: tuple[str, ...],
    official: Mapping[str, str],
    *,
    aside: Sequence[Skipped] = (),
) -> Bundle:
    """Read the images and put them together; what has no label or gives no image is listed as skipped.

    Args:
        name: the data, as it is written.
        rows: its images.
        classes: names in label order; every label is one of them.
        official: part -> "train" or "test"; empty where the data does not divide itself.
        aside: what claims to be no picture.

    Raises:
        DataError: when no image can be read.
    """
    known = [row for row in rows if row.label is not None]
    bad = [Skipped(str(row.item), "no label") for row in rows if row.label is None]
    result = read([row.item for row in known])
    bad += [Skipped(str(known[i].item), reason) for i, reason in result.bad]
    good = [known[i] for i in result.good]
    if not good:
        first = f" ({len(bad)} skipped, first {escape(bad[0].path)}: {bad[0].reason})" if bad else ""
        raise DataError(f"wanted images in {escape(name)}, got none{first}; save it again")
    numbers = {one: number for number, one in enumerate(classes)}
    return Bundle(
        name=name,
        images=result.images,
        labels=np.array([numbers[class_name(row.label or "")] for row in good], np.int64),
        classes=classes,
        official=np.array([official[row.part.lower()] for row in good]) if official else None,
        skipped=tuple(bad),
        set_aside=tuple(aside),
        prints=result.images.prints,
        groups=np.array([class_name(row.domain) for row in good]) if any(row.domain for row in good) else None,
        clusters=_clusters(good),
        paths=tuple(str(row.item) for row in good),
    )


def _clusters(rows: Sequence[LabelledItem]) -> NDArray[np.str_] | None:
    """Which images belong together; one of a part that names no groups stands alone."""
    if all(row.group is None for row in rows):
        return None
    return np.array([f"row {row.item}" if row.group is None else f"group {class_name(row.group)}" for row in rows])
