"""Blur: doses are fractions of the shorter side, so that 8 px and 4K lose the same detail.

Albumentations folds the image with the kernel, mirrored at its border. Its own discs and streaks come in whole pixels
only, and the Gaussian is ours in width: left to itself it is one point below 0.29 px, which blurs nothing.
"""

import numpy as np
from numpy.typing import NDArray

from shiftprobe.shifts.base import SHIFTS, DosedShift, functional, to_image, to_light
from shiftprobe.types import Image, Transform


def gaussian_blur(sigma: float) -> Transform:
    """A Gaussian kernel; `sigma` as a fraction of the shorter side."""
    create_kernel, convolve = functional("blur").create_gaussian_kernel_1d, functional("pixel").separable_convolve

    def change(image: Image, _rng: np.random.Generator) -> Image:
        pixels = sigma * min(image.shape[:2])
        kernel = create_kernel(pixels, ksize=round(8 * pixels + 1) | 1)  # out to 4 sigma, an odd size
        return to_image(255 * convolve(to_light(image), kernel))  # in 8 bits the kernel is rounded too

    return change


def defocus(radius: float) -> Transform:
    """A disc, as of a lens out of focus; `radius` as a fraction of the shorter side."""
    convolve = functional("blur").convolve

    def change(image: Image, _rng: np.random.Generator) -> Image:
        blurred: Image = convolve(image, disc(radius * min(image.shape[:2])))
        return blurred

    return change


def disc(radius: float) -> NDArray[np.float32]:
    """A kernel that is even inside `radius` px and fades over one pixel at the rim, so that every radius counts."""
    reach = int(np.ceil(radius))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    weights = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    return np.asarray(weights / weights.sum(), np.float32)


def motion_blur(length: float) -> Transform:
    """A straight streak in a direction drawn per image; `length` as a fraction of the shorter side."""
    convolve = functional("blur").convolve

    def change(image: Image, rng: np.random.Generator) -> Image:
        blurred: Image = convolve(image, streak(length * min(image.shape[:2]), rng.uniform(0, np.pi)))
        return blurred

    return change


def streak(length: float, angle: float) -> NDArray[np.float32]:
    """A kernel along a line of `length` px at `angle` radians, its points shared between the nearest pixels."""
    reach = int(np.ceil(length / 2))
    along = np.linspace(-length / 2, length / 2, 8 * reach + 1)
    grid = np.arange(-reach, reach + 1)
    rows = np.clip(1 - np.abs(grid[:, None] - along * np.sin(angle)), 0, None)
    columns = np.clip(1 - np.abs(grid[:, None] - along * np.cos(angle)), 0, None)
    weights = rows @ columns.T
    return np.asarray(weights / weights.sum(), np.float32)


SHIFTS.add(
    DosedShift(
        name="gaussian_blur",
        kind="blur",
        parameter="sigma",
        unit="of the shorter side",
        end=0.08,
        random=False,
        build=gaussian_blur,
    )
)
SHIFTS.add(
    DosedShift(
        name="defocus",
        kind="blur",
        parameter="radius",
        unit="of the shorter side",
        end=0.1,
        random=False,
        build=defocus,
    )
)
SHIFTS.add(
    DosedShift(
        name="motion_blur",
        kind="blur",
        parameter="length",
        unit="of the shorter side",
        end=0.3,
        random=True,
        build=motion_blur,
    )
)
