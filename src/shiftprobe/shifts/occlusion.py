"""What stands in the way: parts of the image are replaced by its mean colour, and what is covered stays covered.

The mean, because black is a digit's paper, where it would hide nothing, and would darken a photo. Albumentations' own
dropouts do not keep this: at another number of holes CoarseDropout puts all of them elsewhere, and at 8 px
GridDropout covers a quarter whatever its ratio.
"""

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.types import Image, Transform
from shiftprobe.shifts.base import SHIFTS, DosedShift, to_image

CELLS = 6
"""Cells along the shorter side, however many its pixels."""


def coarse_dropout(area: float) -> Transform:
    """Covers cells of a grid in an order drawn per image, the last one row by row; `area` as a fraction of the image.

    Reference: DeVries and Taylor, 2017, arXiv:1708.04552, with many small holes in place of one.
    """

    def change(image: Image, rng: np.random.Generator) -> Image:
        y, x = _places(image)
        rows, columns = y.astype(int), x.astype(int)
        order = rng.permutation((rows[-1] + 1) * (columns[-1] + 1)).reshape(rows[-1] + 1, -1)
        turn = order[rows] + (y % 1)[:, None]
        return _covered(image, (turn < area * order.size).take(columns, axis=1))

    return change


def grid_dropout(area: float) -> Transform:
    """Covers a hole in every cell of a regular grid, which is moved as a whole by a draw per image.

    Args:
        area: the part of each cell that its hole takes, and so about that of the image.

    Reference: Chen et al., 2020, arXiv:2001.04086.
    """
    side = np.sqrt(area)

    def change(image: Image, rng: np.random.Generator) -> Image:
        y, x = ((places + rng.random()) % 1 < side for places in _places(image))
        return _covered(image, y[:, None] & x)

    return change


def _places(image: Image) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where the rows' and the columns' middles lie, counted in cells, which cover the image without a rest."""
    shape = image.shape[:2]
    counts = (min(round(CELLS * side / min(shape)), side) for side in shape)
    y, x = ((np.arange(side) + 0.5) * (count / side) for side, count in zip(shape, counts, strict=True))
    return y, x


def _covered(image: Image, where: NDArray[np.bool_]) -> Image:
    """The image with its mean colour wherever the (H, W) mask is true."""
    import cv2

    height, width, channels = image.shape
    colour = to_image(np.array(cv2.mean(image)[:channels]))
    paint = np.empty_like(image)
    paint.reshape(height, -1)[:] = np.tile(colour, width)  # in whole rows: ten times as fast as pixel by pixel
    cv2.copyTo(image, (~where).view(np.uint8), paint)
    return paint


SHIFTS.add(
    DosedShift(
        name="coarse_dropout",
        kind="occlusion",
        parameter="area covered",
        unit="of all",
        end=0.6,
        random=True,
        build=coarse_dropout,
    )
)
SHIFTS.add(
    DosedShift(
        name="grid_dropout",
        kind="occlusion",
        parameter="area covered",
        unit="of all",
        end=0.6,
        random=True,
        build=grid_dropout,
    )
)
