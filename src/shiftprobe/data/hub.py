"""Data sets of the Hugging Face hub, from the local cache or a saved folder; an extra, and never from the network."""

from pathlib import Path

from shiftprobe.core.escape import escape
from shiftprobe.data.bundle import Bundle
from shiftprobe.data.columns import belonging, classes, items, labelled
from shiftprobe.data.huggingface import fetch, is_saved, tables
from shiftprobe.data.labelled import LabelledItem, bundle_of, official_of
from shiftprobe.data.origins import ORIGINS, Origin


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
    official = official_of(tuple(parts), f"hf:{rest}")
    rows = [row for name, table in parts.items() for row in labelled(table, name, f"hf:{escape(rest)}")]
    names = classes(parts.values(), f"hf:{escape(rest)}")
    return bundle_of(f"hf:{rest}", rows, names, official)


def unlabelled(rest: str, base: Path) -> Bundle:
    """All images of all parts as one class, whatever other columns there are.

    Raises:
        DataError: when the library is not installed, or the data is not there, is damaged or holds no image.
    """
    where = f"hf:{escape(rest)}"
    rows = [
        LabelledItem(item=item, part=name, label="images", group=group)
        for name, table in tables(rest, base).items()
        for item, group in zip(items(table, name, where), belonging(table, name, where), strict=True)
    ]
    return bundle_of(f"hf:{rest}", rows, ("images",), {})


ORIGINS.add(
    Origin(
        name="hf",
        names=("hf:NAME[:SPLIT]",),
        about="a Hugging Face data set, cached or saved; needs shiftprobe[hf]",
        load=load,
        unlabelled=unlabelled,
        takes=is_saved,
        download=fetch,
    )
)
