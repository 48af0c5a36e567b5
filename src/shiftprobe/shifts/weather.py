"""Fog, rain and snow: light and matter between the camera and the thing.

All three replace part of each pixel by a colour that no dose changes, so the way from the original only grows.
Albumentations' own draw whole pixels and refuse grey images. Its fog takes 15 ms at 224 px, and the dose sets the size
of its particles; its snow changes a photo by 18 (texture) or 28 grey levels (bleach) at dose 0, and the texture is
added to the hue too, which turns by 43 degrees; its rain is 1 px wide and blurred by 7 px at every size.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shiftprobe.shifts.base import SHIFTS, DosedShift
from shiftprobe.shifts.texture import SIDE, cover, fit, octaves, painted, strokes
from shiftprobe.types import Image, Transform

MARGIN = 0.2  # of the square: what falls may begin this far outside


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

    count: int  # of strokes at full dose
    length: float  # of a stroke, on average, as a fraction of the longer side
    width: int  # of a stroke, in 256ths of the longer side, its rim left out
    opacity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """Something that falls: its strokes from far to near, and the air between them."""

    layers: tuple[Layer, ...]
    colour: tuple[float, float, float]
    mist: float  # opacity of the air at full dose
    slant: float  # the most it leans, left or right as drawn per image, radians


RAIN = Fall(
    layers=(
        Layer(count=450, length=0.07, width=1, opacity=0.55),
        Layer(count=180, length=0.14, width=1, opacity=0.8),
        Layer(count=70, length=0.25, width=2, opacity=0.9),
    ),
    colour=(0.72, 0.74, 0.78),
    mist=0.4,
    slant=0.35,
)
SNOW = Fall(
    layers=(
        Layer(count=700, length=0.006, width=2, opacity=0.7),
        Layer(count=400, length=0.012, width=4, opacity=0.85),
        Layer(count=90, length=0.02, width=8, opacity=0.95),
    ),
    colour=(0.95, 0.97, 1.0),
    mist=0.4,
    slant=0.8,
)


def falling(fall: Fall) -> Callable[[float], Transform]:
    """Builds the change for a part of the strokes and the mist; what falls at a low dose stays at a higher one."""

    def build(part: float) -> Transform:
        def change(image: Image, rng: np.random.Generator) -> Image:
            lean = rng.uniform(-fall.slant, fall.slant)
            seen = np.zeros((SIDE, SIDE), np.float32)
            for layer in fall.layers:
                drawn = strokes(paths(layer, lean, rng), layer.width, shown=part * layer.count)
                np.maximum(seen, drawn * np.float32(layer.opacity / 255), out=seen)
            opacity = 1 - (1 - fit(seen, image.shape)) * np.float32(1 - part * fall.mist)
            return cover(image, painted(image.shape, fall.colour), opacity)

        return change

    return build


def paths(layer: Layer, lean: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Both ends (N, 2, 2) of every stroke of a layer, in the order in which they appear."""
    draw = rng.random((layer.count, 4))
    start = draw[:, :2] * (1 + 2 * MARGIN) - MARGIN
    angle = lean + 0.05 * (draw[:, 2] - 0.5)
    length = layer.length * (0.6 + 0.8 * draw[:, 3])
    return np.stack([start, start + length[:, None] * np.column_stack([np.sin(angle), np.cos(angle)])], axis=1)


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
