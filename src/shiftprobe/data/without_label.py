"""Images of data with labels that have none: called -1, or by a word of the user's."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.core.rows import Subset
from shiftprobe.core.types import Image
from shiftprobe.data.bundle import Bundle
from shiftprobe.data.files import Files
from shiftprobe.data.walk import class_name

UNLABELLED = "-1"
"""What scikit-learn, WILDS, torchvision and Hugging Face call an image without a label."""


def labelled_only(bundle: Bundle, word: str | None = None, *, few_classes: bool = False) -> Bundle:
    """Data without the images that have no label; how many there were is kept.

    Args:
        bundle: the data.
        word: what the user calls an image without a label, beside `UNLABELLED`.
        few_classes: one class is enough.

    Raises:
        DataError: when no image, or but one class, is left.
    """
    words = {UNLABELLED} | ({class_name(word.strip())} if word is not None else set())
    gone = [place for place, name in enumerate(bundle.classes) if name in words]
    if not gone:
        return bundle
    keep = np.flatnonzero(~np.isin(bundle.labels, gone))
    kept = [place for place in range(len(bundle.classes)) if place not in gone]
    called, name = escape(bundle.classes[gone[0]], 40), escape(bundle.name)
    if not len(keep):
        raise DataError(
            f"{name}: wanted images with a label, got only {called}, which marks those without; label some, or "
            "take them as a target without labels (--unlabelled)"
        )
    if len(kept) == 1 and not few_classes:
        raise DataError(
            f"{name}: wanted at least two classes, got only {escape(bundle.classes[kept[0]], 40)} beside {called}, "
            "which marks images without a label; add images of another"
        )
    some = keep.tolist()
    return replace(
        bundle,
        images=_some(bundle.images, some),
        labels=np.searchsorted(kept, bundle.labels[keep]),
        classes=tuple(bundle.classes[place] for place in kept),
        official=None if bundle.official is None else bundle.official[keep],
        groups=None if bundle.groups is None else bundle.groups[keep],
        clusters=None if bundle.clusters is None else bundle.clusters[keep],
        prints=tuple(bundle.prints[place] for place in some) if bundle.prints else (),
        paths=None if bundle.paths is None else tuple(bundle.paths[place] for place in some),
        unlabelled=len(bundle) - len(keep),
    )


def _some(images: Sequence[Image], index: Sequence[int]) -> Sequence[Image]:
    return images.some(index) if isinstance(images, Files) else Subset(images, index)
