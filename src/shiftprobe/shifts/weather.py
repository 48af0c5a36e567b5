"""Fog, rain and snow: light and matter between the camera and the thing.

All three replace part of each pixel by a colour that no dose changes, so the way from the original only grows.
Albumentations' own draw whole pixels and refuse grey images. Its fog takes 15 ms at 224 px, and the dose sets the size
of its particles; its snow changes a photo by 18 (texture) or 28 grey levels (bleach) at dose 0, and the texture is
added to the hue too, which turns by 43 degrees; its rain is 1 px wide and blurred by 7 px at every size.

Rain and snow fall on a pane, drawn when a dose is built, of which each image meets a piece: 2 to 18 times as fast as
drawing every stroke for every image.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.types import Image, Transform
from shiftprobe.shifts.base import SHIFTS, DosedShift
from shiftprobe.shifts.texture import SIDE, cover, fit, octaves, painted, strokes

SQUARES = 4  # of SIDE px, which one image meets, along the side of the pane
MARGIN = 0.2  # of a square: what falls may begin this far outside the pane


def fog(thickness: float) -> Transform:
    """Clouds of scattered light; `thickness` is the part of each pixel's own light that they replace.

    Reference: Hendrycks and Dietterich, 2019, arXiv:1903.12261; theirs is 0.6 to 0.75 thick for an image that reaches
    white. Their diamond-square field becomes octaves of noise, and its darkest cloud is a grey instead of black.
    """

    def change(image: Image, rng: np.random.Generator) -> Image:
        light = 0.3 + 0.7 * fit(octaves(rng, 1.75), image.shape)
        return cover(
            image, painted(image.shape, (1.0, 1.0, 1.0), light), np.full(image.shape[:2], thickness, np.float32)
        )

    return change


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What falls at one distance from the camera."""

    count: int  # of strokes at full dose that begin in a square or its margin, on average
    length: float  # of a stroke, on average, as a fraction of the image's longer side
    width: int  # of a stroke, in 256ths of the longer side, its rim left out
    opacity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """Something that falls: its strokes from far to near, and the air between them."""

    layers: tuple[Layer, ...]
    colour: tuple[float, float, float]
    mist: float  # opacity of the air at full dose
    slant: float  # the most that all of it leans, left or right as drawn per image, radians; below 0.7
    flurry: float  # the most that one stroke leans away from the others, radians


RAIN = Fall(
    layers=(
        Layer(count=450, length=0.07, width=1, opacity=0.55),
        Layer(count=180, length=0.14, width=1, opacity=0.8),
        Layer(count=70, length=0.25, width=2, opacity=0.9),
    ),
    colour=(0.72, 0.74, 0.78),
    mist=0.4,
    slant=0.35,
    flurry=0.025,
)
SNOW = Fall(
    layers=(
        Layer(count=700, length=0.006, width=2, opacity=0.7),
        Layer(count=400, length=0.012, width=4, opacity=0.85),
        Layer(count=90, length=0.02, width=8, opacity=0.95),
    ),
    colour=(0.95, 0.97, 1.0),
    mist=0.4,
    slant=0.0,
    flurry=0.8,
)


def falling(fall: Fall) -> Callable[[float], Transform]:
    """Builds the change for a part of the strokes and the mist; what falls at a low dose stays at a higher one."""

    def build(part: float) -> Transform:
        import cv2

        sky = pane(fall, part)
        opacity = (1 - (1 - np.arange(256) / 255) * (1 - part * fall.mist)).astype(np.float32)

        def change(image: Image, rng: np.random.Generator) -> Image:
            seen = leaning(sky, fall.slant, image.shape, rng) if fall.slant else piece(sky, image.shape, rng)
            return cover(image, painted(image.shape, fall.colour), np.asarray(cv2.LUT(seen, opacity), np.float32))

        return change

    return build


@functools.lru_cache(maxsize=16)
def pane(fall: Fall, part: float) -> Image:
    """A part of all strokes, drawn on SQUARES**2 squares, the same in every process; their opacity in 255ths."""
    rng, seen = np.random.default_rng(0), np.zeros((SQUARES * SIDE,) * 2, np.uint8)
    for layer in fall.layers:
        way = paths(layer, fall.flurry, rng)
        drawn = strokes(way / SQUARES, layer.width, shown=part * len(way), side=len(seen))
        np.maximum(seen, np.rint(drawn * np.float32(layer.opacity)).astype(np.uint8), out=seen)
    seen.setflags(write=False)
    return seen


def paths(layer: Layer, flurry: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Both ends (N, 2, 2) of every stroke of a layer on the pane, in squares, in the order in which they appear."""
    density = layer.count / (1 + 2 * MARGIN) ** 2
    draw = rng.random((round(density * (SQUARES + 2 * MARGIN) ** 2), 4))
    start = draw[:, :2] * (SQUARES + 2 * MARGIN) - MARGIN
    angle = flurry * (2 * draw[:, 2] - 1)
    length = layer.length * (0.6 + 0.8 * draw[:, 3])
    return np.stack([start, start + length[:, None] * np.column_stack([np.sin(angle), np.cos(angle)])], axis=1)


def piece(sky: Image, shape: tuple[int, ...], rng: np.random.Generator) -> Image:
    """A square of the pane, mirrored as drawn, at an image's size (H, W)."""
    import cv2

    top, left = rng.integers(len(sky) - SIDE + 1, size=2)
    seen = fit(sky[top : top + SIDE, left : left + SIDE], shape)
    return np.asarray(cv2.flip(seen, 1) if rng.integers(2) else seen, np.uint8)


def leaning(sky: Image, slant: float, shape: tuple[int, ...], rng: np.random.Generator) -> Image:
    """A square of the pane, turned by up to `slant` radians as drawn, at an image's size (H, W)."""
    import cv2

    lean = rng.uniform(-slant, slant)
    middle = rng.uniform(SIDE * 0.75, len(sky) - SIDE * 0.75, 2)  # a turned square reaches 0.71 of a side
    longest = max(shape[:2])
    height, width = shape[:2] if longest > SIDE / 2 else (SIDE, SIDE)  # a small one is shrunk afterwards
    step = SIDE / max(height, width)
    turn = step * np.array([[np.cos(lean), np.sin(lean)], [-np.sin(lean), np.cos(lean)]])
    matrix = np.column_stack([turn, middle - turn @ [(width - 1) / 2, (height - 1) / 2]])
    seen = cv2.warpAffine(sky, matrix, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    turned = np.asarray(seen, np.uint8)
    return turned if longest > SIDE / 2 else fit(turned, shape)


SHIFTS.add(
    DosedShift(
        name="fog",
        kind="weather",
        parameter="thickness",
        unit="of the light replaced",
        end=0.8,
        random=True,
        build=fog,
    )
)
SHIFTS.add(
    DosedShift(
        name="rain",
        kind="weather",
        parameter="drops",
        unit="of a cloudburst",
        end=1.0,
        random=True,
        build=falling(RAIN),
    )
)
SHIFTS.add(
    DosedShift(
        name="snow",
        kind="weather",
        parameter="flakes",
        unit="of a blizzard",
        end=1.0,
        random=True,
        build=falling(SNOW),
    )
)
