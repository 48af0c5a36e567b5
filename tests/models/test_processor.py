"""What a processor's file says is held against the pixels that the processor itself makes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch
from skimage.data import astronaut
from tests.models.folders import processor

from shiftprobe.core.errors import SpecError
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.said_preprocess import beside, of_timm

RNG = np.random.default_rng(0)
SHAPES = [(75, 100), (100, 61), (48, 48), (20, 33), (63, 63)]
FORMS: list[tuple[str, dict[str, Any]]] = [
    ("ViT", {"size": {"height": 32, "width": 32}}),
    ("ViT", {"size": {"height": 32, "width": 32}, "resample": 0, "do_normalize": False}),
    ("ViT", {"size": {"height": 32, "width": 32}, "do_rescale": False}),
    ("ViT", {"size": {"height": 32, "width": 32}, "rescale_factor": 1 / 128}),
    ("DeiT", {"size": {"height": 37, "width": 37}, "crop_size": {"height": 32, "width": 32}}),
    ("Bit", {"size": {"shortest_edge": 37}, "crop_size": {"height": 32, "width": 32}}),
    ("CLIP", {"size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}}),
    ("Levit", {"size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}}),
    ("ConvNext", {"size": {"shortest_edge": 32}, "crop_pct": 0.85}),
    ("ConvNext", {"size": {"shortest_edge": 384}}),
    ("Siglip", {"size": {"height": 32, "width": 32}}),
    ("Pvt", {"size": {"height": 32, "width": 32}}),
    ("Beit", {"size": {"height": 40, "width": 40}, "crop_size": {"height": 32, "width": 32}, "do_center_crop": True}),
]


def pixels(how: Preprocess, image: np.ndarray) -> np.ndarray:
    return how.normalise(torch.from_numpy(how.images([image])))[0].numpy()


def written(folder: Path, **said: Any) -> Path:
    (folder / "preprocessor_config.json").write_text(json.dumps(said))
    return folder


def read(folder: Path, channels: int = 3) -> Preprocess:
    found = beside(folder, channels)
    assert found is not None
    assert found.by == "preprocessor_config.json"
    return found.preprocess


@pytest.mark.parametrize(("name", "options"), FORMS, ids=[name for name, _ in FORMS])
def test_pixels_are_those_of_the_processor_that_resizes_with_pillow(
    tmp_path: Path, name: str, options: dict[str, Any]
) -> None:
    """The fast one differs by at most 2 grey levels, in less than 1 % of a photograph's values."""
    slow, fast = (processor(name, fast=quick, **options) for quick in (False, True))
    slow.save_pretrained(tmp_path)
    how = read(tmp_path)
    for shape in SHAPES:
        image = RNG.integers(0, 256, (*shape, 3), np.uint8)
        np.testing.assert_allclose(pixels(how, image), made(slow, image), rtol=1e-5, atol=1e-4)
    photo: np.ndarray = astronaut()[:300]  # type: ignore[no-untyped-call]
    apart = np.abs(pixels(how, photo) - made(fast, photo)) * np.array(how.std)[:, None, None] * 255
    assert apart.max() < 2.01
    assert (apart > 0.5).mean() < 0.01


def made(one: Any, image: np.ndarray) -> np.ndarray:
    found: np.ndarray = one(PIL.Image.fromarray(image), return_tensors="np")["pixel_values"][0]
    return found


def test_the_file_of_a_fast_processor_says_the_same(tmp_path: Path) -> None:
    found = []
    for fast in (False, True):
        folder = tmp_path / str(fast)
        processor("Bit", fast=fast, size={"shortest_edge": 40}, crop_size=32).save_pretrained(folder)
        found.append(read(folder))
    assert found[0] == found[1] == Preprocess(32, 3, *CLIP, resize=40, interpolation="bicubic", crop="floor")


CLIP = ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
HALF = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}


def test_files_of_old_versions_are_read(tmp_path: Path) -> None:
    old = {"feature_extractor_type": "ViTFeatureExtractor", "do_resize": True, "do_normalize": True, "resample": 2}
    assert read(written(tmp_path, **old, **HALF, size=224)) == Preprocess(224, 3, (0.5,) * 3, (0.5,) * 3)
    cut = {"feature_extractor_type": "CLIPFeatureExtractor", "size": 40, "crop_size": 32, "resample": 3}
    assert (read(written(tmp_path, **cut, **HALF)).resize, read(tmp_path).size) == (40, 32)


def test_channels_that_are_flipped_are_bgr(tmp_path: Path) -> None:
    said = {"image_processor_type": "MobileViTImageProcessor", "size": {"shortest_edge": 36}, "crop_size": 32}
    how = read(written(tmp_path, **said, do_normalize=None, resample=3))
    assert (how.order, how.mean, how.std, how.resize) == ("BGR", (0.0,) * 3, (1.0,) * 3, 36)
    image = RNG.integers(0, 256, (36, 36, 3), np.uint8)
    theirs = processor("MobileViT", size={"shortest_edge": 36}, crop_size=32)(PIL.Image.fromarray(image))
    np.testing.assert_allclose(pixels(how, image), np.asarray(theirs["pixel_values"][0]), atol=1e-5)


def test_one_number_stands_for_all_channels_and_grey_networks_get_one(tmp_path: Path) -> None:
    said = {"image_processor_type": "ViTImageProcessor", "size": {"height": 28, "width": 28}}
    assert read(written(tmp_path, **said, image_mean=0.1, image_std=0.3), 1) == Preprocess(28, 1, (0.1,), (0.3,))
    assert read(tmp_path, 3).mean == (0.1,) * 3


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"image_processor_type": "EfficientNetImageProcessor"}, "a processor that we do not know, EfficientNetImage"),
        ({"size": {"height": 32, "width": 48}}, r"size \{'height': 32, 'width': 48\}, not square images"),
        ({"size": {"shortest_edge": 32}, "image_processor_type": "ViTImageProcessor"}, "keep their shape"),
        ({"size": 32, "resample": 1}, "resample 1, which we do not have"),
        ({"size": 32, "do_resize": False}, "images of their own size"),
        ({"size": 32, "do_pad": True}, "with a frame"),
        ({"size": -3}, "size -3, not a number above 0"),
        ({"size": "large"}, "size large, not a number"),
        ({"size": 32, "image_std": [0, 0, 0]}, "std: wanted fractions above 0"),
        ({"size": 32, "image_mean": "grey"}, "image_mean grey, not 3 numbers"),
        ({"size": 32, "image_processor_type": "BitImageProcessor", "crop_size": 64}, "at least the size, 64 px"),
        ({}, "size None, not a number"),
    ],
)
def test_what_we_do_not_do_is_one_line_that_says_how_else(tmp_path: Path, said: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message) as caught:
        beside(written(tmp_path, **(HALF | said)), 3)
    assert "preprocessor_config.json" in str(caught.value)
    assert str(caught.value).endswith("--mean, --std and --size, and --resize for a crop (model.preprocess in a spec)")


def test_a_config_of_another_program_says_nothing(tmp_path: Path) -> None:
    for text in ("[1, 2]", "{", '{"architecture": "mine", "mean": 3}', '{"pretrained_cfg": 3}'):
        (tmp_path / "config.json").write_text(text)
        assert beside(tmp_path, 3) is None


def test_timm_is_judged_at_the_side_and_crop_that_were_published_for_judging() -> None:
    """The numbers are those of timm's resnet50.a1_in1k: trained at 224 px of 235, judged at 288 px of 288 / .95."""
    said = {"input_size": [3, 224, 224], "test_input_size": [3, 288, 288], "crop_pct": 0.95, "test_crop_pct": 1.0}
    assert (of_timm("mine", said).size, of_timm("mine", said).resize) == (288, 288)
    trained = of_timm("mine", said, test=False)
    assert (trained.size, trained.resize, trained.interpolation, trained.crop) == (224, 235, "bicubic", "round")
    squashed = of_timm("mine", {"input_size": [3, 32, 32], "crop_pct": 0.9, "crop_mode": "squash"})
    assert (squashed.size, squashed.resize, squashed.crop) == (32, 35, "square")
    assert of_timm("mine", {"crop_pct": 1.0, "crop_mode": "squash"}).resize is None


@pytest.mark.parametrize(
    "said",
    [{"crop_pct": 1.1}, {"input_size": [3, 2, 4]}, {"crop_mode": "border"}, {"mean": "x"}, {"interpolation": []}],
)
def test_what_timm_does_and_we_do_not_is_one_line(said: dict[str, Any]) -> None:
    with pytest.raises(SpecError, match=r"mine: .*; say it with --mean"):
        of_timm("mine", said)
