"""Patterns for weather: drawn on a square that is the same for every image size, then laid over the image.

So an image of 8 px and one of 4K meet the same drops in the same places, and drawing costs the same for both.
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.types import Image

SIDE = 256  # px of the square on which strokes are drawn
GRID = 64  # px of the square on which noise is made; finer grain would not be seen
LUMINANCE = (0.299, 0.587, 0.114)  # of red, green and blue in grey, as OpenCV and Pillow weigh them

Pattern = NDArray[np.float32]
"""Values in [0, 1], on a square or at an image's size."""

Level = TypeVar("Level", np.float32, np.uint8)


def octaves(rng: np.random.Generator, decay: float) -> Pattern:
    """Clouds: noise of ever finer grain, each octave weaker than the one before.

    Args:
        rng: where the noise comes from.
        decay: how many times weaker; the larger, the smoother the clouds.

    Returns:
        (GRID, GRID), stretched so that 0 and 1 are both met.
    """
    import cv2

    field, weight = rng.standard_normal((2, 2), dtype=np.float32), np.float32(1)
    while len(field) < GRID:
        side, weight = 2 * len(field), weight / np.float32(decay)
        grain = weight * rng.standard_normal((side, side), dtype=np.float32)
        field = cv2.resize(field, (side, side), interpolation=cv2.INTER_CUBIC) + grain
    return np.asarray((field - field.min()) / (field.max() - field.min()), np.float32)


def ranked(field: NDArray[np.floating]) -> Pattern:
    """The same order of values, evenly spread over [0, 1]: below a level lies that fraction of the field."""
    ranks = np.empty(field.size, np.float32)
    ranks[np.argsort(field, axis=None)] = np.linspace(0, 1, field.size)
    return ranks.reshape(field.shape)


def fit(square: NDArray[Level], shape: tuple[int, ...]) -> NDArray[Level]:
    """The middle of a square pattern at an image's size; the longer side takes the whole of it.

    Args:
        square: (N, N), fractions as float32 or grey levels.
        shape: of the image, (H, W, ...).

    Returns:
        (H, W), of the same type.
    """
    rows, columns = (max(1, round(len(square) * length / max(shape[:2]))) for length in shape[:2])
    top, left = (len(square) - rows) // 2, (len(square) - columns) // 2
    return resized(square[top : top + rows, left : left + columns], shape)


def resized(pattern: NDArray[Level], shape: tuple[int, ...]) -> NDArray[Level]:
    """A pattern (N, M) at an image's size: means over pixels where it shrinks by half or more, else interpolated."""
    import cv2

    how = cv2.INTER_AREA if 2 * max(shape[:2]) <= max(pattern.shape) else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pattern, (shape[1], shape[0]), interpolation=how), pattern.dtype)


def strokes(ends: NDArray[np.floating], width: int, *, shown: float = np.inf, side: int = SIDE) -> Image:
    """Straight strokes on a square, the first `shown` of them; a fraction shows the next one as faintly.

    So a pattern grows evenly with its dose, and no stroke ever leaves.

    Args:
        ends: (N, 2, 2), both ends of each stroke, x and y as fractions of the square; they may lie outside.
        width: in px of the square; OpenCV's smooth rim adds up to 2.
        shown: how many strokes, at least 0.
        side: of the square, px.

    Returns:
        (side, side): 255 on a stroke, less at its rim.
    """
    import cv2

    canvas = np.zeros((side, side), np.uint8)
    points = np.rint(16 * side * ends).astype(np.int32)  # OpenCV takes sixteenths of a pixel: the shift of 4 below
    whole = int(min(len(points), shown))
    coming = round(255 * (shown - whole)) if whole < len(points) else 0
    cv2.polylines(canvas, list(points[whole : whole + 1]), False, coming, width, cv2.LINE_AA, 4)
    cv2.polylines(canvas, list(points[:whole]), False, 255, width, cv2.LINE_AA, 4)
    return canvas


def cover(image: Image, paint: Image, opacity: Pattern) -> Image:
    """A new image: `paint`, of the image's shape, in front of it; `opacity` (H, W) is 1 where it hides the image."""
    import cv2

    covered = cv2.blendLinear(image, paint, 1 - opacity, opacity)
    return np.asarray(covered, np.uint8).reshape(image.shape)


def painted(shape: tuple[int, ...], colour: tuple[float, float, float], light: Pattern | float = 1.0) -> Image:
    """One colour everywhere, as bright as `light` says.

    Args:
        shape: of the image, (H, W, C); with one channel the colour's luminance is meant.
        colour: red, green and blue as fractions of 255.
        light: a factor for all, or (H, W).
    """
    shares = colour if shape[2] == len(colour) else (float(np.dot(colour, LUMINANCE)),)
    paint = np.empty(shape, np.uint8)
    if isinstance(light, float):
        row = np.rint(np.float32(255 * light) * np.array(shares, np.float32)).astype(np.uint8)
        paint.reshape(shape[0], -1)[:] = np.tile(row, shape[1])  # ten times as fast as pixel by pixel
        return paint
    for channel, share in enumerate(shares):
        paint[..., channel] = np.rint(np.float32(255 * share) * light)
    return paint
