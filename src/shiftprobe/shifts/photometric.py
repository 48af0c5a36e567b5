"""Light: each value is moved by a curve, whatever its neighbours are."""

import numpy as np

from shiftprobe.shifts.base import SHIFTS, DosedShift, to_image
from shiftprobe.types import Image, Transform

LEVELS = np.arange(256, dtype=np.float64)


def contrast(factor: float) -> Transform:
    """Draws every value towards the mean of its image; `factor` is the part of the contrast kept."""

    def change(image: Image, _rng: np.random.Generator) -> Image:
        mean = image.mean()
        return to_image(mean + factor * (LEVELS - mean))[image]

    return change


def brightness(offset: float) -> Transform:
    """Adds light; `offset` as a fraction of 255. What passes white stays white."""
    curve = to_image(LEVELS + 255 * offset)
    return lambda image, _rng: curve[image]


def gamma(exponent: float) -> Transform:
    """Darkens the middle by a power and leaves black and white where they are."""
    curve = to_image(255 * (LEVELS / 255) ** exponent)
    return lambda image, _rng: curve[image]


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
