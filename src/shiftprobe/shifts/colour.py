"""Colour: what an image without any cannot lose, so grey images are refused.

Albumentations turns the hue and moves the saturation, in floats: in 8 bits a turn by nothing changes a photo by up to 3
levels, and turns come in steps of 2 degrees. Its light of another temperature is never neutral (3.2 and 0.7 grey levels
at 6,500 K in its two modes), so the cast is a factor of ours.
"""

import numpy as np

from shiftprobe.errors import DataError
from shiftprobe.shifts.base import SHIFTS, DosedShift, functional, to_image, to_light
from shiftprobe.types import Image, Transform

RGB = 3  # channels
LEVELS = np.arange(256, dtype=np.float64).reshape(1, 256, 1)


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
    turn = functional("pixel").adjust_hue_torchvision

    def change(image: Image, rng: np.random.Generator) -> Image:
        side = 1 if rng.integers(2) else -1
        return to_image(255 * turn(to_light(image), side * angle / 360))

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
    move = functional("pixel").adjust_saturation_torchvision
    return lambda image, _rng: to_image(255 * move(to_light(image), factor))


def colour_cast(cast: float) -> Transform:
    """A camera with the wrong white: each image warmer or cooler, as drawn.

    Args:
        cast: warm, red times 1 + cast and blue times 1 - cast; cool, the other way round. 0.4 is about the light of
            4,000 K or of 15,000 K on a camera set to 6,500 K.
    """
    import cv2

    warm, cool = (to_image(LEVELS * (1 + side * cast, 1, 1 - side * cast)) for side in (1, -1))

    def change(image: Image, rng: np.random.Generator) -> Image:
        return np.asarray(cv2.LUT(image, warm if rng.integers(2) else cool), np.uint8)

    return needs_colour("colour_cast", change)


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
