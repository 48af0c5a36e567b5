"""Crops, interpolations and channel orders that a preprocessing may have."""

import json
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch
from tests.models.test_preprocess import noise

from shiftprobe.core.errors import SpecError
from shiftprobe.models.preprocess import Interpolation, Preprocess
from shiftprobe.spec.model import Preprocessing


@pytest.mark.parametrize("shape", [(300, 451, 3), (97, 64, 3), (40, 40, 3), (64, 64, 3), (500, 33, 1)])
@pytest.mark.parametrize(("resize", "size"), [(80, 64), (64, 64), (73, 64)])
def test_a_centre_crop_is_that_of_torchvision(shape: tuple[int, ...], resize: int, size: int) -> None:
    from torchvision import transforms

    image = noise(*shape)
    channels = shape[2]
    how = Preprocess(size, channels, (0.0,) * channels, (1.0,) * channels, resize=resize)
    theirs = transforms.Compose([transforms.Resize(resize), transforms.CenterCrop(size)])
    picture = theirs(PIL.Image.fromarray(image[..., 0] if channels == 1 else image))
    assert np.array_equal(how.images([image])[0], np.asarray(picture).reshape(size, size, channels))


def test_an_image_of_the_right_side_is_enlarged_before_its_crop() -> None:
    image = noise(64, 64, 3)
    cropped = Preprocess(64, 3, (0.0,) * 3, (1.0,) * 3, resize=73).images([image])[0]
    whole = Preprocess(64, 3, (0.0,) * 3, (1.0,) * 3, resize=64).images([image])[0]
    assert np.array_equal(whole, image)
    assert not np.array_equal(cropped, image)


@pytest.mark.parametrize(
    ("name", "theirs"),
    [("bilinear", "BILINEAR"), ("bicubic", "BICUBIC"), ("nearest", "NEAREST"), ("area", "BOX")],
)
def test_each_interpolation_is_that_of_pillow(name: Interpolation, theirs: str) -> None:
    image = noise(40, 25, 3)
    wanted = np.asarray(PIL.Image.fromarray(image).resize((16, 16), PIL.Image.Resampling[theirs]))
    out = Preprocess(16, 3, (0.0,) * 3, (1.0,) * 3, interpolation=name).images([image])[0]
    assert np.array_equal(out, wanted)


def test_area_is_the_mean_of_what_a_pixel_covers() -> None:
    image = noise(32, 32, 1)
    out = Preprocess(16, 1, (0.0,), (1.0,), interpolation="area").images([image])[0]
    means = image.reshape(16, 2, 16, 2).mean(axis=(1, 3))
    assert np.abs(out[..., 0] - means).max() <= 1


def test_bgr_turns_what_the_network_gets_and_not_what_is_shown() -> None:
    image = noise(8, 8, 3)
    mean, std = (0.1, 0.2, 0.3), (0.4, 0.5, 0.6)
    turned = Preprocess(8, 3, mean, std, order="BGR")
    assert np.array_equal(turned.images([image])[0], image)
    wanted = Preprocess(8, 3, mean, std).normalise(torch.from_numpy(image[None, ..., ::-1].copy()))
    out = turned.normalise(torch.from_numpy(image[None]))
    assert torch.equal(out, wanted)
    assert out.is_contiguous()


def test_plain_data_holds_options_only_where_they_are_not_the_usual_ones() -> None:
    usual = Preprocess(8, 1, (0.5,), (0.5,), resize=None, interpolation="bilinear", order="RGB")
    assert usual.to_dict() == {"size": 8, "channels": 1, "mean": [0.5], "std": [0.5]}
    other = Preprocess(8, 3, (0.5,) * 3, (0.5,) * 3, resize=9, interpolation="bicubic", order="BGR")
    assert list(other.to_dict()) == ["size", "channels", "mean", "std", "resize", "interpolation", "order"]
    assert Preprocess.from_dict(json.loads(json.dumps(other.to_dict()))) == other


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"resize": 7}, "resize: wanted at least the size, 8 px, got 7"),
        ({"resize": "big"}, "wanted numbers"),
        ({"interpolation": "cubic"}, "interpolation: wanted one of bilinear, bicubic, nearest, area, got cubic"),
        ({"interpolation": ["bicubic"]}, "interpolation: wanted one of"),
        ({"order": "GBR"}, "order: wanted one of RGB, BGR, got GBR"),
        ({"order": "BGR"}, "grey images have no colour order"),
        ({"interpolatoin": "bicubic"}, "did you mean 'interpolation'"),
    ],
)
def test_refuses_options_it_does_not_have(change: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        Preprocess.from_dict({"size": 8, "channels": 1, "mean": [0.5], "std": [0.5]} | change)


@pytest.mark.parametrize("options", [{}, {"resize": 36, "interpolation": "bicubic", "order": "BGR"}])
def test_a_spec_says_the_same_options(options: dict[str, Any]) -> None:
    plain = {"size": 32, "channels": 3, "mean": [0.5] * 3, "std": [0.5] * 3} | options
    said = Preprocessing.model_validate(plain).model_dump(mode="json")
    assert said == plain
    assert Preprocess.from_dict(said).to_dict() == plain


def test_what_came_later_moves_no_identity_until_it_is_named() -> None:
    """The keys of a run's identity before crops had names."""
    before = {"size": 32, "channels": 1, "mean": (0.5,), "std": (0.5,)}
    usual = {"resize": 40, "interpolation": "bilinear", "order": "RGB"}
    assert Preprocess(32, 1, (0.5,), (0.5,), 40).resolved() == before | usual
    assert Preprocess(32, 1, (0.5,), (0.5,), 40, crop="floor").resolved()["crop"] == "floor"
    assert Preprocess.from_dict(Preprocess(32, 1, (0.5,), (0.5,), 40, crop="square").to_dict()).crop == "square"
    with pytest.raises(SpecError, match=r"preprocess\.crop: wanted one of round, floor, square, square_floor, got x"):
        Preprocess(32, 1, (0.5,), (0.5,), 40, crop="x")  # type: ignore[arg-type]
