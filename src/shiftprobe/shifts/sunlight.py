"""Sun and shadow: light that comes from where it should not, or does not come.

Albumentations' flares refuse grey images and take 3 to 4 ms at 224 px; one draws its sun in rings of 10 px, the other
blurs it by 15 px, whatever the size of the image. Its shadow is put on by the function used here, with the smooth edge
that its polygons lack.
"""

import functools

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.types import Image, Transform
from shiftprobe.shifts.base import SHIFTS, DosedShift, functional, to_image, to_light
from shiftprobe.shifts.texture import GRID, Pattern, cover, painted, resized

SUN = (1.0, 0.97, 0.88)
GHOSTS = 6  # reflections between the lenses, on the line from the sun through the middle


def sun_flare(strength: float) -> Transform:
    """A sun drawn into the image, with its glow, rays and ghosts.

    Args:
        strength: of the light, at least 0; each pixel keeps exp(-strength * glow) of itself.
    """

    def change(image: Image, rng: np.random.Generator) -> Image:
        opacity = 1 - np.exp(-np.float32(strength) * glow(image.shape, rng))
        return cover(image, painted(image.shape, SUN), resized(opacity, image.shape))

    return change


def plane(shape: tuple[int, ...]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The grid of an image's light: x (1, W) and y (H, 1) from its middle, as fractions of the shorter side.

    It is no finer than the image itself.
    """
    grid = min(GRID, max(shape[:2]))
    height, width = (max(1, round(grid * length / max(shape[:2]))) for length in shape[:2])
    shorter = min(height, width)
    return axis(width, width / shorter)[None], axis(height, height / shorter)[:, None]


@functools.lru_cache(maxsize=64)
def axis(count: int, length: float) -> NDArray[np.float32]:
    """`count` places from one end of a side to the other, 0 in its middle."""
    places = np.linspace(-length / 2, length / 2, count, dtype=np.float32)
    places.setflags(write=False)
    return places


def glow(shape: tuple[int, ...], rng: np.random.Generator) -> Pattern:
    """The light of a sun that stands 0.15 to 0.45 of the shorter side off the middle; brightest in its core."""
    x, y = plane(shape)
    reach, around = rng.uniform(0.15, 0.45), rng.uniform(0, 2 * np.pi)
    sun = np.array([reach * np.cos(around), reach * np.sin(around)], np.float32)
    right, down = x - sun[0], y - sun[1]
    away = np.sqrt(right**2 + down**2)
    rim = max(0.015, 1 / max(shape[:2]))  # of a ghost: a pixel wide where that is more
    rays = np.cos(int(rng.integers(5, 9)) * np.arctan2(down, right) + rng.uniform(0, 2 * np.pi))
    light = 0.03 / (away**2 + 0.01) + 0.35 * np.exp(-away / 0.35) + 0.6 * np.exp(-away / 0.2) * np.maximum(rays, 0) ** 6
    ghosts = rng.uniform((-1.2, 0.02, 0.1), (0.6, 0.1, 0.35), (GHOSTS, 3)).astype(np.float32)
    place, radius, power = ghosts.T[..., None, None]
    off = np.sqrt((x - place * sun[0]) ** 2 + (y - place * sun[1]) ** 2)
    light += (power * np.minimum(np.maximum((radius - off) / np.float32(rim) + np.float32(0.5), 0), 1)).sum(axis=0)
    return np.asarray(light, np.float32)


def shadow(darkness: float) -> Transform:
    """The shadow of a beam across the image; `darkness` is the part of the light it takes."""
    shade = functional("pixel").apply_plasma_shadow

    def change(image: Image, rng: np.random.Generator) -> Image:
        return to_image(255 * shade(to_light(image), darkness, resized(beam(image.shape, rng), image.shape)))

    return change


def beam(shape: tuple[int, ...], rng: np.random.Generator) -> Pattern:
    """1 in a strip across the image, 0.5 to 0.8 of the shorter side wide and near its middle; 0 outside."""
    x, y = plane(shape)
    direction, middle, width = rng.uniform((0, -0.2, 0.5), (np.pi, 0.2, 0.8))
    across = x * np.float32(np.cos(direction)) + y * np.float32(np.sin(direction)) - np.float32(middle)
    return np.asarray(np.clip((width / 2 - np.abs(across)) / 0.06 + 0.5, 0, 1), np.float32)


SHIFTS.add(
    DosedShift(
        name="sun_flare",
        kind="weather",
        parameter="strength of the light",
        unit="times its glow",
        end=3.0,
        random=True,
        build=sun_flare,
    )
)
SHIFTS.add(
    DosedShift(
        name="shadow",
        kind="weather",
        parameter="light taken",
        unit="of all in the shade",
        end=0.9,
        random=True,
        build=shadow,
    )
)
