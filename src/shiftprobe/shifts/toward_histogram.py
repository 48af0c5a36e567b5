"""Histogram matching: every channel takes on the distribution of grey levels that the references have together."""

import functools
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.types import Image, Transform
from shiftprobe.shifts.base import to_image
from shiftprobe.shifts.toward_references import in_channels

COUNT = 256
LEVELS = np.arange(COUNT)
EXACT = 1e-12  # two ranks nearer than that are one, whatever the rounding of their sums


def histogram(references: Sequence[Image]) -> Callable[[float], Transform]:
    """Sends each grey level to the target's level of equal rank, and each pixel that part of the way.

    All references make one distribution: a single picture's has gaps and peaks of its own, which would posterise what
    is matched to it. A level held by many pixels covers a range of ranks and goes to the middle one, so that black
    paper stays black; taking the last rank, as scikit-image and albumentations do, paints it with the target's ink.

    Reference: Gonzalez and Woods, Digital Image Processing, 3.3.2.
    """

    @functools.cache
    def wanted(channels: int) -> NDArray[np.float64]:
        shares = [level_shares(in_channels(one, channels)) for one in references]
        return np.asarray(np.cumsum(np.mean(shares, axis=0), axis=1))

    def build(part: float) -> Transform:
        def change(image: Image, _rng: np.random.Generator) -> Image:
            pairs = zip(level_shares(image), wanted(image.shape[2]), strict=True)
            return _looked_up(image, np.stack([LEVELS + part * (_partners(*pair) - LEVELS) for pair in pairs], axis=1))

        return change

    return build


def level_shares(image: Image) -> NDArray[np.float64]:
    """The part of the pixels at each of 256 grey levels, (C, 256)."""
    height, width, channels = image.shape
    counts = [np.bincount(image[..., channel].ravel(), minlength=COUNT) for channel in range(channels)]
    return np.asarray(np.stack(counts) / (height * width))


def _partners(shares: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.intp]:
    """Per level of the image, the first level of the target at or above its middle rank."""
    ranks = np.cumsum(shares) - shares / 2
    return np.searchsorted(wanted, ranks - EXACT)


def _looked_up(image: Image, table: NDArray[np.float64]) -> Image:
    import cv2

    return np.asarray(cv2.LUT(image, to_image(table)[None]), np.uint8).reshape(image.shape)
