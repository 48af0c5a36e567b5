"""What no weight shows is spelled in the name, and computes what torchvision's own builders would."""

import inspect
from typing import Any

import pytest
import torch
from torch import nn
from torchvision import models

from shiftprobe.core.errors import SpecError, UnknownNameError
from shiftprobe.models import torchvision_
from shiftprobe.models.build import build
from shiftprobe.models.names import check_name, plain_of
from shiftprobe.models.options import OPTIONS, options_of
from shiftprobe.models.published import preprocess_of
from shiftprobe.models.skeleton import WithoutMemory, skeleton

IMAGES = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
MOVES_NOTHING = {
    "aux_logits", "init_weights", "memory_efficient", "progress", "reset_heads", "training", "zero_init_residual",
}  # fmt: skip
SHOWS = {"batch_norm", "reduced_tail"}  # in names and shapes


def answers(network: nn.Module, images: torch.Tensor = IMAGES) -> torch.Tensor:
    with torch.no_grad():
        return network.eval()(images)  # type: ignore[no-any-return] # a module's call is untyped


def by_hand(name: str) -> nn.Module:
    """The same network as somebody would make it without us, with the weights of the plain one."""
    plain, _, option = name.partition("+")
    made: dict[str, Any] = {
        "dilated_16": {"replace_stride_with_dilation": [False, False, True]},
        "dilated_8": {"replace_stride_with_dilation": [False, True, True]},
        "dilated": {"dilated": True},
        "transform_input": {"transform_input": True, "aux_logits": False, "init_weights": False},
    }
    network = models.get_model(plain, weights=None, num_classes=3, **made.get(option, {}))
    if option == "no_maxpool":
        network.maxpool = nn.Identity()
    if option == "maxpool":
        network.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
    if option == "stride_in_1x1":
        for stage in (network.layer2, network.layer3, network.layer4):
            stage[0].conv1.stride, stage[0].conv2.stride = (2, 2), (1, 1)
    return network  # type: ignore[no-any-return] # torchvision has no types


@pytest.mark.parametrize(
    ("name", "size"),
    [("googlenet+transform_input", 64), ("resnet50+stride_in_1x1", 64), ("mobilenet_v3_small+dilated", 64),
     ("resnet18+maxpool", 32),
     ("resnet18+no_maxpool", 64)],
)  # fmt: skip
def test_an_option_computes_what_one_would_build_by_hand(name: str, size: int) -> None:
    arch, images = f"torchvision:{name}", IMAGES[..., :size, :size]
    ours, plain = (build(one, classes=3, channels=3, size=size, seed=0) for one in (arch, plain_of(arch)))
    state = {key: value * 0 if key.endswith("c.bias") else value for key, value in plain.state_dict().items()}
    networks = ours, by_hand(name), plain
    for network in networks:
        network.load_state_dict(state)
    found, expected, other = (answers(network, images) for network in networks)
    assert (found - expected).abs().max() <= 1e-4 * expected.abs().max()
    assert (found - other).abs().max() > 1e-2 * other.abs().max()


def test_every_option_leaves_names_and_shapes_as_they_are() -> None:
    for arch in ("resnet50", "googlenet", "mobilenet_v3_small"):
        plain = skeleton(f"torchvision:{arch}").shapes
        for option in options_of(arch):
            assert skeleton(f"torchvision:{arch}+{option.name}").shapes == plain
    assert {option.name for arch in torchvision_.names() for option in options_of(arch)} == set(OPTIONS)
    assert not options_of("vgg11")


def test_every_flag_of_torchvisions_classifiers_was_looked_at() -> None:
    modules = {inspect.getmodule(models.get_model_builder(name)) for name in torchvision_.names()}
    makers = {
        one for module in modules for one in vars(module).values()
        if getattr(one, "__module__", "") == getattr(module, "__name__", None)
        and (inspect.isfunction(one) or (inspect.isclass(one) and "num_classes" in inspect.signature(one).parameters))
    }  # fmt: skip
    flags = {
        name for one in makers for name, said in inspect.signature(one).parameters.items()
        if "bool" in str(said.annotation)
    }  # fmt: skip
    assert flags == MOVES_NOTHING | SHOWS | {key for option in OPTIONS.values() for key in option.arguments}


def test_published_weights_turn_their_input_and_are_given_imagenets_scale() -> None:
    for arch, turns in (("@DEFAULT", True), ("+transform_input", True), ("", False)):
        network = build(f"torchvision:googlenet{arch}", classes=3, channels=3, size=64, seed=0)
        assert network.transform_input == turns
    for name in ("googlenet", "inception_v3"):
        assert torchvision_.as_published(name) == f"{name}+transform_input"
        assert torchvision_.parsed(f"{name}@IMAGENET1K_V1").options == (OPTIONS["transform_input"],)
        how = preprocess_of(f"torchvision:{name}@DEFAULT")
        assert how is not None
        assert (how.mean, how.std) == IMAGENET


@pytest.mark.parametrize(
    ("arch", "message"),
    [
        ("torchvision:resnet18+no_maxpol", "has no option 'no_maxpol'; did you mean 'no_maxpool'"),
        ("torchvision:resnet18+dilated_8", r"no option 'dilated_8'.* \(known: maxpool, no_maxpool\)"),
        ("torchvision:vgg11+\x1b", r"no option '\\x1b'; it has none"),
        ("torchvision:resnet18+", "no option ''"),
    ],
)
def test_an_option_that_is_none_is_refused_with_those_there_are(arch: str, message: str) -> None:
    check_name(arch)
    with pytest.raises(UnknownNameError, match=message):
        build(arch, classes=3, channels=3, size=64, seed=0)


def test_what_reads_three_colours_is_not_built_for_grey() -> None:
    with pytest.raises(SpecError, match=r"wanted 3 channels for \+transform_input, got 1; set channels to 3"):
        build("torchvision:googlenet+transform_input", classes=3, channels=1, size=64, seed=0)


def test_a_wider_network_keeps_its_options() -> None:
    with WithoutMemory():
        wide = torchvision_.classifier("resnet50+dilated_16+no_maxpool", classes=3, channels=3, size=64, width=2)
    assert isinstance(wide.get_submodule("maxpool"), nn.Identity)
    assert wide.get_submodule("layer4.1.conv2").dilation == (2, 2)
    assert wide.get_submodule("layer4.1.conv2").out_channels == 1024
