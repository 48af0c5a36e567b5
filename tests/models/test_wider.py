"""Twice the width: layer by layer against the published tables, and refused where no wider network is known."""

import pytest
import torch
import torchvision
from torch import nn

from shiftprobe.core.errors import SpecError
from shiftprobe.models import torchvision_
from shiftprobe.models.build import build
from shiftprobe.models.wider import times_the_work, widened

CLASSES = 7


def both(arch: str, size: int = 16) -> tuple[nn.Module, nn.Module]:
    plain, wide = (build(arch, classes=CLASSES, channels=1, size=size, seed=3, width=width) for width in (1, 2))
    return plain, wide


def widths(model: nn.Module) -> list[int]:
    """Outputs of every convolution."""
    return [part.out_channels for part in model.modules() if isinstance(part, nn.Conv2d)]


def test_every_block_of_the_embedded_network_is_twice_as_wide() -> None:
    plain, wide = both("small_cnn")
    assert widths(plain) == [8, 16, 32, 32, 64, 64]
    assert widths(wide) == [16, 32, 64, 64, 128, 128]
    assert wide.get_submodule("head").weight.shape == (CLASSES, 128)


def test_the_stages_of_a_resnet_are_twice_as_wide_and_its_stem_is_not() -> None:
    with torch.device("meta"):
        wide = torchvision_.classifier("resnet18", classes=CLASSES, channels=1, size=16, width=2)
    found = [wide.get_submodule(f"layer{i}.0.conv2") for i in (1, 2, 3, 4)]
    assert [part.out_channels for part in found if isinstance(part, nn.Conv2d)] == [128, 256, 512, 1024]
    assert wide.get_submodule("conv1").weight.shape == (64, 1, 3, 3)
    assert wide.get_submodule("fc").weight.shape == (CLASSES, 1024)
    assert isinstance(wide.get_submodule("maxpool"), nn.Identity)


def test_a_resnet_with_bottlenecks_is_torchvisions_own_wide_one() -> None:
    with torch.device("meta"):
        wide = widened("resnet50", 2, {"weights": None, "num_classes": CLASSES})
        published = torchvision.models.wide_resnet50_2(num_classes=CLASSES)
    shapes = [{name: value.shape for name, value in one.state_dict().items()} for one in (wide, published)]
    assert shapes[0] == shapes[1]


def test_a_vision_transformer_has_twice_the_heads_of_the_same_size() -> None:
    with torch.device("meta"):
        wide = widened("vit_b_16", 2, {"weights": None, "num_classes": CLASSES, "image_size": 32})
    block = wide.get_submodule("encoder.layers.encoder_layer_0")
    assert block.self_attention.num_heads == 24  # type: ignore[union-attr]
    assert block.mlp[0].weight.shape == (2 * 3072, 2 * 768)  # type: ignore[union-attr,index]
    assert wide.get_submodule("heads.head").weight.shape == (CLASSES, 2 * 768)
    assert len(wide.get_submodule("encoder.layers")) == 12  # type: ignore[arg-type]


def test_a_mobilenet_has_its_own_multiplier() -> None:
    plain, wide = both("torchvision:mobilenet_v3_small", 32)
    assert widths(wide)[0] == 2 * widths(plain)[0]


def test_weights_come_from_the_seed_and_plain_networks_are_drawn_as_before() -> None:
    again = both("small_cnn")
    for one, two in zip(both("small_cnn"), again, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))
    default = build("small_cnn", classes=CLASSES, channels=1, size=16, seed=3)
    assert all(torch.equal(a, b) for a, b in zip(default.parameters(), again[0].parameters(), strict=True))


def test_work_is_counted_in_multiplications() -> None:
    narrow, wide = nn.Sequential(nn.Flatten(), nn.Linear(64, 3)), nn.Sequential(nn.Flatten(), nn.Linear(64, 9))
    assert times_the_work(narrow, wide, (1, 8, 8)) == pytest.approx(3.0)
    assert times_the_work(narrow, narrow, (1, 8, 8)) == 2.0
    assert 2.0 < times_the_work(*both("small_cnn"), (1, 16, 16)) < 4.0


@pytest.mark.parametrize("arch", ["lite0", "torchvision:vgg11", "tests.why.planting:badly_scaled"])
def test_refuses_what_has_no_wider_one(arch: str) -> None:
    with pytest.raises(SpecError, match=f"wanted an architecture of which a wider one is known .*, got {arch}"):
        build(arch, classes=CLASSES, channels=1, size=32, seed=0, width=2, allow_code=True)
