"""Noise: one pattern per image, the same at every severity, only stronger.

The pattern is ours, albumentations puts it on the image. Its GaussNoise draws a pattern of its own, falls short of its
dose (0.0984 for 0.1, 0.048 for 0.05) and takes 16 bits of its seed, so that of 3,000 images some 70 share the noise of
another. Its iso_noise turns hues by hundredths of a degree and only brightens.
"""

import numpy as np
from numpy.typing import NDArray

from shiftprobe.shifts.base import SHIFTS, DosedShift, functional, to_image, to_light
from shiftprobe.types import Image, Transform

RGB = 3
PATCHES = 112  # of false colour along the shorter side, at most
FALSE_COLOUR = 0.2  # its share of the variance


def with_noise(image: Image, rng: np.random.Generator, std: float | NDArray[np.floating]) -> Image:
    """The image plus a normal draw for every value; `std` as a fraction of 255, one for all or one for each."""
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    noise *= std
    return added(image, noise)


def added(image: Image, noise: NDArray[np.float32]) -> Image:
    """The image plus noise of its shape, in fractions of 255."""
    noisy = functional("pixel").add_noise(to_light(image), noise)
    noisy *= 255  # in place, as above: fresh arrays cost more than the sums
    return to_image(noisy)


def gaussian_noise(std: float) -> Transform:
    """Adds an independent draw to every value; `std` as a fraction of 255."""
    return lambda image, rng: with_noise(image, rng, std)


def shot_noise(std: float) -> Transform:
    """Noise that grows with the square root of the light, as when photons are counted.

    A scaled normal draw stands for the Poisson count, so that one pattern serves every severity.

    Args:
        std: at full light, as a fraction of 255; a sensor that counts 1 / std**2 photons at white.
    """
    return lambda image, rng: with_noise(image, rng, std * np.sqrt(to_light(image)))


def speckle_noise(std: float) -> Transform:
    """Noise proportional to the light itself; `std` as a fraction of each value."""
    return lambda image, rng: with_noise(image, rng, std * to_light(image))


def impulse_noise(amount: float) -> Transform:
    """Turns a fraction of the values black or white; those hit at a low dose stay hit at a higher one."""
    pixel = functional("pixel")

    def change(image: Image, rng: np.random.Generator) -> Image:
        values = image.reshape(len(image), -1)  # in three dimensions whole pixels are hit, all channels alike
        draw = rng.random(values.shape, dtype=np.float32)
        changed = pixel.apply_salt_and_pepper(values, draw > 1 - amount / 2, draw < amount / 2)
        return np.asarray(changed, np.uint8).reshape(image.shape)

    return change


def iso_noise(std: float) -> Transform:
    """A camera at high sensitivity: grain shared by the channels and, in colour, patches of false colour.

    Both grow with the light, as photons do, and keep a tenth of their variance in the dark, as the readout does. A
    grey image meets grain alone, at the same standard deviation.

    Args:
        std: at full light, as a fraction of 255, grain and colour together.

    Reference: A. Foi et al. (2008), Practical Poissonian-Gaussian noise modeling, IEEE TIP 17(10), for the light.
    """

    def change(image: Image, rng: np.random.Generator) -> Image:
        noise = rng.standard_normal((*image.shape[:2], 1), dtype=np.float32)
        if image.shape[2] == RGB:
            noise = (1 - FALSE_COLOUR) ** 0.5 * noise + FALSE_COLOUR**0.5 * tints(image.shape[:2], rng)
        return added(image, std * noise * np.sqrt(0.1 + 0.9 * to_light(image)))

    return change


def tints(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Patches of colour (H, W, 3) of mean light 0 and standard deviation 1."""
    import cv2

    height, width = shape
    cells = min(1.0, PATCHES / min(shape))
    drawn = rng.standard_normal((round(cells * height), round(cells * width), RGB), dtype=np.float32)
    drawn -= drawn.mean(axis=2, keepdims=True)
    patches = np.asarray(cv2.resize(drawn, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    return np.asarray(patches / patches.std(), np.float32)  # between two draws there is less of it


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
