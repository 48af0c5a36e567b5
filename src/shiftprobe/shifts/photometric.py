"""Light: each value is moved by a curve, whatever its neighbours are; `invert` alone goes place by place.

Albumentations bends the curve, in floats, and then looks every value up in it. Its transforms build such curves in 8
bits: decimals are cut off, and contrast and gamma darken by up to a grey level. Its posterize keeps the upper bits, so
that white falls to 128 at 1 bit.
"""

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.types import Image, Transform
from shiftprobe.shifts.base import SHIFTS, DosedShift, functional, to_image
from shiftprobe.shifts.texture import cover, fit, octaves, ranked

LIGHT = np.arange(256).reshape(1, 256) / 255  # every level there is, as a fraction of 255; a (1, 256) image
SEAM = 0.05  # of all places: how many are on their way at one dose of `invert`


def along(curve: NDArray[np.float64]) -> Transform:
    """The change of each level into the curve's, a (1, 256) array of fractions of 255."""
    look_up, levels = functional("pixel").sz_lut, to_image(255 * curve)

    def change(image: Image, _rng: np.random.Generator) -> Image:
        changed: Image = look_up(image, levels, inplace=False)
        return changed

    return change


def contrast(factor: float) -> Transform:
    """Draws every value towards the mean of its image; `factor` is the part of the contrast kept."""
    import cv2

    pixel = functional("pixel")
    flattened = 255 * pixel.multiply(LIGHT, factor)

    def change(image: Image, _rng: np.random.Generator) -> Image:
        mean = sum(cv2.mean(image)) / image.shape[2]
        changed: Image = pixel.sz_lut(image, np.rint(flattened + mean * (1 - factor)).astype(np.uint8), inplace=False)
        return changed

    return change


def brightness(offset: float) -> Transform:
    """Adds light; `offset` as a fraction of 255. What passes white stays white."""
    return along(functional("pixel").add(LIGHT, offset))


def gamma(exponent: float) -> Transform:
    """Darkens the middle by a power and leaves black and white where they are."""
    return along(functional("pixel").gamma_transform(LIGHT, exponent))


def darken(loss: float) -> Transform:
    """Takes light away as a shorter exposure does: every level keeps the part `1 - loss` of itself."""
    return along(LIGHT * (1.0 - loss))


def posterize(bits: float) -> Transform:
    """Leaves `2**bits` levels, rounded to a whole number: evenly spaced, black and white among them."""
    steps = round(2**bits) - 1
    return along(np.rint(LIGHT * steps) / steps)


def solarize(part: float) -> Transform:
    """Turns the upper half of the levels downwards, as film does that saw light too early.

    At 0.5 all that is brighter than the middle looks alike, at 1 white is black; what is darker stays. Albumentations'
    dial is the level from which on all is turned: 0.125 of it moves digits by 22 grey levels, 0.75 by 28, 1 by 240.
    """
    return along(LIGHT + part * (functional("pixel").solarize(LIGHT, 0.5) - LIGHT))


def invert(part: float) -> Transform:
    """Makes a negative of a part of the image: patches drawn per image that grow until they meet.

    A mixture of image and negative would be blank grey half-way and legible again at the end; so would be any
    curve, for black and white must pass each other.
    """
    negative = functional("pixel").invert

    def change(image: Image, rng: np.random.Generator) -> Image:
        order = fit(ranked(octaves(rng, 2.0)), image.shape)
        return cover(image, negative(image), np.clip((part * (1 + SEAM) - order) / SEAM, 0, 1))

    return change


SHIFTS.add(
    DosedShift(
        name="contrast",
        kind="photometric",
        parameter="contrast kept",
        unit="of the original",
        start=1.0,
        end=0.05,
        random=False,
        build=contrast,
    )
)
SHIFTS.add(
    DosedShift(
        name="brightness",
        kind="photometric",
        parameter="light added",
        unit="of 255",
        end=0.6,
        random=False,
        build=brightness,
    )
)
SHIFTS.add(
    DosedShift(
        name="gamma", kind="photometric", parameter="exponent", unit="", start=1.0, end=4.0, random=False, build=gamma
    )
)
SHIFTS.add(
    DosedShift(
        name="darken",
        kind="photometric",
        parameter="light lost",
        unit="of all",
        end=0.85,
        random=False,
        build=darken,
    )
)
# From 8 levels on a photo shows bands, and 2 are the fewest that show anything.
SHIFTS.add(
    DosedShift(
        name="posterize",
        kind="photometric",
        parameter="levels kept, as a power of 2",
        unit="bits",
        start=3.0,
        end=1.0,
        random=False,
        build=posterize,
        stepped=True,
    )
)
SHIFTS.add(
    DosedShift(
        name="solarize",
        kind="photometric",
        parameter="turn of the upper half",
        unit="of a full one",
        end=1.0,
        random=False,
        build=solarize,
    )
)
SHIFTS.add(
    DosedShift(
        name="invert",
        kind="photometric",
        parameter="area turned negative",
        unit="of the image",
        end=1.0,
        random=True,
        build=invert,
    )
)
