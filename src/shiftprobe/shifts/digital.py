"""What storing and resizing do to an image."""

import functools
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import DataError
from shiftprobe.core.types import Image, Transform
from shiftprobe.shifts.base import SHIFTS, DosedShift, functional
from shiftprobe.shifts.blur import soft

HALO = 0.05  # sigma of what counts as detail, as a fraction of the shorter side


def jpeg(coarseness: float) -> Transform:
    """Stores the image as JPEG and reads it back.

    Args:
        coarseness: the factor on the standard's quantisation tables, at least 0; the nearest that a quality gives.
    """
    return lambda image, _rng: stored(image, "jpeg", ".jpg", quality(coarseness))


def quality(coarseness: float) -> int:
    """The whole quality from 1 to 100 at which libjpeg multiplies the tables of the standard by about `coarseness`."""
    return max(1, round(100 - 50 * coarseness if coarseness <= 1 else 50 / coarseness))


def webp(quality: float) -> Transform:
    """Stores the image as WebP and reads it back; `quality` is rounded to a whole number from 1 to 100."""
    return lambda image, _rng: stored(image, "webp", ".webp", round(quality))


def stored(image: Image, name: str, suffix: Literal[".jpg", ".webp"], quality: int) -> Image:
    """The image as it comes back from a file.

    Raises:
        DataError: when the format cannot hold so large an image.
    """
    import cv2

    # Albumentations hands RGB to OpenCV, which stores BGR: the channels would be weighted and thinned out wrongly.
    try:
        back = functional("pixel").image_compression(turned(image), quality, suffix)
    except cv2.error as error:
        raise DataError(
            f"an image of shape {image.shape} cannot be stored as {name.upper()}; leave out the shift {name!r}"
        ) from error
    return turned(back)


def turned(image: Image) -> Image:
    """RGB as BGR and the reverse, grey as it is; numpy takes forty times as long as OpenCV."""
    import cv2

    colour = image.shape[2] > 1
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if colour else np.ascontiguousarray(image), np.uint8)


def sharpen(amount: float) -> Transform:
    """Adds `amount` times the fine detail, as the edge filter of a camera does: edges overshoot into halos."""
    import cv2

    def change(image: Image, _rng: np.random.Generator) -> Image:
        blurred = soft(image, HALO * min(image.shape[:2]))
        sharp = cv2.addWeighted(image, 1 + amount, blurred, -amount, 0, dtype=cv2.CV_8U)
        return np.asarray(sharp, np.uint8).reshape(image.shape)

    return change


def pixelate(block: float) -> Transform:
    """Replaces blocks by their mean; a block's side is 1 px plus `block`, a fraction of the shorter side."""
    return lambda image, _rng: mosaic(image, 1 + block * min(image.shape[:2]))


def mosaic(image: Image, side: float) -> Image:
    """Means over blocks of about `side` px, each of whole pixels, so that none borrows from another.

    Albumentations' Downscale takes all at once, and then blocks share pixels.
    """
    import cv2

    height, width, channels = image.shape
    (y, heights), (x, widths) = blocks(height, side), blocks(width, side)
    corners = cv2.integral(image).reshape(height + 1, width + 1, channels).take(y, axis=0).take(x, axis=1)
    rows = corners[1:] - corners[:-1]
    sums = rows[:, 1:] - rows[:, :-1]  # right even where the sum of the whole image passes 32 bits
    means = np.rint(sums / np.multiply.outer(heights, widths)[..., None]).astype(np.uint8)
    return means.repeat(widths, axis=1).repeat(heights, axis=0)


@functools.lru_cache(maxsize=256)
def blocks(length: int, side: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where a line is cut into blocks of about `side` px, both its ends among the cuts, and how long each block is."""
    count = max(1, round(length / side))
    at = np.arange(count + 1) * length // count
    return at, np.diff(at)


SHIFTS.add(
    DosedShift(
        name="jpeg",
        kind="digital",
        parameter="factor on the quantisation tables",
        unit="times",
        end=11.5,
        random=False,
        stepped=True,
        build=jpeg,
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
        stepped=True,
        build=pixelate,
    )
)
# Above quality 20 digits and photos hardly look any different, and 1 is the worst there is.
SHIFTS.add(
    DosedShift(
        name="webp",
        kind="digital",
        parameter="quality",
        unit="of 100",
        start=20,
        end=1,
        random=False,
        stepped=True,
        build=webp,
    )
)
SHIFTS.add(
    DosedShift(
        name="sharpen",
        kind="digital",
        parameter="detail added",
        unit="times",
        end=2.5,
        random=False,
        build=sharpen,
    )
)
