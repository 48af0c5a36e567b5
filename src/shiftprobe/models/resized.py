"""An image as a network takes it: brought to its side and its mode, whole or its centre."""

import math
from typing import TYPE_CHECKING

import numpy as np
import PIL.Image

from shiftprobe.core.types import Image

if TYPE_CHECKING:
    from shiftprobe.models.preprocess import Preprocess

MAX_RESIZED = 2**24  # px of a picture that is enlarged before its centre is cut out
_FILTERS = {
    "bilinear": PIL.Image.Resampling.BILINEAR,
    "bicubic": PIL.Image.Resampling.BICUBIC,
    "nearest": PIL.Image.Resampling.NEAREST,
    "area": PIL.Image.Resampling.BOX,
}


def prepared(image: Image, how: "Preprocess") -> Image:
    """(size, size, channels), RGB or grey.

    Args:
        image: (H, W, 1) or (H, W, 3).
        how: what is made of it.
    """
    if how.resize in {None, how.size} and image.shape == (how.size, how.size, how.channels):
        return image
    picture = PIL.Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
    if how.channels == 1:
        picture = picture.convert("L")
    levels = np.asarray(_resized(picture, how)).reshape(how.size, how.size, -1)
    return np.broadcast_to(levels, (how.size, how.size, how.channels))


def _resized(picture: PIL.Image.Image, how: "Preprocess") -> PIL.Image.Image:
    """The centre, of the network's size. What would grow beyond all bounds, a thin line, is cut out while it grows."""
    sides, filter_ = _sides(picture.size, how), _FILTERS[how.interpolation]
    whole = math.floor if how.crop.endswith("floor") else round
    left, top = (whole((side - how.size) / 2) for side in sides)
    right, low = left + how.size, top + how.size
    if sides[0] * sides[1] > max(MAX_RESIZED, picture.width * picture.height):
        x, y = (before / after for before, after in zip(picture.size, sides, strict=True))
        return picture.resize((how.size, how.size), filter_, box=(x * left, y * top, x * right, y * low))
    if picture.size != sides:
        picture = picture.resize(sides, filter_)
    return picture if picture.size == (how.size, how.size) else picture.crop((left, top, right, low))


def _sides(sides: tuple[int, int], how: "Preprocess") -> tuple[int, int]:
    """Width and height that an image is resized to, in px."""
    if how.resize is None:
        return (how.size, how.size)
    if how.crop.startswith("square"):
        return (how.resize, how.resize)
    short = min(sides)
    width, height = (int(how.resize * side / short) for side in sides)
    return (width, height)
