"""Colour: what an image without any cannot lose, so grey images are refused.

OpenCV turns the hue, in floats: in the 8 bits of albumentations a turn by nothing changes a photo by up to 3 levels,
and turns come in steps of 2 degrees. Albumentations' light of another temperature is never neutral (3.2 and 0.7 grey
levels at 6,500 K in its two modes), so the cast is a factor of ours.
"""

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import DataError
from shiftprobe.core.types import Image, Transform
from shiftprobe.shifts.base import SHIFTS, DosedShift
from shiftprobe.shifts.blur import rounded
from shiftprobe.shifts.texture import LUMINANCE

RGB = 3  # channels


def needs_colour(name: str, change: Transform) -> Transform:
    """The change itself for RGB images; a DataError for all others, naming the shift to leave out."""

    def guarded(image: Image, rng: np.random.Generator) -> Image:
        if image.shape[2] != RGB:
            raise DataError(f"{name} needs colour, got a grey image; leave out the shift {name!r}")
        return change(image, rng)

    return guarded


def hue(angle: float) -> Transform:
    """Turns every colour on the wheel by `angle` degrees, one way round or the other as drawn per image.

    Beyond 135 degrees photos come nearer to the original again, channel by channel; the dial ends before.
    """
    import cv2

    def change(image: Image, rng: np.random.Generator) -> Image:
        turned = np.asarray(cv2.cvtColor(image.astype(np.float32), cv2.COLOR_RGB2HSV), np.float32)
        turned[..., 0] += angle if rng.integers(2) else 360 - angle  # below 0 OpenCV takes it for 0
        return rounded(cv2.cvtColor(turned, cv2.COLOR_HSV2RGB))

    return needs_colour("hue", change)


def saturation(factor: float) -> Transform:
    """Moves every colour away from the grey of its luminance; `factor` of the way, at least 1.

    Its other half, loss of colour, is `to_grey`.
    """
    return needs_colour("saturation", _away_from_grey(factor))


def to_grey(loss: float) -> Transform:
    """Moves every colour towards the grey of its luminance; `loss` of 1 leaves three equal channels."""
    return needs_colour("to_grey", _away_from_grey(1 - loss))


def _away_from_grey(factor: float) -> Transform:
    mixture = np.asarray(factor * np.eye(RGB) + (1 - factor) * np.array(LUMINANCE), np.float32)
    return lambda image, _rng: mixed(image, mixture)


def mixed(image: Image, mixture: NDArray[np.float32]) -> Image:
    """The image with each channel a weighted sum of all three; a row of the (3, 3) mixture holds the weights of one."""
    import cv2

    levels = cv2.transform(image.astype(np.float32), mixture)
    # rounded, and held at black and white
    return np.asarray(cv2.addWeighted(levels, 1, levels, 0, 0, dtype=cv2.CV_8U), np.uint8)


def colour_cast(cast: float) -> Transform:
    """A camera with the wrong white: each image warmer or cooler, as drawn.

    Args:
        cast: warm, red times 1 + cast and blue times 1 - cast; cool, the other way round. 0.4 is about the light of
            4,000 K or of 15,000 K on a camera set to 6,500 K.
    """
    warm, cool = (np.diag((1 + side * cast, 1, 1 - side * cast)).astype(np.float32) for side in (1, -1))
    return needs_colour("colour_cast", lambda image, rng: mixed(image, warm if rng.integers(2) else cool))


SHIFTS.add(
    DosedShift(
        name="hue",
        kind="photometric",
        parameter="turn of the colour wheel",
        unit="degrees",
        end=120,
        random=True,
        build=hue,
        colour=True,
    )
)
SHIFTS.add(
    DosedShift(
        name="saturation",
        kind="photometric",
        parameter="distance from grey",
        unit="times",
        start=1.0,
        end=4.0,
        random=False,
        build=saturation,
        colour=True,
    )
)
SHIFTS.add(
    DosedShift(
        name="to_grey",
        kind="photometric",
        parameter="colour lost",
        unit="of all",
        end=1.0,
        random=False,
        build=to_grey,
        colour=True,
    )
)
SHIFTS.add(
    DosedShift(
        name="colour_cast",
        kind="photometric",
        parameter="red gained, blue lost, or the reverse",
        unit="of each",
        end=0.6,
        random=True,
        build=colour_cast,
        colour=True,
    )
)
