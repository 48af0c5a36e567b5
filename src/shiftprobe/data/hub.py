"""Data sets of the Hugging Face hub, from the local cache or a saved folder; an extra, and never from the network."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.data.bundle import Bundle, Skipped
from shiftprobe.data.columns import LabelledItem, belonging, classes, items, labelled
from shiftprobe.data.files import read
from shiftprobe.data.huggingface import fetch, tables
from shiftprobe.data.origins import ORIGINS, Origin
from shiftprobe.data.parts import divides, part_of
from shiftprobe.data.walk import class_name


def load(rest: str, base: Path) -> Bundle:
    """A data set in Hugging Face's local cache, or a folder left by `save_to_disk`; the network is never used.

    The image column is found by its type, the classes by ClassLabel, else by a column called label. A column
    `domain` groups the images for the worst group of an audit; images of one `group` (one object, one person, one
    scene) belong together, as in a manifest. Parts called train and test (or validation) divide the data; any others
    are named one at a time. Every image goes through our own decoder; nothing of the data set is run.

    Args:
        rest: NAME or NAME:SPLIT, as in "ylecun/mnist" or "ylecun/mnist:test"; or a folder, absolute or relative
            to `base`.
        base: the folder that relative paths start from.

    Raises:
        DataError: when the library is not installed, the data is not there or damaged, or its images, labels or
            parts cannot be told.
    """
    parts = tables(rest, base)
    words = {name.lower() for name in parts}
    official: Mapping[str, str] = {}
    if len(parts) > 1:
        where, advice = (
            f"hf:{escape(rest)}: wanted train and test",
            f"name one, as hf:{escape(rest)}:{next(iter(parts))}",
        )
        if not divides(words):
            raise DataError(f"{where}, got {escape(', '.join(parts))}; {advice}")
        official = part_of(words, where, advice)
    rows = [row for name, table in parts.items() for row in labelled(table, name, f"hf:{escape(rest)}")]
    names = classes(parts.values(), f"hf:{escape(rest)}")
    return _bundle(rest, rows, names, official)


def unlabelled(rest: str, base: Path) -> Bundle:
    """All images of all parts as one class, whatever other columns there are.

    Raises:
        DataError: when the library is not installed, or the data is not there, is damaged or holds no image.
    """
    where = f"hf:{escape(rest)}"
    rows = [
        LabelledItem(item, "images", "", group)
        for name, table in tables(rest, base).items()
        for item, group in zip(items(table, name, where), belonging(table, name, where), strict=True)
    ]
    return _bundle(rest, rows, ("images",), {})


def _bundle(rest: str, rows: Sequence[LabelledItem], names: tuple[str, ...], official: Mapping[str, str]) -> Bundle:
    known = [row for row in rows if row.label is not None]
    bad = [Skipped(str(row.item), "no label") for row in rows if row.label is None]
    result = read([row.item for row in known])
    bad += [Skipped(str(known[i].item), reason) for i, reason in result.bad]
    good = [known[i] for i in result.good]
    if not good:
        first = f" ({len(bad)} skipped, first {escape(bad[0].path)}: {bad[0].reason})" if bad else ""
        raise DataError(f"wanted images in hf:{escape(rest)}, got none{first}; save it again")
    numbers = {name: number for number, name in enumerate(names)}
    return Bundle(
        name=f"hf:{rest}",
        images=result.images,
        labels=np.array([numbers[class_name(row.label or "")] for row in good], np.int64),
        classes=names,
        official=np.array([official[row.item.part.lower()] for row in good]) if official else None,
        skipped=tuple(bad),
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


ORIGINS.add(
    Origin(
        name="hf",
        names=("hf:NAME[:SPLIT]",),
        about="a Hugging Face data set, cached or saved; needs shiftprobe[hf]",
        load=load,
        unlabelled=unlabelled,
        download=fetch,
    )
)
