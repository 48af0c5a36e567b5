"""Blur that differs from place to place: a lens that zooms, panes of frosted glass.

The pixels are moved with OpenCV's maps. Albumentations moves them by whole pixels, so that on 8 px nothing happens
below an enlargement of 1.1, and its glass leaves the border clear and takes 77 ms at 224 px, where this one takes 1.
"""

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.types import Image, Transform
from shiftprobe.shifts.base import SHIFTS, DosedShift
from shiftprobe.shifts.blur import rounded, soft

FINEST = 112  # cells of frosted glass along the shorter side; a smaller image has one per pixel


def zoom_blur(zoom: float) -> Transform:
    """The mean over all enlargements about the centre from 1 to 1 + `zoom`, as if zoomed while the shutter was open.

    Each pass doubles the number of enlargements in the mean, so that 32 of them cost six warps.
    """
    import cv2

    def change(image: Image, _rng: np.random.Generator) -> Image:
        reach = min(image.shape[:2]) / 2 * zoom / (1 + zoom)  # px, at the middle of the longer sides
        passes = int(np.ceil(np.log2(max(2.0, reach))))  # there they lie less than a pixel apart
        step = (1 + zoom) ** (0.5**passes)
        levels = enlarged(image.astype(np.float32), step**0.5)
        for i in range(passes):
            cv2.addWeighted(levels, 0.5, enlarged(levels, step ** (2**i)), 0.5, 0, dst=levels)
        return rounded(levels)

    return change


def enlarged(levels: NDArray[np.float32], zoom: float) -> NDArray[np.float32]:
    """The image seen `zoom` times as large about its centre; what leaves the frame is lost."""
    import cv2

    height, width, channels = levels.shape
    matrix = np.array([[zoom, 0, (1 - zoom) * (width - 1) / 2], [0, zoom, (1 - zoom) * (height - 1) / 2]])
    warped = cv2.warpAffine(levels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(warped, np.float32).reshape(height, width, channels)


def glass_blur(reach: float) -> Transform:
    """Frosted glass: every pixel is taken from a place nearby, between two slight Gaussian blurs.

    The published form swaps neighbours several times, one pixel after the other. Here all pixels look at once, each
    along its own drawn offset, so some are met twice and some never; the offsets grow with the dose and need not be
    whole.

    Args:
        reach: the largest offset, right or left and up or down, as a fraction of the shorter side.

    Reference: D. Hendrycks and T. Dietterich (2019), arXiv:1903.12261.
    """

    def change(image: Image, rng: np.random.Generator) -> Image:
        pixels = reach * min(image.shape[:2])
        sigma = 0.1 * pixels  # wider, and the glass is lost in plain blur
        moved = displaced(soft(image, sigma), pixels * offsets(image.shape[:2], rng))
        return rounded(soft(moved, sigma))

    return change


def offsets(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Draws from -1 to 1, right and down, for every pixel (H, W, 2); on large images for every cell of the glass."""
    import cv2

    height, width = shape
    cells = min(1.0, FINEST / min(shape))
    drawn = rng.random((round(cells * height), round(cells * width), 2), dtype=np.float32)
    return np.asarray(2 * cv2.resize(drawn, (width, height), interpolation=cv2.INTER_LINEAR) - 1, np.float32)


def displaced(levels: NDArray[np.float32], by: NDArray[np.float32]) -> NDArray[np.float32]:
    """The image with every pixel taken from `by` px away, (H, W, 2) right and down; the border is mirrored."""
    import cv2

    y, x = (np.arange(side, dtype=np.float32) for side in levels.shape[:2])
    places = by[..., 0] + x, by[..., 1] + y[:, None]
    moved = cv2.remap(levels, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(moved, np.float32).reshape(levels.shape)


SHIFTS.add(
    DosedShift(
        name="zoom_blur",
        kind="blur",
        parameter="largest enlargement",
        unit="more than once",
        end=0.4,
        random=False,
        build=zoom_blur,
    )
)
SHIFTS.add(
    DosedShift(
        name="glass_blur",
        kind="blur",
        parameter="reach",
        unit="of the shorter side",
        end=0.08,
        random=True,
        build=glass_blur,
    )
)
