"""Pictures of noise that many tests of data put into folders."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import PIL.Image
from numpy.typing import NDArray


def draw(number: int, *, grey: bool = False) -> NDArray[np.uint8]:
    """Distinct noise pictures by number: (12, 10, 3), or (12, 10) when grey."""
    shape = (12, 10) if grey else (12, 10, 3)
    return np.random.default_rng(number).integers(0, 256, shape, dtype=np.uint8)


def fill(folder: Path, pictures: Sequence[NDArray[np.uint8]]) -> None:
    """A folder that holds the pictures as PNG files called by their places."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, picture in enumerate(pictures):
        PIL.Image.fromarray(picture).save(folder / f"{i}.png")
