"""Noise: one pattern per image, the same at every severity, only stronger.

Every value draws one of 65,536 places on a table of what is added to it: the quantiles of the normal, times the dose.
At 224 px in colour the draw and the look-up take 0.2 ms, a normal draw in floats 1.1. Albumentations draws a pattern of
its own, whose GaussNoise falls short of its dose (0.0984 for 0.1, 0.048 for 0.05) and takes 16 bits of its seed, so
that of 3,000 images some 70 share the noise of another. Its iso_noise turns hues by hundredths of a degree and only
brightens.
"""

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.types import Image, Transform
from shiftprobe.shifts.base import SHIFTS, DosedShift

RGB = 3
PLACES = 2**16
WHITE = 255
PATCHES = 112  # of false colour along the shorter side, at most
FALSE_COLOUR = 0.2  # its share of the variance
LIGHT = np.arange(WHITE + 1, dtype=np.float32) / WHITE  # every level there is, as a fraction of 255


@functools.cache
def normal() -> NDArray[np.float32]:
    """The normal distribution as equally likely values, (PLACES,): mean 0, standard deviation 1, none beyond 4.4."""
    from scipy.special import ndtri

    quantiles = ndtri((np.arange(PLACES) + 0.5) / PLACES)
    table = np.asarray(quantiles / quantiles.std(), np.float32)
    table.setflags(write=False)
    return table


def draw(table: NDArray[Any], shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[Any]:
    """An independent draw from a table of PLACES values for every place of a shape."""
    return np.asarray(table.take(rng.integers(PLACES, size=shape, dtype=np.uint16)))


def added(image: Image, noise: NDArray[Any]) -> Image:
    """The image plus noise of its shape in grey levels, whole ones or floats; rounded, never wrapped around."""
    import cv2

    return np.asarray(cv2.add(image, noise, dtype=cv2.CV_8U), np.uint8).reshape(image.shape)


def gaussian_noise(std: float) -> Transform:
    """Adds an independent draw to every value; `std` as a fraction of 255."""
    levels = np.clip(np.rint(WHITE * std * normal()), -WHITE, WHITE).astype(np.int16)
    return lambda image, rng: added(image, draw(levels, image.shape, rng))


def by_light(std: float, curve: NDArray[np.floating[Any]]) -> Transform:
    """Noise whose standard deviation, as a fraction of 255, is `std` times what the curve (256,) says of each level."""
    import cv2

    strength = np.float32(WHITE * std) * curve

    def change(image: Image, rng: np.random.Generator) -> Image:
        noise = draw(normal(), image.shape, rng)
        return added(image, cv2.multiply(noise, cv2.LUT(image, strength), dst=noise))

    return change


def shot_noise(std: float) -> Transform:
    """Noise that grows with the square root of the light, as when photons are counted.

    A scaled normal draw stands for the Poisson count, so that one pattern serves every severity.

    Args:
        std: at full light, as a fraction of 255; a sensor that counts 1 / std**2 photons at white.
    """
    return by_light(std, np.sqrt(LIGHT))


def speckle_noise(std: float) -> Transform:
    """Noise proportional to the light itself; `std` as a fraction of each value."""
    return by_light(std, LIGHT)


def impulse_noise(amount: float) -> Transform:
    """Turns a fraction of the values black or white; those hit at a low dose stay hit at a higher one."""
    hit = round(amount / 2 * PLACES)
    levels = np.zeros(PLACES, np.int16)
    levels[:hit], levels[PLACES - hit :] = -WHITE, WHITE
    return lambda image, rng: added(image, draw(levels, image.shape, rng))


def iso_noise(std: float) -> Transform:
    """A camera at high sensitivity: grain shared by the channels and, in colour, patches of false colour.

    Both grow with the light, as photons do, and keep a tenth of their variance in the dark, as the readout does. A
    grey image meets grain alone, at the same standard deviation.

    Args:
        std: at full light, as a fraction of 255, grain and colour together.

    Reference: A. Foi et al. (2008), Practical Poissonian-Gaussian noise modeling, IEEE TIP 17(10), for the light.
    """
    import cv2

    strength = np.float32(WHITE * std) * np.sqrt(0.1 + 0.9 * LIGHT)

    def change(image: Image, rng: np.random.Generator) -> Image:
        noise = draw(normal(), image.shape[:2], rng)
        if image.shape[2] == RGB:
            grain = cv2.cvtColor(noise, cv2.COLOR_GRAY2RGB)
            noise = cv2.addWeighted(
                grain, (1 - FALSE_COLOUR) ** 0.5, tints(image.shape[:2], rng), FALSE_COLOUR**0.5, 0, dst=grain
            )
        return added(image, cv2.multiply(noise, cv2.LUT(image, strength).reshape(noise.shape), dst=noise))

    return change


def tints(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Patches of colour (H, W, 3) of mean light 0 and standard deviation 1."""
    import cv2

    height, width = shape
    cells = min(1.0, PATCHES / min(shape))
    drawn = draw(normal(), (round(cells * height), round(cells * width), RGB), rng)
    colours = cv2.transform(drawn, np.eye(RGB, dtype=np.float32) - np.float32(1 / RGB))
    patches = np.asarray(cv2.resize(colours, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    patches *= np.float32(patches.size**0.5 / cv2.norm(patches))  # between two draws there is less of it
    return patches


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
SHIFTS.add(
    DosedShift(
        name="iso_noise",
        kind="noise",
        parameter="standard deviation at white",
        unit="of 255",
        end=0.5,
        random=True,
        build=iso_noise,
    )
)
