"""Doubles of an architecture are listed as far as its weights leave them open."""

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor

from shiftprobe.models import doubles as module
from shiftprobe.models import timm_, torchvision_
from shiftprobe.models.doubles import doubles
from shiftprobe.models.names import timm_names
from shiftprobe.models.skeleton import WithoutMemory, skeleton

TABLE = json.loads(Path(module.__file__).with_name("doubles.json").read_text())
needs_timm = pytest.mark.skipif(not timm_.installed(), reason="timm is not installed: its doubles are not listed")


def made(arch: str, *, channels: int = 3, size: int = 64) -> dict[str, Tensor]:
    """Names and shapes; no memory is used."""
    library, name = arch.split(":")
    make = torchvision_.classifier if library == "torchvision" else timm_.classifier
    with WithoutMemory():
        return dict(make(name, classes=5, channels=channels, size=size).state_dict())


def of_torchvision(arch: str, state: dict[str, Tensor]) -> list[str]:
    return [name for name in doubles(arch, state) if name.startswith("torchvision:")]


@pytest.mark.parametrize(
    ("arch", "size", "channels", "expected"),
    [
        ("resnet18", 64, 3, ["resnet18+no_maxpool"]),
        ("resnet18", 32, 1, ["resnet18+maxpool"]),
        ("resnet50", 64, 3, ["resnet50+stride_in_1x1", "resnet50+dilated_16", "resnet50+dilated_8",
                             "resnet50+no_maxpool"]),
        ("resnext50_32x4d", 32, 3, ["resnext50_32x4d+stride_in_1x1", "resnext50_32x4d+dilated_16",
                                    "resnext50_32x4d+dilated_8", "resnext50_32x4d+maxpool"]),
        ("googlenet", 64, 3, ["googlenet+transform_input"]),
        ("googlenet", 64, 1, []),
        ("mobilenet_v3_small", 64, 3, ["mobilenet_v3_small+dilated"]),
        ("vgg11", 64, 3, []),
    ],
)  # fmt: skip
def test_options_are_listed_that_stem_and_colours_leave_open(
    arch: str, size: int, channels: int, expected: list[str]
) -> None:
    arch = f"torchvision:{arch}"
    found = of_torchvision(arch, made(arch, size=size, channels=channels))
    assert found == [f"torchvision:{name}" for name in expected]


def test_the_plain_network_is_a_double_of_what_has_an_option() -> None:
    state = made("torchvision:googlenet")
    for arch in ("torchvision:googlenet+transform_input", "torchvision:googlenet@DEFAULT"):
        assert of_torchvision(arch, state) == ["torchvision:googlenet"]


def test_other_code_and_our_own_networks_have_none() -> None:
    assert doubles("small_cnn", {}) == doubles("my.nets:factory", {}) == doubles("a model in memory", {}) == ()


@needs_timm
def test_timms_doubles_go_by_names_of_their_own() -> None:
    assert "timm:resnetblur18" in doubles("torchvision:resnet18", made("torchvision:resnet18"))
    for arch in ("timm:efficientnet_lite0", "timm:efficientnet_lite0.ra_in1k"):
        assert doubles(arch, made("timm:efficientnet_lite0")) == ("timm:tf_efficientnet_lite0",)
    assert "timm:vit_base_patch16_clip_quickgelu_224" in doubles(
        "timm:vit_base_patch16_clip_224", made("timm:vit_base_patch16_clip_224", size=224)
    )


def test_without_timm_its_doubles_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timm_, "installed", lambda: False)
    assert doubles("torchvision:resnet18", made("torchvision:resnet18")) == ("torchvision:resnet18+no_maxpool",)


def test_the_table_names_every_architecture_once() -> None:
    names = [name for ways in TABLE for way in ways for name in way]
    assert len(set(names)) == len(names) >= 100
    assert all(len(ways) > 1 for ways in TABLE)


@needs_timm
def test_the_table_holds_of_the_timm_that_is_installed() -> None:
    known = {f"timm:{name}" for name in timm_names()} | {f"torchvision:{name}" for name in torchvision_.names()}
    assert {name for ways in TABLE for way in ways for name in way} <= known
    for one in ("timm:efficientnet_lite0", "timm:resnet34d", "timm:swinv2_tiny_window8_256"):
        ways = next(ways for ways in TABLE if any(one in way for way in ways))
        assert len({str(sorted(skeleton(way[0]).shapes.items())) for way in ways}) == 1


@needs_timm
def test_what_the_table_holds_apart_computes_otherwise() -> None:
    torch.manual_seed(0)
    images = torch.randn(1, 3, 64, 64)
    one, other = (
        timm_.classifier(name, classes=5, channels=3, size=64).eval() for name in ("resnet18", "resnetblur18")
    )
    other.load_state_dict(one.state_dict())
    with torch.no_grad():
        assert (one(images) - other(images)).abs().max() > 1e-2 * one(images).abs().max()
