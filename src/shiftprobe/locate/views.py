"""Source and target brought to one size and one number of channels, so that their statistics compare."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import DataError
from shiftprobe.core.seeding import generator
from shiftprobe.core.types import Image
from shiftprobe.data.reduced import reduced
from shiftprobe.locate.image_statistics import SIDE

MAX_IMAGES = 200  # images of each set that are looked at
MOST_LARGE = 100  # the same where images are larger than the statistics' own 64 px
MIN_IMAGES = 20  # images of each set
LARGEST = 224  # px: the side to which larger images are brought first
SMALLEST = 8  # px
UNLIKE = 1.1  # ratio of sizes from which resizing is worth a warning
RGB = 3  # channels


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """Both sets as the fit meets them."""

    source: NDArray[np.uint8]  # (N, S, S, C)
    target: NDArray[np.uint8]  # (M, S, S, C)
    notes: tuple[str, ...]  # what was done to them


def matched(source: Sequence[Image], target: Sequence[Image], seed: int) -> Views:
    """At most 200 images of each set (100 above 64 px), in an order of their own: central squares at one size.

    They are grey unless both sets have colour.

    Raises:
        DataError: when a set holds fewer than 20 images, or its images have fewer than 8 px.
    """
    drawn = _drawn(source, "source", seed), _drawn(target, "target", seed)
    sides = [float(np.median([one.side for one in images])) for images in drawn]
    side = min(round(min(sides)), LARGEST)
    if side < SMALLEST:
        raise DataError(f"locate needs images of at least {SMALLEST} px, got {side} px; use larger ones")
    coloured = all(one.image.shape[2] == RGB for images in drawn for one in images)
    most = MAX_IMAGES if side <= SIDE else MOST_LARGE
    made = [np.stack([_square(one.image, side, coloured) for one in images[:most]]) for images in drawn]
    if coloured and all((images == images[..., :1]).all() for images in made):  # grey, saved as RGB
        made = [np.ascontiguousarray(images[..., :1]) for images in made]
    return Views(source=made[0], target=made[1], notes=_notes((len(source), len(target)), most, sides, side))


class _Drawn(NamedTuple):
    """One image, no larger than twice what will be looked at, and the shorter side that it had, in px."""

    image: Image
    side: int


def _drawn(images: Sequence[Image], which: str, seed: int) -> list[_Drawn]:
    if len(images) < MIN_IMAGES:
        raise DataError(f"locate needs at least {MIN_IMAGES} {which} images, got {len(images)}; add some")
    order = generator(seed, "locate", which).permutation(len(images))  # a folder's order is that of its classes
    chosen = (images[i] for i in order[:MAX_IMAGES].tolist())
    return [_Drawn(reduced(image, 2 * LARGEST), min(image.shape[:2])) for image in chosen]


def _square(image: Image, side: int, coloured: bool) -> Image:
    import cv2

    height, width = image.shape[:2]
    short = min(height, width)
    top, left = (height - short) // 2, (width - short) // 2
    cut = np.ascontiguousarray(image[top : top + short, left : left + short])
    if not coloured and cut.shape[2] == RGB:
        cut = np.asarray(cv2.cvtColor(cut, cv2.COLOR_RGB2GRAY), np.uint8)
    if short != side:
        way = cv2.INTER_AREA if short > side else cv2.INTER_LINEAR
        cut = np.asarray(cv2.resize(cut, (side, side), interpolation=way), np.uint8)
    return cut.reshape(side, side, -1)


def _notes(counts: tuple[int, int], most: int, sides: list[float], side: int) -> tuple[str, ...]:
    named = zip(("source", "target"), counts, strict=True)
    notes = [f"{most} of {count} {which} images were looked at" for which, count in named if count > most]
    if max(sides) > UNLIKE * min(sides):
        notes.append(
            f"source and target differ in size ({sides[0]:.0f} and {sides[1]:.0f} px); all were brought to {side} px, "
            "which by itself sharpens or blurs one of them"
        )
    elif max(sides) > side:
        notes.append(f"all images were brought to {side} px")
    return tuple(notes)
