"""Where things are, bent: neighbouring parts of the image move differently.

The moves are drawn once per image and only their length follows the dose. Albumentations looks the pixels up, at
places that are ours: its ElasticTransform takes 4.3 ms at 224 px, where a coarse field, enlarged, takes 0.4, and its
GridDistortion fills the last columns and rows with the first (two of eight at 8 px, one at 28 and at 224 px).
"""

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.types import Image, Transform
from shiftprobe.shifts.base import SHIFTS, DosedShift, functional

KNOTS = 5
"""Knots or cells along the shorter side, however many its pixels."""


def _along(side: int, shorter: int) -> int:
    """Knots along a side of so many pixels; never fewer than two, nor many more than there are pixels."""
    return max(2, min(round(KNOTS * side / shorter), side))


def elastic(distance: float) -> Transform:
    """Bends the image as if it were printed on rubber; `distance` as a fraction of the shorter side.

    A coarse field of moves is drawn and smoothly enlarged to every pixel.

    Args:
        distance: standard deviation of a knot's move, along each axis.

    Reference: Simard, Steinkraus and Platt, 2003, "Best practices for convolutional neural networks applied to visual
    document analysis", ICDAR.
    """
    import cv2

    def change(image: Image, rng: np.random.Generator) -> Image:
        height, width = image.shape[:2]
        shorter = min(height, width)
        knots = rng.standard_normal((_along(height, shorter), _along(width, shorter), 2), dtype=np.float32)
        moves = cv2.resize(knots * (distance * shorter), (width, height), interpolation=cv2.INTER_CUBIC)
        return _looked_up(image, moves[..., 0] + np.arange(width), moves[..., 1] + np.arange(height)[:, None])

    return change


def grid_distortion(stretch: float) -> Transform:
    """Squeezes some columns and rows of a regular grid and stretches others; the frame stays where it is.

    Args:
        stretch: how much more or less of the picture the most changed column of the grid holds than before, and so
            the most changed row, as a fraction; below 1, where a cell would vanish.
    """

    def change(image: Image, rng: np.random.Generator) -> Image:
        height, width = image.shape[:2]
        shorter = min(height, width)
        x = _stretched(width, stretch * _imbalance(rng, _along(width, shorter)))
        y = _stretched(height, stretch * _imbalance(rng, _along(height, shorter)))
        return _looked_up(image, *np.broadcast_arrays(x, y[:, None]))

    return change


def _imbalance(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Draws that sum to 0, the largest of them 1 in size: what one cell gains, others lose."""
    draw = rng.standard_normal(count)
    draw -= draw.mean()
    return np.asarray(draw / np.abs(draw).max())


def _stretched(side: int, growth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where each pixel of a side looks when cell i holds (1 + growth[i]) times as much of the picture as before."""
    lines = np.linspace(-0.5, side - 0.5, len(growth) + 1)
    moved = np.concatenate(([0], np.cumsum(1 + growth))) / len(growth) * side - 0.5
    return np.interp(np.arange(side), lines, moved)


def _looked_up(image: Image, x: NDArray[np.floating], y: NDArray[np.floating]) -> Image:
    """The image whose every pixel is found at (x, y) of the given one, both (H, W) in px, its border mirrored."""
    import cv2

    changed: Image = functional("geometric").remap(image, x, y, cv2.INTER_LINEAR, cv2.BORDER_REFLECT_101)
    return changed


SHIFTS.add(
    DosedShift(
        name="elastic",
        kind="geometry",
        parameter="distance",
        unit="of the shorter side",
        end=0.07,
        random=True,
        build=elastic,
    )
)
SHIFTS.add(
    DosedShift(
        name="grid_distortion",
        kind="geometry",
        parameter="stretch",
        unit="of a cell's share",
        end=0.8,
        random=True,
        build=grid_distortion,
    )
)
