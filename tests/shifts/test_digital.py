import io
from collections.abc import Callable

import numpy as np
import PIL.Image
import pytest
from PIL.JpegImagePlugin import JpegImageFile
from scipy.ndimage import gaussian_filter
from sklearn.datasets import load_sample_image

from shiftprobe.core.errors import DataError
from shiftprobe.core.types import Image, Transform
from shiftprobe.shifts.blur import gaussian_blur
from shiftprobe.shifts.digital import HALO, jpeg, mosaic, pixelate, quality, sharpen, webp

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def photo() -> Image:
    return np.ascontiguousarray(load_sample_image("flower.jpg")[100:196, 200:312])


@pytest.mark.parametrize(("coarseness", "quality"), [(12.5, 4), (5.0, 10), (1.0, 50), (0.4, 80)])
@pytest.mark.parametrize("channels", [1, 3])
def test_jpeg_agrees_with_pillow(photo: Image, coarseness: float, quality: int, channels: int) -> None:
    image = photo[..., :channels]
    stored = io.BytesIO()
    PIL.Image.fromarray(image.squeeze()).save(stored, "JPEG", quality=quality)
    expected = np.asarray(PIL.Image.open(stored)).reshape(image.shape)
    assert np.abs(jpeg(coarseness)(image, RNG).astype(int) - expected).mean() < 0.5


@pytest.mark.parametrize("coarseness", [0.0, 0.2, 0.7, 1.0, 2.0, 3.3, 7.1, 11.5])
def test_the_tables_of_a_file_are_those_of_the_standard_times_about_the_dose(coarseness: float) -> None:
    tables = []
    for one in (quality(coarseness), 50):  # 50: the tables of the standard
        stored = io.BytesIO()
        PIL.Image.new("L", (8, 8)).save(stored, "JPEG", quality=one)
        stored.seek(0)
        tables.append(np.array(JpegImageFile(stored).quantization[0]))
    expected = np.clip(coarseness * tables[1], 1, 255)
    assert np.abs(tables[0] - expected).max() <= 1 + 0.15 * expected.max()
    assert tables[0].mean() == pytest.approx(expected.mean(), rel=0.12)


def test_jpeg_moves_in_whole_steps_of_quality(photo: Image) -> None:
    assert np.array_equal(jpeg(50 / 9.6)(photo, RNG), jpeg(5)(photo, RNG))
    assert not np.array_equal(jpeg(50 / 9.4)(photo, RNG), jpeg(5)(photo, RNG))


@pytest.mark.parametrize("quality", [1, 10, 30])
@pytest.mark.parametrize("channels", [1, 3])
def test_webp_agrees_with_pillow(photo: Image, quality: int, channels: int) -> None:
    image = photo[..., :channels]
    stored = io.BytesIO()
    PIL.Image.fromarray(image.squeeze()).convert("RGB").save(stored, "WEBP", quality=quality)
    expected = np.asarray(PIL.Image.open(stored).convert("L" if channels == 1 else "RGB")).reshape(image.shape)
    ours = webp(quality)(image, RNG).astype(int)
    assert np.abs(ours - expected).mean() < np.abs(ours - image.astype(int)).mean() / 2


@pytest.mark.parametrize(("build", "name", "width"), [(jpeg, "jpeg", 70_000), (webp, "webp", 16_384)])
def test_an_image_too_large_for_a_format_is_refused(build: Callable[[float], Transform], name: str, width: int) -> None:
    with pytest.raises(DataError, match=rf"\(1, {width}, 1\) cannot be stored as {name.upper()}; .* '{name}'"):
        build(10)(np.zeros((1, width, 1), np.uint8), RNG)


def test_sharpen_takes_off_what_a_blur_adds(photo: Image) -> None:
    levels = photo.astype(float)
    sigma = HALO * min(photo.shape[:2])
    soft = gaussian_filter(levels, (sigma, sigma, 0), mode="mirror", truncate=8)
    expected = np.clip(levels + 1.5 * (levels - soft), 0, 255)
    assert np.abs(sharpen(1.5)(photo, RNG) - expected).max() < 2
    back = gaussian_blur(HALO)(sharpen(1.0)(np.asarray(100 + photo // 8, np.uint8), RNG), RNG)
    assert np.abs(back - (100 + photo // 8.0)).mean() < np.abs(soft - levels).mean() / 8


def test_sharpen_leaves_a_flat_image_and_overshoots_at_an_edge() -> None:
    edge = np.full((28, 28, 1), 60, np.uint8)
    assert np.array_equal(sharpen(2.0)(edge, RNG), edge)
    edge[:, 14:] = 160
    sharp = sharpen(1.0)(edge, RNG)[14, :, 0]
    assert sharp[13] < 40
    assert sharp[14] > 180
    assert sharp[[0, 27]].tolist() == [60, 160]


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


def test_means_are_right_where_the_sum_of_all_pixels_passes_32_bits() -> None:
    white = np.full((2_950, 2_950, 1), 255, np.uint8)
    white[-40:, -40:] = 100
    assert np.unique(mosaic(white, 50)[:-50]).tolist() == [255]
    assert mosaic(white, 40)[-1, -1, 0] < 110


def test_colours_keep_their_channels() -> None:
    red = np.zeros((32, 32, 3), np.uint8)
    red[..., 0] = 200
    for build, dose in ((jpeg, 1.7), (webp, 30)):
        stored = build(dose)(red, RNG)
        assert stored[..., 0].mean() > 150
        assert stored[..., 1:].max() < 60
