"""Ice on the lens: crystals that grow over the image from its border and in patches.

Hendrycks and Dietterich (2019, arXiv:1903.12261) cut theirs out of five photographs. Ours are grown once per process,
always the same, on a pane of which each image meets a piece; albumentations has none.
"""

import functools

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.types import Image, Transform
from shiftprobe.shifts.base import SHIFTS, DosedShift
from shiftprobe.shifts.texture import GRID, Pattern, cover, fit, octaves, painted, ranked, strokes

PANE, PIECE = 768, 384  # px: the side of the pane, and of the square that one image meets
RIM = 0.3  # of all ice: how wide the melting edge of a patch is
ICE = (0.82, 0.9, 1.0)  # bluish


def frost(part: float) -> Transform:
    """Freezes a part of the image over; what is frozen at a low dose stays so at a higher one."""

    def change(image: Image, rng: np.random.Generator) -> Image:
        crystals = fit(piece(rng), image.shape)
        order = fit(freezing(rng), image.shape)
        frozen = np.clip((part * (1 + RIM) - order) / RIM, 0, 1)
        paint = painted(image.shape, ICE, 0.5 + 0.5 * crystals)
        return cover(image, paint, frozen * (0.45 + 0.45 * crystals))

    return change


def freezing(rng: np.random.Generator) -> Pattern:
    """When each place freezes, from 0 (first) to 1 (last): in clouds, the border before the middle."""
    axis = np.linspace(-1, 1, GRID, dtype=np.float32) ** 2
    return ranked(octaves(rng, 1.6) - 0.25 * np.maximum(axis, axis[:, None]))


def piece(rng: np.random.Generator) -> Pattern:
    """A square of the pane, turned by a quarter as often as drawn."""
    top, left = rng.integers(PANE - PIECE + 1, size=2)
    turned = np.rot90(pane()[top : top + PIECE, left : left + PIECE], int(rng.integers(4)))
    return np.ascontiguousarray(turned)


@functools.cache
def pane() -> Pattern:
    """Crystals (PANE, PANE): stems with twigs with needles, each about 60 degrees off the one it grows from."""
    import cv2

    rng = np.random.default_rng(0)
    places, directions = rng.uniform(-0.1, 1.1, (420, 2)), rng.uniform(0, 2 * np.pi, 420)
    stems = np.column_stack([places, directions, rng.uniform(0.05, 0.2, 420)])
    twigs = grow(stems, 12, 0.55, rng)
    needles = grow(twigs, 5, 0.5, rng)
    drawn = [
        strokes(ends(sticks), width, side=PANE) * np.float32(level)
        for sticks, width, level in ((stems, 2, 1.0), (twigs, 1, 0.75), (needles, 1, 0.5))
    ]
    sharp = np.maximum.reduce(drawn)
    crystals = 0.65 * sharp + cv2.GaussianBlur(sharp, (0, 0), 6)  # ice between the needles is hazy
    ice: Pattern = np.clip(crystals / np.quantile(crystals, 0.995), 0, 1).astype(np.float32)
    ice.setflags(write=False)
    return ice


def grow(sticks: NDArray[np.float64], count: int, share: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """The twigs of sticks, `count` on either side of each, shorter towards its tip.

    Args:
        sticks: (N, 4): x, y, direction in radians, length; places and lengths as fractions of the pane.
        count: of twigs per side.
        share: of the stick's length that the lowest twig has, about.
        rng: for their lengths and directions.

    Returns:
        (2 * N * count, 4), as `sticks`.
    """
    x, y, direction, length = sticks.T[..., None]
    along = np.tile(np.arange(1, count + 1) / (count + 1), 2)
    turn = np.repeat([np.pi / 3, -np.pi / 3], count) + 0.12 * rng.standard_normal((len(sticks), 2 * count))
    shorter = share * (1.05 - along) * rng.uniform(0.6, 1.2, turn.shape)
    root = along * length
    grown = [x + root * np.cos(direction), y + root * np.sin(direction), direction + turn, length * shorter]
    return np.stack(grown, axis=-1).reshape(-1, 4)


def ends(sticks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Both ends (N, 2, 2) of each stick."""
    place, direction, length = sticks[:, :2], sticks[:, 2], sticks[:, 3:]
    return np.stack([place, place + length * np.column_stack([np.cos(direction), np.sin(direction)])], axis=1)


SHIFTS.add(
    DosedShift(name="frost", kind="weather", parameter="ice", unit="of the image", end=1.0, random=True, build=frost)
)
