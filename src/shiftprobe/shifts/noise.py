"""Noise: one pattern per image, the same at every severity, only stronger."""

import numpy as np

from shiftprobe.shifts.base import SHIFTS, DosedShift, to_image
from shiftprobe.types import Image, Transform


def gaussian_noise(std: float) -> Transform:
    """Adds an independent draw to every value; `std` as a fraction of 255.

    Not albumentations' GaussNoise: that one falls short of its dose (0.0984 for 0.1, 0.048 for 0.05) and takes 16
    bits of its seed, so that of 3,000 images some 70 share the noise of another.
    """

    def change(image: Image, rng: np.random.Generator) -> Image:
        return to_image(image + 255 * std * rng.standard_normal(image.shape, dtype=np.float32))

    return change


def shot_noise(std: float) -> Transform:
    """Noise that grows with the square root of the light, as when photons are counted.

    A scaled normal draw stands for the Poisson count, so that one pattern serves every severity.

    Args:
        std: at full light, as a fraction of 255; a sensor that counts 1 / std**2 photons at white.
    """

    def change(image: Image, rng: np.random.Generator) -> Image:
        pattern = rng.standard_normal(image.shape, dtype=np.float32)
        return to_image(image + std * np.sqrt(255.0 * image) * pattern)

    return change


def speckle_noise(std: float) -> Transform:
    """Noise proportional to the light itself; `std` as a fraction of each value."""

    def change(image: Image, rng: np.random.Generator) -> Image:
        return to_image(image * (1 + std * rng.standard_normal(image.shape, dtype=np.float32)))

    return change


def impulse_noise(amount: float) -> Transform:
    """Turns a fraction of the values black or white; those hit at a low dose stay hit at a higher one."""

    def change(image: Image, rng: np.random.Generator) -> Image:
        draw = rng.random(image.shape, dtype=np.float32)
        changed = image.copy()
        changed[draw < amount / 2] = 0
        changed[draw > 1 - amount / 2] = 255
        return changed

    return change


SHIFTS.add(
    DosedShift(
        name="gaussian_noise",
        kind="noise",
        parameter="standard deviation",
        unit="of 255",
        end=0.4,
        random=True,
        build=gaussian_noise,
    )
)
SHIFTS.add(
    DosedShift(
        name="shot_noise",
        kind="noise",
        parameter="standard deviation at white",
        unit="of 255",
        end=0.6,
        random=True,
        build=shot_noise,
    )
)
SHIFTS.add(
    DosedShift(
        name="speckle_noise",
        kind="noise",
        parameter="standard deviation",
        unit="of each value",
        end=0.8,
        random=True,
        build=speckle_noise,
    )
)
SHIFTS.add(
    DosedShift(
        name="impulse_noise",
        kind="noise",
        parameter="values hit",
        unit="of all",
        end=0.4,
        random=True,
        build=impulse_noise,
    )
)
