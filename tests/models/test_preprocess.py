import json
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from shiftprobe.core.errors import DataError, SpecError
from shiftprobe.core.types import Image
from shiftprobe.models.preprocess import Preprocess


def noise(*shape: int, seed: int = 0) -> Image:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def plain(size: int, channels: int) -> Preprocess:
    return Preprocess(size, channels, (0.0,) * channels, (1.0,) * channels)


@pytest.mark.parametrize("channels", [1, 3])
def test_an_image_of_the_right_form_is_copied_bit_for_bit(channels: int) -> None:
    image = noise(16, 16, channels)
    out = plain(16, channels).images([image])
    assert np.array_equal(out[0], image)
    assert not np.shares_memory(out, image)


def test_resizing_is_that_of_pillow_with_antialiasing() -> None:
    image = noise(40, 25, 3)
    wanted = np.asarray(PIL.Image.fromarray(image).resize((16, 16), PIL.Image.Resampling.BILINEAR))
    assert np.array_equal(plain(16, 3).images([image])[0], wanted)
    stripes = np.zeros((64, 64, 1), dtype=np.uint8)
    stripes[:, ::2] = 200
    assert np.ptp(plain(16, 1).images([stripes])[0, :, 1:-1].astype(int)) <= 2


def test_grey_is_repeated_and_rgb_becomes_luma() -> None:
    grey, rgb = noise(20, 20, 1), noise(20, 20, 3)
    three = plain(16, 3).images([grey])[0]
    assert np.array_equal(three[..., 0], three[..., 2])
    assert np.array_equal(three[..., :1], plain(16, 1).images([grey])[0])
    luma = rgb @ np.array([0.299, 0.587, 0.114])
    assert np.abs(plain(20, 1).images([rgb])[0, ..., 0] - luma).max() <= 1


@given(size=st.integers(1, 40), height=st.integers(1, 50), width=st.integers(1, 50), channels=st.sampled_from([1, 3]))
@settings(max_examples=30, deadline=None)
def test_a_constant_image_stays_constant_at_any_size(size: int, height: int, width: int, channels: int) -> None:
    out = plain(size, channels).images([np.full((height, width, 4 - channels), 77, dtype=np.uint8)])
    assert out.shape == (1, size, size, channels)
    assert (out == 77).all()


def test_no_images_give_an_empty_batch() -> None:
    assert plain(8, 3).images([]).shape == (0, 8, 8, 3)


def test_normalising_is_the_formula() -> None:
    preprocess = Preprocess(9, 3, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    batch = noise(4, 9, 9, 3)
    wanted = (batch / 255 - np.array(preprocess.mean)) / np.array(preprocess.std)
    out = preprocess.normalise(torch.from_numpy(batch))
    assert out.dtype == torch.float32
    assert out.is_contiguous()
    assert np.allclose(out.numpy(), wanted.transpose(0, 3, 1, 2), atol=1e-6)


def test_fitted_images_have_mean_0_and_std_1() -> None:
    images = [noise(12, 12, 3, seed=i) // (1 + i % 3) for i in range(30)]
    preprocess = Preprocess.fit(images)
    assert (preprocess.size, preprocess.channels) == (12, 3)
    out = preprocess.normalise(torch.from_numpy(preprocess.images(images)))
    assert torch.allclose(out.mean((0, 2, 3)), torch.zeros(3), atol=1e-5)
    assert torch.allclose(out.std((0, 2, 3), correction=0), torch.ones(3), atol=1e-5)


@pytest.mark.parametrize(
    ("sides", "wanted"),
    [
        ([(28, 28)], 28),
        ([(30, 50), (70, 40), (33, 90)], 33),
        ([(3, 900)], 8),
        ([(500, 400)], 224),
        ([(20, 20), (25, 25)], 22),
    ],
)
def test_the_size_is_the_median_shorter_side_within_bounds(sides: list[tuple[int, int]], wanted: int) -> None:
    assert Preprocess.fit([noise(*side, 1) for side in sides]).size == wanted
    assert Preprocess.fit([noise(*side, 1) for side in sides], size=17).size == 17


def test_one_rgb_image_makes_the_set_rgb() -> None:
    assert Preprocess.fit([noise(8, 8, 1), noise(8, 8, 3), noise(8, 8, 1)]).channels == 3


def test_a_constant_channel_has_std_1() -> None:
    image = noise(8, 8, 3)
    image[..., 1] = 51
    fitted = Preprocess.fit([image])
    assert fitted.mean[1] == pytest.approx(0.2)
    assert fitted.std[1] == 1.0
    assert fitted.std[0] < 1.0


def test_statistics_are_those_of_evenly_spread_images() -> None:
    levels = np.arange(4000) * 250 // 4000
    fitted = Preprocess.fit([np.full((8, 8, 1), level, dtype=np.uint8) for level in levels])
    assert fitted.mean[0] == pytest.approx(levels.mean() / 255, abs=1e-3)


@pytest.mark.parametrize(("many", "bright"), [(2000, 2000), (2001, 2000), (6000, 2000)])
def test_2000_images_at_most_tell_mean_and_std(many: int, bright: int) -> None:
    """Those that are to be looked at, evenly spread from the first to the last, are bright, all others are not."""
    looked = {round(i * (many - 1) / 1999) for i in range(2000)}
    assert len(looked) == bright
    images = [np.full((8, 8, 1), 255 if i in looked else 0, np.uint8) for i in range(many)]
    assert Preprocess.fit(images).mean[0] == 1.0


def test_survives_json() -> None:
    fitted = Preprocess.fit([noise(8, 8, 3)])
    assert Preprocess.from_dict(json.loads(json.dumps(fitted.to_dict()))) == fitted


@pytest.mark.parametrize(
    "change",
    [
        {"std": [0.0]},
        {"std": [float("nan")]},
        {"mean": [0.1, 0.2]},
        {"channels": 2},
        {"size": 0},
        {"mean": ["x"]},
        {"stdd": [1]},
    ],
)
def test_refuses_what_gives_no_finite_images(change: dict[str, Any]) -> None:
    with pytest.raises(SpecError, match="preprocess"):
        Preprocess.from_dict({"size": 8, "channels": 1, "mean": [0.5], "std": [0.5]} | change)


def test_refuses_a_missing_key() -> None:
    with pytest.raises(SpecError, match="'mean' is missing"):
        Preprocess.from_dict({"size": 8, "channels": 1, "std": [0.5]})


@pytest.mark.parametrize(
    "image",
    [np.zeros((8, 8), np.uint8), np.zeros((8, 8, 4), np.uint8), np.zeros((8, 8, 1)), np.zeros((0, 8, 1), np.uint8)],
)
def test_refuses_what_is_not_an_image(image: Any) -> None:
    with pytest.raises(DataError, match="wanted a uint8 image"):
        plain(8, 1).images([image])
    with pytest.raises(DataError, match="wanted a uint8 image"):
        Preprocess.fit([image])


def test_refuses_no_image_at_all_and_batches_of_another_form() -> None:
    with pytest.raises(DataError, match="at least one image"):
        Preprocess.fit([])
    for batch in (torch.zeros(2, 8, 8, 1), torch.zeros(2, 1, 8, 8, dtype=torch.uint8)):
        with pytest.raises(DataError, match="wanted uint8 images"):
            plain(8, 1).normalise(batch)
