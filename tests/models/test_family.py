"""Families as their papers name them."""

import pytest
import torch
import torchvision
from torch import nn

from shiftprobe.models import timm_
from shiftprobe.models.build import build
from shiftprobe.models.family import family


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("vit_b_32", "transformer"),
        ("swin_t", "transformer"),
        ("resnet18", "convolutional"),
        ("convnext_tiny", "convolutional"),
        ("efficientnet_b0", "convolutional"),
        ("vgg11", "convolutional"),
    ],
)
def test_networks_of_torchvision(name: str, wanted: str) -> None:
    with torch.device("meta"):
        assert family(torchvision.models.get_model(name)) == wanted


@pytest.mark.skipif(not timm_.installed(), reason="NOT TESTED: timm is not installed")
@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("vit_tiny_patch16_224", "transformer"),
        ("cait_xxs24_224", "transformer"),
        ("mobilevit_xxs", "transformer"),
        ("seresnet18", "convolutional"),
        ("resnet50_clip", "convolutional"),  # one attention pool, at its end
    ],
)
def test_networks_of_timm(name: str, wanted: str) -> None:
    import timm

    with torch.device("meta"):
        assert family(timm.create_model(name)) == wanted


def test_our_own_and_a_wrapped_one() -> None:
    assert family(build("small_cnn", classes=2, channels=1, size=28, seed=0)) == "convolutional"
    assert family(nn.Sequential(nn.TransformerEncoderLayer(8, 2), nn.TransformerEncoderLayer(8, 2))) == "transformer"
