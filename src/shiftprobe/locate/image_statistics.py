"""A fixed bank of image statistics: no training, no weights, one row of numbers per image."""

import math

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.types import Features
from shiftprobe.locate.layout import layout
from shiftprobe.locate.light import light
from shiftprobe.locate.named import Floats, Named
from shiftprobe.locate.texture import texture

LEAST_SIDE = 16  # px: three scales of a pyramid need so many
SIDE = 64  # px: what is larger is seen twice, made smaller as a whole and as a piece of its middle
BLOCK = 8  # px: the piece begins at a block of JPEG
CHUNK = 64  # images at a time, which stay in the cache
LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
RGB = 3  # channels


def describe(images: NDArray[np.uint8]) -> Features:
    """The bank's statistics of each image, (N, D) float32.

    Args:
        images: (N, S, S, C) uint8, S of at least 8 px; above 64 px the fine detail is also read from the middle
            64 px as they are.
    """
    chunks = (images[start : start + CHUNK] for start in range(0, len(images), CHUNK))
    return np.concatenate([np.stack(list(named(chunk).values()), axis=1, dtype=np.float32) for chunk in chunks])


def named(images: NDArray[np.uint8]) -> Named:
    """The same statistics by name, one array (N,) each."""
    whole = sized(images)
    grey = luminance(whole)
    found = _titled("light", light(whole, grey)) | _titled("layout", layout(grey))
    found |= _titled("texture", texture(whole, grey))
    if images.shape[1] > SIDE:
        piece = middle(images)
        found |= _titled("middle", texture(piece, luminance(piece)))
    return found


def _titled(part: str, found: Named) -> Named:
    return {f"{part}: {name}": values for name, values in found.items()}


def luminance(images: NDArray[np.uint8]) -> Floats:
    """Grey values as fractions of 255, (N, S, S) float32."""
    if images.shape[3] != RGB:
        return np.divide(images[..., 0], 255, dtype=np.float32)
    red, green, blue = (images[..., channel].astype(np.float32) for channel in range(RGB))
    return np.asarray((LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue) / np.float32(255))


def sized(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The images at 64 px by area averages; as they are from 16 to 64 px; with repeated pixels below."""
    import cv2

    if images.shape[1] < LEAST_SIDE:
        times = math.ceil(LEAST_SIDE / images.shape[1])
        return images.repeat(times, axis=1).repeat(times, axis=2)
    if images.shape[1] <= SIDE:
        return images
    made = [cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for image in images]
    return np.stack(made).reshape(len(images), SIDE, SIDE, -1)


def middle(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The middle 64 px, not resized."""
    start = (images.shape[1] - SIDE) // 2 // BLOCK * BLOCK
    return images[:, start : start + SIDE, start : start + SIDE]
