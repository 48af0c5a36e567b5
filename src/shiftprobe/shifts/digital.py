"""What storing and resizing do to an image."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from shiftprobe.errors import DataError
from shiftprobe.shifts.base import SHIFTS, DosedShift, functional, to_image, to_light
from shiftprobe.shifts.blur import bell
from shiftprobe.types import Image, Transform

HALO = 0.05  # sigma of what counts as detail, as a fraction of the shorter side


def jpeg(quality: float) -> Transform:
    """Stores the image as JPEG and reads it back; `quality` is rounded to a whole number from 1 to 100."""
    return lambda image, _rng: stored(image, "jpeg", ".jpg", round(quality))


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
        back = functional("pixel").image_compression(np.ascontiguousarray(image[..., ::-1]), quality, suffix)
    except cv2.error as error:
        raise DataError(
            f"an image of shape {image.shape} cannot be stored as {name.upper()}; leave out the shift {name!r}"
        ) from error
    return np.ascontiguousarray(back[..., ::-1])


def sharpen(amount: float) -> Transform:
    """Adds `amount` times the fine detail, as the edge filter of a camera does: edges overshoot into halos."""
    convolve = functional("pixel").separable_convolve

    def change(image: Image, _rng: np.random.Generator) -> Image:
        light = to_light(image)
        soft = convolve(light, bell(HALO * min(image.shape[:2])))
        return to_image(255 * (light + amount * (light - soft)))

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
        name="jpeg",
        kind="digital",
        parameter="quality",
        unit="of 100",
        start=30,
        end=4,
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
SHIFTS.add(
    DosedShift(
        name="webp",
        kind="digital",
        parameter="quality",
        unit="of 100",
        start=30,
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
