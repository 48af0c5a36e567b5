import io

import numpy as np
import PIL.Image
import pytest
from sklearn.datasets import load_sample_image

from shiftprobe.errors import DataError
from shiftprobe.shifts.digital import jpeg, mosaic, pixelate
from shiftprobe.types import Image

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def photo() -> Image:
    return np.ascontiguousarray(load_sample_image("flower.jpg")[100:196, 200:312])


@pytest.mark.parametrize("quality", [4, 10, 30])
@pytest.mark.parametrize("channels", [1, 3])
def test_jpeg_agrees_with_pillow(photo: Image, quality: int, channels: int) -> None:
    image = photo[..., :channels]
    stored = io.BytesIO()
    PIL.Image.fromarray(image.squeeze()).save(stored, "JPEG", quality=quality)
    expected = np.asarray(PIL.Image.open(stored)).reshape(image.shape)
    assert np.abs(jpeg(quality)(image, RNG).astype(int) - expected).mean() < 0.5


def test_jpeg_moves_in_whole_steps_of_quality(photo: Image) -> None:
    assert np.array_equal(jpeg(9.6)(photo, RNG), jpeg(10)(photo, RNG))
    assert not np.array_equal(jpeg(9.4)(photo, RNG), jpeg(10)(photo, RNG))


def test_an_image_too_large_for_jpeg_is_refused() -> None:
    with pytest.raises(DataError, match=r"\(1, 70000, 1\) cannot be stored as JPEG"):
        jpeg(10)(np.zeros((1, 70_000, 1), np.uint8), RNG)


def test_pixelate_holds_the_mean_of_every_block() -> None:
    image = np.random.default_rng(1).integers(0, 256, (12, 24, 3), dtype=np.uint8)
    blocks = pixelate(2 / 12)(image, RNG)  # sides of 1 + 2 px
    expected = image.reshape(4, 3, 8, 3, 3).mean((1, 3))
    assert np.abs(blocks - expected.repeat(3, 0).repeat(3, 1)).max() <= 0.5


def test_blocks_hold_whole_pixels_and_cover_the_line() -> None:
    line = np.arange(10.0).reshape(1, 10, 1)
    runs = mosaic(line, 1, 3.3).ravel()
    assert runs.tolist() == [1, 1, 1, 4, 4, 4, 7.5, 7.5, 7.5, 7.5]
    assert mosaic(line, 0, 3.3).ravel().tolist() == line.ravel().tolist()
