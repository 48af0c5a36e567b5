"""Blur: doses are fractions of the shorter side, so that 8 px and 4K lose the same detail."""

import numpy as np
from numpy.typing import NDArray

from shiftprobe.shifts.base import SHIFTS, DosedShift
from shiftprobe.types import Image, Transform


def convolve(image: Image, kernel: NDArray[np.float32]) -> Image:
    """The image under a kernel, mirrored at its border; keeps the shape, (H, W, 1) included."""
    import cv2

    blurred = cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REFLECT_101)
    return np.asarray(blurred, np.uint8).reshape(image.shape)


def gaussian_blur(sigma: float) -> Transform:
    """A Gaussian kernel; `sigma` as a fraction of the shorter side."""
    import cv2

    def change(image: Image, _rng: np.random.Generator) -> Image:
        pixels = sigma * min(image.shape[:2])
        # In 8 bits OpenCV rounds the kernel too and errs by up to 1.5 grey levels; in floats by 0.01.
        levels = cv2.GaussianBlur(image.astype(np.float32), (0, 0), pixels, borderType=cv2.BORDER_REFLECT_101)
        return np.rint(levels).astype(np.uint8).reshape(image.shape)

    return change


def defocus(radius: float) -> Transform:
    """A disc, as of a lens out of focus; `radius` as a fraction of the shorter side."""

    def change(image: Image, _rng: np.random.Generator) -> Image:
        return convolve(image, disc(radius * min(image.shape[:2])))

    return change


def disc(radius: float) -> NDArray[np.float32]:
    """A kernel that is even inside `radius` px and fades over one pixel at the rim, so that every radius counts."""
    reach = int(np.ceil(radius))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    weights = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    return np.asarray(weights / weights.sum(), np.float32)


def motion_blur(length: float) -> Transform:
    """A straight streak in a direction drawn per image; `length` as a fraction of the shorter side."""

    def change(image: Image, rng: np.random.Generator) -> Image:
        return convolve(image, streak(length * min(image.shape[:2]), rng.uniform(0, np.pi)))

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
