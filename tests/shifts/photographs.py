"""Real photographs that come with scikit-learn and scikit-image, cut into squares."""

from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import skimage
from sklearn.datasets import load_sample_images

from shiftprobe.core.types import Image

NAMES = ("astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg", "motorcycle_left.png")
CUTS = ((0.875, 0.5), (0.6, 0.0), (0.6, 1.0))  # side of a square as a part of the shorter one, and where it lies


def photographs(side: int) -> list[Image]:
    """21 squares of `side` px: of seven photographs the middle, as ImageNet's are cut, and two closer looks."""
    folder = Path(skimage.__file__).parent / "data"
    whole = [
        *load_sample_images().images,
        *(np.asarray(PIL.Image.open(folder / name).convert("RGB")) for name in NAMES),
    ]
    return [_cut(photo, side, part, place) for photo in whole for part, place in CUTS]


def _cut(photo: Image, side: int, part: float, place: float) -> Image:
    length = int(part * min(photo.shape[:2]))
    top, left = (int(place * (n - length)) for n in photo.shape[:2])
    square = photo[top : top + length, left : left + length]
    return np.asarray(cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
