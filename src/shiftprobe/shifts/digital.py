"""What storing and resizing do to an image."""

import numpy as np
from numpy.typing import NDArray

from shiftprobe.errors import DataError
from shiftprobe.shifts.base import SHIFTS, DosedShift, to_image
from shiftprobe.types import Image, Transform


def jpeg(quality: float) -> Transform:
    """Stores the image as JPEG and reads it back; `quality` is rounded to a whole number from 1 to 100."""
    import cv2

    options = [cv2.IMWRITE_JPEG_QUALITY, round(quality)]

    def change(image: Image, _rng: np.random.Generator) -> Image:
        # OpenCV stores BGR; in the wrong order the colour channels are weighted and thinned out wrongly.
        written, stored = cv2.imencode(".jpg", np.ascontiguousarray(image[..., ::-1]), options)
        if not written:
            raise DataError(f"an image of shape {image.shape} cannot be stored as JPEG; leave out the shift 'jpeg'")
        read = np.asarray(cv2.imdecode(stored, cv2.IMREAD_UNCHANGED), np.uint8)
        return np.ascontiguousarray(read.reshape(image.shape)[..., ::-1])

    return change


def pixelate(block: float) -> Transform:
    """Replaces blocks by their mean; a block's side is 1 px plus `block`, a fraction of the shorter side."""

    def change(image: Image, _rng: np.random.Generator) -> Image:
        side = 1 + block * min(image.shape[:2])
        return to_image(mosaic(mosaic(image.astype(np.float64), 0, side), 1, side))

    return change


def mosaic(levels: NDArray[np.float64], axis: int, side: float) -> NDArray[np.float64]:
    """Means over runs of about `side` px along an axis; a run holds whole pixels, so no block borrows from another."""
    length = levels.shape[axis]
    count = max(1, round(length / side))
    starts = np.arange(count) * length // count
    sizes = np.diff(starts, append=length)
    means = np.add.reduceat(levels, starts, axis) / np.expand_dims(sizes, (1 - axis, 2))
    return np.repeat(means, sizes, axis)


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
