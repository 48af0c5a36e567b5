"""Where things are: the frame is filled by mirroring.

Black corners would tell the network the dose, and a photo has no black to spare; a digit's empty margin
mirrors into emptiness.
"""

import numpy as np

from shiftprobe.shifts.base import SHIFTS, DosedShift, functional, seeded
from shiftprobe.types import Image, Transform


def rotation(angle: float) -> Transform:
    """Turns the image about its centre by exactly `angle` degrees, left or right as drawn per image."""
    import cv2

    def turned(by: float) -> Transform:
        return seeded(lambda library: library.Rotate(limit=(by, by), border_mode=cv2.BORDER_REFLECT_101, p=1))

    left, right = turned(angle), turned(-angle)
    return lambda image, rng: (left if rng.integers(2) else right)(image, rng)


def warp(image: Image, zoom: float, offset: tuple[float, float]) -> Image:
    """The image enlarged by `zoom` about its centre, then moved by `offset` px (right, down), its border mirrored."""
    import cv2

    height, width = image.shape[:2]
    x = (1 - zoom) * (width - 1) / 2 + offset[0]
    y = (1 - zoom) * (height - 1) / 2 + offset[1]
    matrix = np.array([[zoom, 0, x], [0, zoom, y], [0, 0, 1]])
    moved = functional("geometric").warp_affine(
        image, matrix, cv2.INTER_LINEAR, fill=0, border_mode=cv2.BORDER_REFLECT_101, output_shape=(height, width)
    )
    return np.array(moved, np.uint8, order="C")  # a copy: where nothing moves, the image itself comes back


def translation(distance: float) -> Transform:
    """Moves the image in a direction drawn per image; `distance` as a fraction of the shorter side."""

    def change(image: Image, rng: np.random.Generator) -> Image:
        pixels = distance * min(image.shape[:2])
        direction = rng.uniform(0, 2 * np.pi)
        return warp(image, 1.0, (pixels * np.cos(direction), pixels * np.sin(direction)))

    return change


def scale(zoom: float) -> Transform:
    """Enlarges the image about its centre; what leaves the frame is lost, so nothing has to be filled in."""
    return lambda image, _rng: warp(image, zoom, (0, 0))


SHIFTS.add(
    DosedShift(name="rotation", kind="geometry", parameter="angle", unit="degrees", end=45, random=True, build=rotation)
)
SHIFTS.add(
    DosedShift(
        name="translation",
        kind="geometry",
        parameter="distance",
        unit="of the shorter side",
        end=0.25,
        random=True,
        build=translation,
    )
)
SHIFTS.add(
    DosedShift(
        name="scale", kind="geometry", parameter="zoom", unit="times", start=1.0, end=1.75, random=False, build=scale
    )
)
