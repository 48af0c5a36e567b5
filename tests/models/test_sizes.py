import pytest
import torch

from shiftprobe.models.build import build
from shiftprobe.models.sizes import Sizes, read_sizes


@pytest.mark.parametrize(
    ("arch", "channels", "facts"),
    [
        ("small_cnn", 1, Sizes(classes=7, channels=1, kernel=3)),
        ("small_cnn", 3, Sizes(classes=7, channels=3, kernel=3)),
        ("torchvision:resnet18", 3, Sizes(classes=7, channels=3, kernel=7)),
        ("torchvision:squeezenet1_1", 3, Sizes(classes=7, channels=3, kernel=3)),  # its head is a convolution
    ],
)
def test_a_checkpoint_tells_its_classes_and_its_first_convolution(arch: str, channels: int, facts: Sizes) -> None:
    size = 8 if arch == "small_cnn" else 64
    state = build(arch, classes=7, channels=channels, size=size, seed=0).state_dict()
    alphabetical = dict(sorted(state.items()))  # as a safetensors file gives them
    skeleton = build(arch, classes=10, channels=3, size=size, seed=1)
    assert read_sizes(alphabetical, skeleton) == facts


def test_weights_of_another_architecture_tell_nothing() -> None:
    skeleton = build("small_cnn", classes=3, channels=1, size=8, seed=0)
    assert read_sizes({"else.weight": torch.zeros(4, 4)}, skeleton) == Sizes(0, 0, 0)
