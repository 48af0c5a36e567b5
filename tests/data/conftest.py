"""Real image files, made on the spot."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from numpy.typing import NDArray

Draw = Callable[..., NDArray[np.uint8]]


@pytest.fixture
def draw() -> Draw:
    """Distinct noise pictures by number: (12, 10, 3), or (12, 10) when grey."""

    def make(number: int, *, grey: bool = False) -> NDArray[np.uint8]:
        shape = (12, 10) if grey else (12, 10, 3)
        return np.random.default_rng(number).integers(0, 256, shape, dtype=np.uint8)

    return make


@pytest.fixture
def photos(tmp_path: Path, draw: Draw) -> Path:
    """Two classes of three RGB pictures each, as PNG: numbers 0 to 2 and 10 to 12."""
    root = tmp_path / "photos"
    for start, label in ((0, "cat"), (10, "dog")):
        (root / label).mkdir(parents=True)
        for i in range(3):
            PIL.Image.fromarray(draw(start + i)).save(root / label / f"{i}.png")
    return root
