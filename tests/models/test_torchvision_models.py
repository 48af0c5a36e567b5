import numpy as np
import pytest
import torch
from torch import nn

from shiftprobe.core.errors import SpecError, UnknownNameError
from shiftprobe.core.types import PENULTIMATE, View
from shiftprobe.models import torchvision_
from shiftprobe.models.build import build, check_arch
from shiftprobe.models.extract import extract
from shiftprobe.models.head import head_name
from shiftprobe.models.names import torchvision_names
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.taps import tap_names


def look(name: str, size: int, channels: int = 1) -> View:
    model = build(f"torchvision:{name}", classes=7, channels=channels, size=size, seed=0)
    head = head_name(model, 7)
    images = np.random.default_rng(0).integers(0, 256, (2, size, size, channels), dtype=np.uint8)
    preprocess = Preprocess(size, channels, (0.5,) * channels, (0.25,) * channels)
    labels = np.zeros(2, dtype=np.int64)
    return extract(model, images, labels, preprocess, taps=tap_names(model, head), head=head)


def check(view: View) -> None:
    assert view.logits.shape == (2, 7)
    assert list(view.features)[-1] == PENULTIMATE
    assert 3 < len(view.features) <= 12 + 1
    for tap, values in view.features.items():
        assert values.shape[0] == 2
        assert values.shape[1] >= 8, f"{tap} reads positions, not channels"
        assert not np.array_equal(values[0], values[1]), f"{tap} does not depend on the image"


@pytest.mark.parametrize(
    ("name", "last"),
    [("mobilenet_v3_small", 1024), ("vgg11", 4096), ("squeezenet1_1", 512), ("shufflenet_v2_x0_5", 1024)],
)
def test_convolutional_families_work_from_end_to_end(name: str, last: int) -> None:
    view = look(name, 32)
    check(view)
    assert view.features[PENULTIMATE].shape == (2, last)


def test_a_resnet_is_read_after_its_stem_and_its_four_stages() -> None:
    small, large = look("resnet18", 32), look("resnet18", 64, channels=3)
    stages = ["layer1", "layer2", "layer3", "layer4", PENULTIMATE]
    assert list(small.features) == ["relu", *stages]
    assert list(large.features) == ["maxpool", *stages]
    assert [values.shape[1] for values in small.features.values()] == [64, 64, 128, 256, 512, 512]
    assert np.allclose(small.features["layer4"], small.features[PENULTIMATE], atol=1e-5)


def test_a_resnet_has_the_small_stem_below_64_px_only() -> None:
    small = build("torchvision:resnet18", classes=7, channels=3, size=63, seed=0).get_submodule("conv1")
    large = build("torchvision:resnet18", classes=7, channels=3, size=64, seed=0).get_submodule("conv1")
    assert isinstance(small, nn.Conv2d)
    assert isinstance(large, nn.Conv2d)
    assert (small.kernel_size, small.stride) == ((3, 3), (1, 1))
    assert (large.kernel_size, large.stride) == ((7, 7), (2, 2))


def test_named_weights_ask_for_the_stem_that_was_published_whatever_the_size() -> None:
    small = build("torchvision:resnet18@IMAGENET1K_V1", classes=7, channels=3, size=32, seed=0)
    large = build("torchvision:resnet18", classes=7, channels=3, size=64, seed=0)
    assert [v.shape for v in small.state_dict().values()] == [v.shape for v in large.state_dict().values()]
    assert isinstance(small.get_submodule("maxpool"), nn.MaxPool2d)


def test_named_weights_change_no_draw() -> None:
    plain, named = (
        build(f"torchvision:squeezenet1_1{weights}", classes=3, channels=1, size=32, seed=5).state_dict()
        for weights in ("", "@DEFAULT")
    )
    assert all(torch.equal(plain[name], named[name]) for name in plain)


def test_weights_that_torchvision_does_not_publish_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="no weights 'IMAGENET1K_V3'; did you mean 'IMAGENET1K_V"):
        check_arch("torchvision:resnet50@IMAGENET1K_V3")
    with pytest.raises(UnknownNameError, match="no weights ''"):
        check_arch("torchvision:resnet50@")
    assert "IMAGENET1K_FEATURES" not in torchvision_.published("vgg16")  # they have no head


def test_grey_stems_keep_the_spread_of_the_family() -> None:
    rgb, grey = (
        build("torchvision:resnet18", classes=7, channels=channels, size=64, seed=0).get_parameter("conv1.weight")
        for channels in (3, 1)
    )
    assert grey.shape == (64, 1, 7, 7)
    assert grey.std().item() == pytest.approx(rgb.std().item(), rel=0.1)


def test_swin_reads_channels_although_they_come_last() -> None:
    view = look("swin_t", 32)
    check(view)
    assert [values.shape[1] for values in view.features.values()] == [96, 96, 192, 192, 384, 384, 768, 768, 768]


def test_weights_come_from_the_seed() -> None:
    one, two, other = (build("torchvision:squeezenet1_1", classes=3, channels=1, size=32, seed=s) for s in (5, 5, 6))
    states = [torch.cat([v.flatten() for v in m.state_dict().values()]) for m in (one, two, other)]
    assert torch.equal(states[0], states[1])
    assert not torch.equal(states[0], states[2])


def test_names_read_in_the_source_are_those_that_the_library_lists() -> None:
    assert set(torchvision_names()) == set(torchvision_.names())


def test_lists_classifiers_alone_and_suggests_the_name_that_was_meant() -> None:
    assert {"resnet18", "vit_b_16", "swin_t"} <= set(torchvision_.names())
    assert not {"fasterrcnn_resnet50_fpn", "deeplabv3_resnet50", "r3d_18"} & set(torchvision_.names())
    check_arch("torchvision:resnet18")
    with pytest.raises(UnknownNameError, match="did you mean 'resnet18'"):
        check_arch("torchvision:resnet81")


@pytest.mark.parametrize(
    ("name", "size", "message"),
    [
        ("vit_b_16", 28, "divisible by its patch of 16 px, got 28; set model.preprocess.size to 32"),
        ("vit_b_16@DEFAULT", 32, "published for images of 224 px, got 32; set the size to 224"),
        ("maxvit_t", 32, "cannot be built for images of 32 px"),
        ("alexnet", 16, r"wanted logits \(1, 7\) from images \(1, 3, 16, 16\)"),
    ],
)
def test_refuses_sizes_that_a_family_cannot_take(name: str, size: int, message: str) -> None:
    with pytest.raises(SpecError, match=message) as caught:
        build(f"torchvision:{name}", classes=7, channels=3, size=size, seed=0)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_a_vision_transformer_reads_tokens() -> None:
    view = look("vit_b_16", 32)
    check(view)
    assert {values.shape[1] for values in view.features.values()} == {768}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("alexnet", 64), ("convnext_tiny", 32), ("densenet121", 32), ("efficientnet_b0", 32), ("efficientnet_v2_s", 32),
        ("googlenet", 32), ("inception_v3", 80), ("maxvit_t", 224), ("mnasnet0_5", 32), ("mobilenet_v2", 32),
        ("mobilenet_v3_large", 32), ("regnet_x_400mf", 32), ("regnet_y_400mf", 32), ("resnet50", 32), ("resnet152", 32),
        ("resnext50_32x4d", 32), ("squeezenet1_0", 32), ("swin_v2_t", 64), ("vgg11_bn", 32), ("vgg16", 32),
        ("vit_b_32", 64), ("wide_resnet50_2", 32),
    ],
)  # fmt: skip
def test_every_family_works_from_end_to_end(name: str, size: int) -> None:
    check(look(name, size, channels=3))
