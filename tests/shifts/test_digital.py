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
    line = np.arange(0, 20, 2, dtype=np.uint8)
    for shape in ((1, 10, 1), (10, 1, 1)):
        assert mosaic(line.reshape(shape), 3.3).ravel().tolist() == [2, 2, 2, 8, 8, 8, 15, 15, 15, 15]


@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 33, 3), (97, 224, 3)])
@pytest.mark.parametrize("side", [1.1, 1.6, 2.3, 3.7, 9.4])
def test_mosaic_agrees_with_exact_means(shape: tuple[int, int, int], side: float) -> None:
    image = np.random.default_rng(2).integers(0, 256, shape, dtype=np.uint8)
    expected = image.astype(np.float64)
    for axis in (0, 1):
        count = max(1, round(shape[axis] / side))
        starts = np.arange(count) * shape[axis] // count
        sizes = np.diff(starts, append=shape[axis])
        means = np.add.reduceat(expected, starts, axis) / np.expand_dims(sizes, (1 - axis, 2))
        expected = np.repeat(means, sizes, axis)
    assert np.abs(mosaic(image, side) - expected).max() < 0.5 + 1e-9
