"""A few images of both sets, and the source's under the shifts that were found: what a reader compares by eye."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.seeding import image_generator, integer
from shiftprobe.core.types import Image
from shiftprobe.locate.location import Located
from shiftprobe.locate.views import matched
from shiftprobe.shifts import SHIFTS

SHOWN = 8  # images of each set


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Images as the fit met them: central squares at one size."""

    source: NDArray[np.uint8]  # (n, S, S, C)
    shifted: NDArray[np.uint8]  # the same images under the shifts that were found; none where no shift was
    target: NDArray[np.uint8]


def examples(source: Sequence[Image], target: Sequence[Image], located: Located, seed: int) -> Examples:
    """The first images that the fit looked at, with its own draws.

    Args:
        source: as `locate` was given them.
        target: the same.
        located: what it found.
        seed: as it was given.
    """
    views = matched(source, target, seed)
    plain = views.source[:SHOWN]
    return Examples(source=plain, shifted=_shifted(plain, located, seed), target=views.target[:SHOWN])


def _shifted(images: NDArray[np.uint8], located: Located, seed: int) -> NDArray[np.uint8]:
    if not located.shifts:
        return images[:0]
    first = integer(seed, "locate", "draws") % 2**32
    made = []
    for index, plain in enumerate(images):
        image = plain.copy()
        for place, found in enumerate(located.shifts):
            image = SHIFTS[found.name].at(found.severity)(image, image_generator(first + place, index))
        made.append(image)
    return np.stack(made)
