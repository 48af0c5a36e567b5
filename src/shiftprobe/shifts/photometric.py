"""Light: each value is moved by a curve, whatever its neighbours are.

Albumentations bends the curve, in floats, and then looks every value up in it. Its transforms build such curves in 8
bits: decimals are cut off, and contrast and gamma darken by up to a grey level.
"""

import numpy as np
from numpy.typing import NDArray

from shiftprobe.shifts.base import SHIFTS, DosedShift, functional, to_image
from shiftprobe.types import Image, Transform

LIGHT = np.arange(256).reshape(1, 256) / 255  # every level there is, as a fraction of 255; a (1, 256) image


def look_up(image: Image, curve: NDArray[np.float64]) -> Image:
    """The image with each level replaced by the curve's, a (1, 256) array of fractions of 255."""
    changed: Image = functional("pixel").sz_lut(image, to_image(255 * curve), inplace=False)
    return changed


def contrast(factor: float) -> Transform:
    """Draws every value towards the mean of its image; `factor` is the part of the contrast kept."""
    pixel = functional("pixel")
    flattened = pixel.multiply(LIGHT, factor)

    def change(image: Image, _rng: np.random.Generator) -> Image:
        mean = float(image.mean()) / 255
        return look_up(image, pixel.add(flattened, mean * (1 - factor)))

    return change


def brightness(offset: float) -> Transform:
    """Adds light; `offset` as a fraction of 255. What passes white stays white."""
    curve = functional("pixel").add(LIGHT, offset)
    return lambda image, _rng: look_up(image, curve)


def gamma(exponent: float) -> Transform:
    """Darkens the middle by a power and leaves black and white where they are."""
    curve = functional("pixel").gamma_transform(LIGHT, exponent)
    return lambda image, _rng: look_up(image, curve)


SHIFTS.add(
    DosedShift(
        name="contrast",
        kind="photometric",
        parameter="contrast kept",
        unit="of the original",
        start=1.0,
        end=0.1,
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
