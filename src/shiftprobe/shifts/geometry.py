"""Where things are: the whole frame is moved by one rule, and what comes into it is filled by mirroring.

Black corners would tell the network the dose, and a photo has no black to spare; a digit's empty margin
mirrors into emptiness. Albumentations' Affine and Perspective draw how far they go; here only the side is drawn.
"""

import math
from typing import TypeAlias

import numpy as np

from shiftprobe.core.types import Image, Transform
from shiftprobe.shifts.base import SHIFTS, DosedShift, functional

Pair: TypeAlias = tuple[float, float]


def rotation(angle: float) -> Transform:
    """Turns the image about its centre by exactly `angle` degrees, left or right as drawn per image."""
    cosine, sine = float(np.cos(np.deg2rad(angle))), float(np.sin(np.deg2rad(angle)))

    def change(image: Image, rng: np.random.Generator) -> Image:
        side = sine if rng.integers(2) else -sine
        return warp(image, ((cosine, side), (-side, cosine)))

    return change


def warp(image: Image, linear: tuple[Pair, Pair], offset: Pair = (0, 0)) -> Image:
    """The image under a linear map about its centre, then moved by `offset`, its border mirrored.

    Args:
        image: (H, W, C).
        linear: two rows of a matrix; where a step of one pixel right and of one pixel down goes, in its columns.
        offset: px right and down.
    """
    import cv2

    height, width = image.shape[:2]
    x, y = (width - 1) / 2, (height - 1) / 2
    (a, b), (c, d) = linear
    matrix = np.array([[a, b, x - a * x - b * y + offset[0]], [c, d, y - c * x - d * y + offset[1]]])
    moved = cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(moved, np.uint8).reshape(image.shape)


def translation(distance: float) -> Transform:
    """Moves the image in a direction drawn per image; `distance` as a fraction of the shorter side."""

    def change(image: Image, rng: np.random.Generator) -> Image:
        pixels = distance * min(image.shape[:2])
        direction = rng.uniform(0, 2 * np.pi)
        return warp(image, ((1, 0), (0, 1)), (pixels * math.cos(direction), pixels * math.sin(direction)))

    return change


def scale(zoom: float) -> Transform:
    """Enlarges the image about its centre; what leaves the frame is lost, so nothing has to be filled in."""
    return lambda image, _rng: warp(image, ((zoom, 0), (0, zoom)))


def shear(angle: float) -> Transform:
    """Slants the image about its centre by `angle` degrees, along rows or columns and to a side as drawn per image."""
    slant = float(np.tan(np.deg2rad(angle)))

    def change(image: Image, rng: np.random.Generator) -> Image:
        by = slant if rng.integers(2) else -slant
        return warp(image, ((1, by), (0, 1)) if rng.integers(2) else ((1, 0), (by, 1)))

    return change


def perspective(distance: float) -> Transform:
    """Looks at the image from a side drawn per image: what is far shrinks, what is near grows.

    Every corner moves equally far, neighbours in opposite directions: of all ways to move four corners this is the one
    that no moving, turning, scaling or slanting can give.

    Args:
        distance: that of each corner's move, as a fraction of the shorter side; below 0.35, where the frame would fold.
    """
    import cv2

    warp_perspective = functional("geometric").perspective

    def change(image: Image, rng: np.random.Generator) -> Image:
        height, width = image.shape[:2]
        direction = rng.uniform(0, 2 * np.pi)
        move = distance * min(height, width) * np.array([np.cos(direction), np.sin(direction)])
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]]) - 0.5  # a pixel's middle is at 0
        moved = corners + np.array([[1], [-1], [1], [-1]]) * move
        changed: Image = warp_perspective(
            image,
            cv2.getPerspectiveTransform(corners.astype(np.float32), moved.astype(np.float32)),
            width,
            height,
            border_val=0,
            border_mode=cv2.BORDER_REFLECT_101,
            keep_size=False,
            interpolation=cv2.INTER_LINEAR,
        )
        return changed

    return change


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
SHIFTS.add(
    DosedShift(name="shear", kind="geometry", parameter="angle", unit="degrees", end=40, random=True, build=shear)
)
SHIFTS.add(
    DosedShift(
        name="perspective",
        kind="geometry",
        parameter="corners moved",
        unit="of the shorter side",
        end=0.2,
        random=True,
        build=perspective,
    )
)
