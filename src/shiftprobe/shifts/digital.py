"""What storing and resizing do to an image."""

import numpy as np
from numpy.typing import NDArray

from shiftprobe.errors import DataError
from shiftprobe.shifts.base import SHIFTS, DosedShift, functional
from shiftprobe.types import Image, Transform


def jpeg(quality: float) -> Transform:
    """Stores the image as JPEG and reads it back; `quality` is rounded to a whole number from 1 to 100."""
    import cv2

    compress = functional("pixel").image_compression

    def change(image: Image, _rng: np.random.Generator) -> Image:
        # It hands RGB to OpenCV, which stores BGR: the colour channels would be weighted and thinned out wrongly.
        try:
            stored = compress(np.ascontiguousarray(image[..., ::-1]), round(quality), ".jpg")
        except cv2.error as error:
            raise DataError(
                f"an image of shape {image.shape} cannot be stored as JPEG; leave out the shift 'jpeg'"
            ) from error
        return np.ascontiguousarray(stored[..., ::-1])

    return change


def pixelate(block: float) -> Transform:
    """Replaces blocks by their mean; a block's side is 1 px plus `block`, a fraction of the shorter side."""
    return lambda image, _rng: mosaic(image, 1 + block * min(image.shape[:2]))


def mosaic(image: Image, side: float) -> Image:
    """Means over blocks of about `side` px, each of whole pixels, so that none borrows from another.

    Albumentations shrinks the blocks of one size together, which is exact; its Downscale takes all at once, and then
    blocks share pixels.
    """
    import cv2

    resize = functional("geometric").resize
    blocks = np.empty(image.shape, np.uint8)
    for height, rows in runs(image.shape[0], side):
        for width, columns in runs(image.shape[1], side):
            where = np.ix_(rows, columns)
            means = resize(image[where], (len(rows) // height, len(columns) // width), cv2.INTER_AREA)
            blocks[where] = means.repeat(height, 0).repeat(width, 1)
    return blocks


def runs(length: int, side: float) -> list[tuple[int, NDArray[np.intp]]]:
    """A line cut into runs of about `side` px: the one or two sizes met, each with the pixels of all its runs."""
    count = max(1, round(length / side))
    sizes = np.diff(np.arange(count + 1) * length // count)
    of_pixel = np.repeat(sizes, sizes)
    return [(int(size), np.flatnonzero(of_pixel == size)) for size in np.unique(sizes)]


# Above quality 30 neither digits nor photos look any different, so the dial starts there.
SHIFTS.add(
    DosedShift(
        name="jpeg", kind="digital", parameter="quality", unit="of 100", start=30, end=4, random=False, build=jpeg
    )
)
SHIFTS.add(
    DosedShift(
        name="pixelate",
        kind="digital",
        parameter="block side",
        unit="of the shorter side",
        end=0.08,
        random=False,
        build=pixelate,
    )
)
