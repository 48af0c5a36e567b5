import pytest
import torch

from shiftprobe.core.errors import UnknownNameError
from shiftprobe.models import torchvision_
from shiftprobe.models.build import build
from shiftprobe.models.skeleton import _CLASSES, difference, has_small_stem, side_of, skeleton


@pytest.mark.parametrize(
    "arch", ["small_cnn", "lite0", "torchvision:resnet18", "torchvision:swin_v2_t", "torchvision:regnet_y_400mf"]
)
def test_a_skeleton_has_the_names_and_shapes_of_the_network(arch: str) -> None:
    network = build(arch, classes=_CLASSES, channels=3, size=224, seed=0)
    bones = skeleton(arch)
    assert bones.shapes == {name: tuple(value.shape) for name, value in network.state_dict().items()}
    assert bones.shapes[f"{bones.head}.weight"][0] == _CLASSES
    assert bones.shapes[bones.stem][1] == 3
    assert not difference(bones, bones.shapes)
    assert side_of(bones, bones.shapes) == 224


def test_the_largest_needs_no_memory_and_leaves_the_stream_of_draws_alone() -> None:
    before = torch.get_rng_state()
    bones = skeleton("torchvision:regnet_y_128gf")  # 2.6 GB, were it built
    assert torch.equal(before, torch.get_rng_state())
    assert sum(torch.Size(shape).numel() for shape in bones.shapes.values()) > 600_000_000


def test_only_resnets_have_a_small_stem() -> None:
    assert has_small_stem(skeleton("torchvision:resnet18"))
    assert not has_small_stem(skeleton("torchvision:densenet121"))
    assert not has_small_stem(skeleton("torchvision:googlenet"))


def test_unknown_names_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'resnet18'"):
        skeleton("torchvision:resnet81")


@pytest.mark.slow
def test_no_two_classifiers_of_torchvision_have_the_same_names_and_shapes() -> None:
    seen = [frozenset(skeleton(torchvision_.PREFIX + name).shapes.items()) for name in torchvision_.names()]
    assert len(set(seen)) == len(seen)
