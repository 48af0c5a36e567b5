"""Blur: doses are fractions of the shorter side, so that 8 px and 4K lose the same detail.

Albumentations folds the image with the kernel, mirrored at its border; the kernels are ours. Its own discs and streaks
come in whole pixels only. A Gaussian or a disc read off at whole pixels is one point below 0.3 px and blurs nothing,
which on an image of 8 px would be the lower half of the dial.
"""

import functools

import numpy as np
from numpy.typing import NDArray

from shiftprobe.shifts.base import SHIFTS, DosedShift, functional, to_image, to_light
from shiftprobe.types import Image, Transform


def gaussian_blur(sigma: float) -> Transform:
    """A Gaussian kernel; `sigma` as a fraction of the shorter side."""
    convolve = functional("pixel").separable_convolve

    def change(image: Image, _rng: np.random.Generator) -> Image:
        kernel = bell(sigma * min(image.shape[:2]))
        return to_image(255 * convolve(to_light(image), kernel))  # in 8 bits the kernel is rounded too

    return change


@functools.lru_cache(maxsize=64)
def bell(sigma: float) -> NDArray[np.float64]:
    """The Gaussian of a lattice, as heat that spreads from pixel to pixel: its variance is `sigma`**2, however small.

    Reference: T. Lindeberg (1990), Scale-space for discrete signals, IEEE TPAMI 12(3).
    """
    from scipy.special import ive

    half = ive(np.arange(np.ceil(4 * sigma) + 2), sigma**2)
    kernel = np.concatenate([half[:0:-1], half])
    return np.asarray(kernel / kernel.sum())


def defocus(radius: float) -> Transform:
    """A disc, as of a lens out of focus; `radius` as a fraction of the shorter side."""
    return lambda image, _rng: folded(image, disc(radius * min(image.shape[:2])))


def folded(image: Image, kernel: NDArray[np.float32]) -> Image:
    """The image folded with a kernel, in floats: OpenCV is twice as fast in them."""
    return to_image(255 * functional("blur").convolve(to_light(image), kernel))


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
    reach = [int(np.ceil(np.abs(places).max())) for places in (rows, columns)]  # no wider than the streak: it is faster
    weights = np.zeros([2 * reach[0] + 2, 2 * reach[1] + 2])
    low = np.floor([rows, columns]).astype(int)
    up, right = rows - low[0], columns - low[1]
    for row, of_row in ((0, 1 - up), (1, up)):
        for column, of_column in ((0, 1 - right), (1, right)):
            np.add.at(weights, (low[0] + reach[0] + row, low[1] + reach[1] + column), of_row * of_column)
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
