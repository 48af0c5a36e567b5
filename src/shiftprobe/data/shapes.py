"""Drawn shapes whose classes are how many, which way, or where: what photographs teach little about.

Made by code, 2,700 images of 64 x 64 px per task; image i is drawn from the address ("shapes", task, i) alone.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core import seeding
from shiftprobe.core.types import Image
from shiftprobe.data.bundle import Bundle, frozen
from shiftprobe.data.origins import ORIGINS, Origin, unknown

SIDE = 64  # px
IMAGES = 2_700  # per task: a multiple of 5, 6 and 9 classes
CONTRAST = 60.0  # least distance of a shape from its background, in grey levels of luminance
APART = 3.0  # px between two shapes of one image
ROWS, COLUMNS = ("top", "middle", "bottom"), ("left", "centre", "right")
GRID = 3  # rows, and columns, of places
EDGE = 2.0  # px that a centre keeps from the border of its place
SLACK = 10.0  # degrees that a shape may be turned away from its class
LUMINANCE = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601

Points: TypeAlias = NDArray[np.float64]
Draw: TypeAlias = Callable[[int, np.random.Generator], list[Points]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeTask:
    """What the label of an image is, and how an image of a label is drawn."""

    about: str
    classes: tuple[str, ...]
    draw: Draw  # a label and a generator in, corners of the shapes out, in px


def load(name: str, base: Path) -> Bundle:
    """Shapes on a soft background, 2,700 RGB images of 64 x 64 px, as many of each class.

    Colours, sizes, forms, turns, places, background and noise vary from image to image and tell nothing of the class;
    the area that shapes cover does not depend on their number.

    Args:
        name: "count", 1 to 5 shapes; "orientation", one long shape turned by 0 to 150 degrees, counter-clockwise from
            lying, give or take 10; "position", one shape in one of nine places.
        base: not used.

    Raises:
        UnknownNameError: for any other name.

    Reference: tasks of this kind are the structured ones of VTAB (Zhai et al., 2019, arXiv:1910.04867).
    """
    find(name, base)
    return _bundle(name)


def find(name: str, base: Path) -> None:  # noqa: ARG001 - as `load`
    """Refuse any other name.

    Raises:
        UnknownNameError: when it is none of the three.
    """
    if name not in TASKS:
        raise unknown(f"shapes:{name}")


@cache
def _bundle(name: str) -> Bundle:
    task = TASKS[name]
    labels = np.arange(IMAGES) % len(task.classes)
    images = tuple(frozen(picture(name, i), 3) for i in range(IMAGES))
    return Bundle(name=f"shapes:{name}", images=images, labels=labels.astype(np.int64), classes=task.classes)


def picture(name: str, index: int) -> Image:
    """Image `index` of a task, (64, 64, 3) bytes; its label is `index` modulo the number of classes."""
    task = TASKS[name]
    rng = seeding.generator("shapes", name, index)
    shapes = task.draw(index % len(task.classes), rng)
    ground = rng.uniform(0, 255, 3)
    pixels = (ground + _cloud(rng)).astype(np.float32)
    for corners in shapes:
        part = coverage(corners)[..., None]
        pixels += part * (_colour_on(ground, rng).astype(np.float32) - pixels)
    pixels += rng.uniform(0, 8) * rng.standard_normal(pixels.shape, np.float32)
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)


def coverage(corners: Points) -> NDArray[np.float32]:
    """How much of each pixel a convex shape covers, (64, 64) in [0, 1]: its edges fall off over one pixel.

    Args:
        corners: (K, 2) as x to the right and y down, in px, clockwise as seen; a pixel's middle is at .5.
    """
    along = np.roll(corners, -1, axis=0) - corners
    normals = np.stack([along[:, 1], -along[:, 0]], axis=1) / np.linalg.norm(along, axis=1, keepdims=True)
    left, top = np.maximum(np.floor(corners.min(axis=0)).astype(int) - 1, 0)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int) + 1  # nothing is covered beyond
    x, y = np.arange(SIDE)[left:right] + 0.5, np.arange(SIDE)[top:bottom] + 0.5
    outside = np.full((len(y), len(x)), -np.inf)
    for normal, corner in zip(normals, corners, strict=True):
        np.maximum(outside, (x - corner[0]) * normal[0] + ((y - corner[1]) * normal[1])[:, None], out=outside)
    part = np.zeros((SIDE, SIDE), np.float32)
    part[top:bottom, left:right] = np.clip(0.5 - outside, 0, 1)
    return part


def _cloud(rng: np.random.Generator) -> NDArray[np.float64]:
    """A soft change of colour over the image, (64, 64, 3), up to 15 grey levels either way."""
    knots = rng.uniform(-15, 15, (4, 4, 3))
    at = np.linspace(0, 3, SIDE)
    weights = np.clip(1 - np.abs(at[:, None] - np.arange(4)), 0, 1)
    cloud: NDArray[np.float64] = np.tensordot(weights, np.tensordot(weights, knots, (1, 1)), (1, 1))
    return cloud


def _colour_on(ground: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """A colour that stands off from its background in grey too."""
    while True:
        colour = rng.uniform(0, 255, 3)
        if abs(float((colour - ground) @ LUMINANCE)) >= CONTRAST:
            return colour


def _regular(corners: int) -> Points:
    """A regular polygon of area 1 around the origin."""
    angles = 2 * math.pi * np.arange(corners) / corners
    radius = math.sqrt(2 / (corners * math.sin(2 * math.pi / corners)))
    form: Points = radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return form


def _placed(form: Points, area: float, turn: float, centre: Points) -> Points:
    """A form of area 1 brought to an area in px², turned counter-clockwise as seen (radians), and moved."""
    cos, sin = math.cos(turn), math.sin(turn)
    placed: Points = math.sqrt(area) * form @ np.array([[cos, -sin], [sin, cos]]) + centre
    return placed


def _reach(form: Points, area: float) -> float:
    """How far its corners lie from its middle, px."""
    return math.sqrt(area) * float(np.linalg.norm(form, axis=1).max())


FORMS = tuple(_regular(corners) for corners in (3, 4, 6, 24))  # triangle, square, hexagon, nearly a disc
LONG = (np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]), _regular(4), _regular(24))  # once stretched


def _form(rng: np.random.Generator) -> Points:
    return FORMS[rng.integers(len(FORMS))]


def _any_turn(rng: np.random.Generator) -> float:
    return float(rng.uniform(0, 2 * math.pi))


def _count(label: int, rng: np.random.Generator) -> list[Points]:
    """`label + 1` shapes that share an area drawn before, none touching another."""
    shares = rng.uniform(0.6, 1.4, label + 1)
    areas = np.sort(rng.uniform(0.05, 0.15) * SIDE**2 * shares / shares.sum())[::-1]
    forms = [_form(rng) for _ in areas]
    reaches = [_reach(form, area) for form, area in zip(forms, areas, strict=True)]
    centres = _apart(reaches, rng)
    return [
        _placed(form, area, _any_turn(rng), centre) for form, area, centre in zip(forms, areas, centres, strict=True)
    ]


def _apart(reaches: list[float], rng: np.random.Generator) -> list[Points]:
    """Centres of discs of these radii that lie inside the image and keep apart; drawn anew until all fit."""
    while True:
        centres = [rng.uniform(reach + 1, SIDE - reach - 1, 2) for reach in reaches]
        if all(
            math.dist(centres[i], centres[j]) > reaches[i] + reaches[j] + APART
            for i in range(len(reaches))
            for j in range(i)
        ):
            return centres


def _orientation(label: int, rng: np.random.Generator) -> list[Points]:
    """A bar, a diamond or an ellipse, 2.2 to 3.5 times as long as wide."""
    stretch = math.sqrt(rng.uniform(2.2, 3.5))
    form = LONG[rng.integers(len(LONG))] * np.array([stretch, 1 / stretch])
    area = rng.uniform(0.03, 0.1) * SIDE**2
    reach = _reach(form, area)
    turn = math.radians(30 * label + rng.uniform(-SLACK, SLACK))
    return [_placed(form, area, turn, rng.uniform(reach + 1, SIDE - reach - 1, 2))]


def _position(label: int, rng: np.random.Generator) -> list[Points]:
    """A small shape whose centre lies in one of nine squares, counted row by row."""
    form, area = _form(rng), rng.uniform(0.006, 0.02) * SIDE**2
    reach, place = _reach(form, area) + 1, SIDE / GRID
    corner = np.array([label % GRID, label // GRID]) * place
    centre = rng.uniform(np.maximum(corner + EDGE, reach), np.minimum(corner + place - EDGE, SIDE - reach))
    return [_placed(form, area, _any_turn(rng), centre)]


TASKS: Mapping[str, ShapeTask] = {
    "count": ShapeTask(
        about="how many shapes there are, 1 to 5",
        classes=("1 shape", *(f"{n} shapes" for n in range(2, 6))),
        draw=_count,
    ),
    "orientation": ShapeTask(
        about="which way a long shape points, in steps of 30 degrees",
        classes=tuple(f"{angle} degrees" for angle in range(0, 180, 30)),
        draw=_orientation,
    ),
    "position": ShapeTask(
        about="in which of nine places a shape lies",
        classes=tuple(
            f"{row} {column}" for row in ("top", "middle", "bottom") for column in ("left", "centre", "right")
        ),
        draw=_position,
    ),
}
_SETS = {f"shapes:{name}": f"2,700 drawn images, 64 x 64 RGB: {task.about}" for name, task in TASKS.items()}
ORIGINS.add(
    Origin(name="shapes", names=tuple(_SETS), about="shapes drawn by code, offline", sets=_SETS, load=load, find=find)
)
