"""A line of a picture: its shorter side is enlarged, and its longer one must not grow with it beyond all bounds."""

from typing import Any, get_args

import numpy as np
import PIL.Image
import pytest

from shiftprobe.models import resized
from shiftprobe.models.preprocess import Interpolation, Preprocess

NOISE = np.random.default_rng(0)


def how(interpolation: Interpolation = "bilinear", size: int = 24, resize: int = 32) -> Preprocess:
    return Preprocess(size, 3, (0.0,) * 3, (1.0,) * 3, resize=resize, interpolation=interpolation)


@pytest.mark.parametrize("shape", [(1, 700, 3), (30, 211, 3), (3, 3000, 3)])
@pytest.mark.parametrize("interpolation", get_args(Interpolation))
def test_a_centre_cut_out_while_it_grows_is_the_centre_of_the_whole(
    interpolation: Interpolation, shape: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    image = NOISE.integers(0, 256, shape, dtype=np.uint8)
    whole = how(interpolation).images([image])
    monkeypatch.setattr(resized, "MAX_RESIZED", 0)
    np.testing.assert_array_equal(how(interpolation).images([image]), whole)


@pytest.mark.parametrize("shape", [(1, 30_000, 3), (30_000, 1, 3), (2, 60_000, 1)])
def test_a_line_takes_no_more_memory_than_a_photograph(
    shape: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    resize = PIL.Image.Image.resize

    def told(picture: PIL.Image.Image, size: tuple[int, int], *more: Any, **named: Any) -> PIL.Image.Image:
        asked.append(size[0] * size[1])
        return resize(picture, size, *more, **named)

    monkeypatch.setattr(PIL.Image.Image, "resize", told)
    image = np.full(shape, 90, np.uint8)
    assert (how(size=224, resize=256).images([image]) == 90).all()
    assert max(asked) < 20_000_000
