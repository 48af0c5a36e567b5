"""Blur: doses are fractions of the shorter side, so that 8 px and 4K lose the same detail.

The kernels are ours; OpenCV folds the image with them, mirrored at its border. Albumentations' discs and streaks come
in whole pixels only. A Gaussian or a disc read off at whole pixels is one point below 0.3 px and blurs nothing, which
on an image of 8 px would be the lower half of the dial.
"""

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.types import Image, Transform
from shiftprobe.shifts.base import SHIFTS, DosedShift

NARROW = 2.0  # px: the least sigma that a halved image is blurred with; its samples then miss under 0.1 grey levels


def rounded(levels: NDArray[Any]) -> Image:
    """Means of grey levels (H, W, C), none below 0, as an image: `to_image` in a tenth of its time."""
    import cv2

    return np.asarray(cv2.convertScaleAbs(levels), np.uint8).reshape(levels.shape)


def gaussian_blur(sigma: float) -> Transform:
    """A Gaussian kernel; `sigma` as a fraction of the shorter side."""
    return lambda image, _rng: rounded(soft(image, sigma * min(image.shape[:2])))


def soft(image: NDArray[Any], sigma: float) -> NDArray[np.float32]:
    """The grey levels of an image or of floats (H, W, C) under a Gaussian of `sigma` px.

    A wide one acts on an image that was halved until it is 2 to 4 px wide there: 0.3 ms in place of 0.8 for 9 px at
    224 px in colour.
    """
    import cv2

    height, width, channels = image.shape
    halvings = max(0, int(np.log2(sigma / NARROW)))
    kernel = bell(sigma, halvings)
    levels, sizes = image, []
    if halvings:  # they mirror the border elsewhere, unless it is far; the first pixel stays the first
        reach = int(np.ceil(3.5 * sigma))
        levels = cv2.copyMakeBorder(image, 0, reach, 0, reach, cv2.BORDER_REFLECT_101).astype(np.float32)
    for _ in range(halvings):
        sizes.append(levels.shape[1::-1])
        levels = cv2.pyrDown(levels)
    levels = cv2.sepFilter2D(levels, cv2.CV_32F, kernel, kernel)
    for size in reversed(sizes):
        levels = cv2.pyrUp(levels, dstsize=size)
    return np.asarray(levels[:height, :width], np.float32).reshape(height, width, channels)


@functools.lru_cache(maxsize=64)
def bell(sigma: float, halvings: int = 0) -> NDArray[np.float32]:
    """The Gaussian of a lattice, as heat that spreads from pixel to pixel: its variance is `sigma`**2, however small.

    Args:
        sigma: in px of the whole image.
        halvings: OpenCV's, before and undone after; what they blur is taken off.

    Reference: T. Lindeberg (1990), Scale-space for discrete signals, IEEE TPAMI 12(3).
    """
    half = int(np.ceil(4 * sigma / 2**halvings)) + 1
    frequency = np.linspace(0, np.pi, 8 * half + 1) / 2**halvings
    response = np.exp(sigma**2 * (np.cos(frequency) - 1))
    for i in range(halvings):
        response /= np.cos(2**i * frequency / 2) ** 8  # (1 4 6 4 1) / 16, down and up
    spread = np.fft.irfft(response)
    kernel = np.concatenate([spread[half:0:-1], spread[: half + 1]])
    return np.asarray(kernel / kernel.sum(), np.float32)


def defocus(radius: float) -> Transform:
    """A disc, as of a lens out of focus; `radius` as a fraction of the shorter side."""
    return lambda image, _rng: folded(image, disc(radius * min(image.shape[:2])))


def folded(image: Image, kernel: NDArray[np.float32]) -> Image:
    """The image folded with a kernel, in floats: OpenCV is twice as fast in them."""
    import cv2

    return rounded(cv2.filter2D(image.astype(np.float32), -1, kernel).reshape(image.shape))


@functools.lru_cache(maxsize=64)
def disc(radius: float) -> NDArray[np.float32]:
    """A kernel that is even inside `radius` px, its points shared between the nearest pixels, so that all radii count.

    It is added up chord by chord: the share of a pixel in a chord is an integral of the triangle around that pixel.
    """
    grid = np.arange(-np.ceil(radius), np.ceil(radius) + 1)
    count = 4 * len(grid)
    heights = 2 * radius * ((np.arange(count) + 0.5) / count - 0.5)
    ends = np.sqrt(radius**2 - heights**2)
    rows = np.clip(1 - np.abs(grid[:, None] - heights), 0, None)
    columns = half_triangle(ends - grid[:, None]) + half_triangle(ends + grid[:, None])
    weights = rows @ columns.T
    return np.asarray(weights / weights.sum(), np.float32)


def half_triangle(end: NDArray[np.float64]) -> NDArray[np.float64]:
    """The integral of the triangle 1 - |x| from 0 to `end`."""
    inside = np.clip(end, -1, 1)
    return np.asarray(inside - inside * np.abs(inside) / 2)


def motion_blur(length: float) -> Transform:
    """A straight streak in a direction drawn per image; `length` as a fraction of the shorter side."""
    return lambda image, rng: folded(image, streak(length * min(image.shape[:2]), rng.uniform(0, np.pi)))


def streak(length: float, angle: float) -> NDArray[np.float32]:
    """A kernel along a line of `length` px at `angle` radians, its points shared between the nearest pixels."""
    count = 8 * int(np.ceil(length / 2))
    along = length * ((np.arange(count) + 0.5) / count - 0.5)
    rows, columns = along * np.sin(angle), along * np.cos(angle)
    down, across = (int(np.ceil(np.abs(places[-1]))) for places in (rows, columns))  # no wider than the streak is
    top, left = np.floor(rows), np.floor(columns)
    low, right = rows - top, columns - left
    width = 2 * across + 2
    at = ((top + down) * width + left + across).astype(np.intp)
    places = np.concatenate([at, at + 1, at + width, at + width + 1])
    shares = np.concatenate([(1 - low) * (1 - right), (1 - low) * right, low * (1 - right), low * right])
    weights = np.bincount(places, shares, minlength=(2 * down + 2) * width).reshape(-1, width)
    kernel = weights[:-1, :-1]  # the last ones lie beyond the reach
    return np.asarray(kernel / kernel.sum(), np.float32)


SHIFTS.add(
    DosedShift(
        name="gaussian_blur",
        kind="blur",
        parameter="sigma",
        unit="of the shorter side",
        end=0.08,
        random=False,
        build=gaussian_blur,
    )
)
SHIFTS.add(
    DosedShift(
        name="defocus",
        kind="blur",
        parameter="radius",
        unit="of the shorter side",
        end=0.1,
        random=False,
        build=defocus,
    )
)
SHIFTS.add(
    DosedShift(
        name="motion_blur",
        kind="blur",
        parameter="length",
        unit="of the shorter side",
        end=0.3,
        random=True,
        build=motion_blur,
    )
)
