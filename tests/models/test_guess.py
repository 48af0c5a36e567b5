"""An architecture is told from names and shapes; what is not told is said, with the flag that cures it."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from shiftprobe.core.errors import CheckpointError
from shiftprobe.models import timm_, torchvision_
from shiftprobe.models.build import build
from shiftprobe.models.guess import describe_misfit, guess_arch, side_for, trained_side
from shiftprobe.models.skeleton import WithoutMemory

State = dict[str, Tensor]
OLD = {"googlenet", "inception_v3"}


def outline(name: str, classes: int) -> State:
    """Names and shapes as torchvision itself makes them, sorted as safetensors has them; no memory is used."""
    from torchvision import models

    options: dict[str, Any] = {"aux_logits": True, "init_weights": False} if name in OLD else {}
    with WithoutMemory():
        return dict(sorted(models.get_model(name, weights=None, num_classes=classes, **options).state_dict().items()))


def made(arch: str, *, classes: int = 5, channels: int = 3, size: int = 64) -> State:
    return dict(build(arch, classes=classes, channels=channels, size=size, seed=0).state_dict())


def missing(state: State, *names: str) -> State:
    return {name: value for name, value in state.items() if name not in names}


@pytest.mark.parametrize(
    "name", ["resnet18", "wide_resnet50_2", "vgg11_bn", "mobilenet_v3_small", "googlenet", "swin_t"]
)
@pytest.mark.parametrize("classes", [2, 1000])
def test_families_are_told_apart(name: str, classes: int) -> None:
    found = guess_arch(outline(name, classes))
    assert (found.arch, found.classes, found.channels) == (f"torchvision:{name}", classes, 3)
    assert found.why.endswith(f"are those of torchvision:{name}, {classes} classes, RGB images")


@pytest.mark.slow
@pytest.mark.parametrize("classes", [2, 37, 1000])
def test_every_classifier_of_torchvision_is_told(classes: int) -> None:
    for name in torchvision_.names():
        found = guess_arch(outline(name, classes))
        assert (found.arch, found.classes, found.channels) == (f"torchvision:{name}", classes, 3)


@pytest.mark.parametrize("arch", ["small_cnn", "lite0"])
@pytest.mark.parametrize("channels", [1, 3])
def test_our_own_are_told(arch: str, channels: int) -> None:
    found = guess_arch(made(arch, classes=7, channels=channels))
    assert (found.arch, found.classes, found.channels) == (arch, 7, channels)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [32, 64])
def test_a_resnets_stem_says_for_what_side_it_must_be_built(size: int, channels: int) -> None:
    state = made("torchvision:resnet18", size=size, channels=channels)
    found = guess_arch(state)
    assert (found.arch, found.channels) == ("torchvision:resnet18", channels)
    assert (
        ("3x3 stem" in found.why)
        == (size < torchvision_.CIFAR_STEM_BELOW)
        == (found.size < torchvision_.CIFAR_STEM_BELOW)
    )
    again = build(found.arch, classes=found.classes, channels=found.channels, size=found.size, seed=1)
    again.load_state_dict(state)
    assert side_for(found.arch, state, 32) == (32 if size == 32 else 64)
    assert side_for(found.arch, state, 96) == (63 if size == 32 else 96)


def test_a_vision_transformer_is_built_for_the_side_it_was_trained_on() -> None:
    state = outline("vit_b_16", 10)
    assert guess_arch(state).size == side_for("torchvision:vit_b_16", state, 32) == 224
    state["encoder.pos_embedding"] = torch.empty(1, 1 + 6 * 6, 768)
    assert guess_arch(state).size == side_for("torchvision:vit_b_16", state, 224) == 96
    assert trained_side("torchvision:vit_b_16", state) == 96
    state["encoder.pos_embedding"] = torch.empty(1, 1 + 35, 768)
    with pytest.raises(CheckpointError, match=r"nearest is torchvision:vit_b_16, but .* other shapes in encoder.pos"):
        guess_arch(state)


def test_other_sides_are_those_of_the_images() -> None:
    assert side_for("small_cnn", made("small_cnn"), 17) == 17
    assert side_for("torchvision:vgg11", outline("vgg11", 3), 40) == 40
    assert side_for("torchvision:resnet18", {}, 40) == 40
    assert side_for("my.nets:factory", {}, 40) == 40
    assert trained_side("torchvision:vgg11", outline("vgg11", 3)) is None


@pytest.mark.skipif(not timm_.installed(), reason="timm is not installed: its architectures are not told")
@pytest.mark.parametrize("name", ["vit_tiny_patch16_224", "deit_tiny_distilled_patch16_224", "xcit_nano_12_p16_224"])
@pytest.mark.parametrize("size", [96, 224])
def test_timms_transformers_tell_their_side_whatever_else_has_a_place(name: str, size: int) -> None:
    with WithoutMemory():
        state = dict(timm_.classifier(name, classes=5, channels=3, size=size).state_dict())
    tells = any("pos_embed" in key and value.ndim == 3 for key, value in state.items())
    assert trained_side(f"timm:{name}", state) == (size if tells else None)


def test_counters_and_auxiliary_heads_do_not_matter() -> None:
    state = outline("resnet18", 4)
    assert guess_arch({n: v for n, v in state.items() if "tracked" not in n}).arch == "torchvision:resnet18"
    with_aux = outline("googlenet", 4)
    assert any(name.startswith("aux1.") for name in with_aux)
    assert guess_arch({n: v for n, v in with_aux.items() if not n.startswith("aux")}).arch == "torchvision:googlenet"


@pytest.mark.skipif(not timm_.installed(), reason="timm is not installed: its architectures are not told")
@pytest.mark.parametrize(
    ("name", "arch"),
    [
        ("vit_tiny_patch16_224", "timm:vit_tiny_patch16_224"),
        ("convnext_atto", "timm:convnext_atto"),
        ("resnet26", "timm:resnet26"),
        ("resnet18", "torchvision:resnet18"),  # the same names, shapes and arithmetic
    ],
)
def test_some_of_timms_are_told(name: str, arch: str) -> None:
    found = guess_arch(made(f"timm:{name}"))
    assert (found.arch, found.classes, found.channels) == (arch, 5, 3)


def test_without_timm_the_nearest_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    state = made("timm:convnext_atto") if timm_.installed() else {"stem.0.weight": torch.ones(2, 3, 4, 4)}
    monkeypatch.setattr(timm_, "installed", lambda: False)
    with pytest.raises(CheckpointError, match=r"fit no architecture that we can tell.* --arch"):
        guess_arch(state)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: missing(s, "layer4.1.bn2.weight"), "is torchvision:resnet18, but .* misses layer4.1.bn2.weight;"),
        (lambda s: s | {"extra.weight": torch.ones(3)}, "resnet18, but the file has extra.weight;"),
        (
            lambda s: s | {"layer1.0.conv1.weight": torch.ones(64, 32, 3, 3)},
            "resnet18, but the file has other shapes in layer1.0.conv1.weight;",
        ),
        (lambda _: {"a": torch.ones(3, 4)}, r"its 1 names and shapes fit no architecture .*\(a, \.\.\.\)"),
        (lambda _: {"a": torch.ones(3)}, "none of its 1 values is a layer's weight"),
        (lambda _: {"\x1b[2Ja": torch.ones(3, 4)}, r"x1b\[2Ja"),
        (lambda _: {"features.0.weight": torch.ones(8, 3, 3, 3)}, "nearest is torchvision:.* misses"),
    ],
)  # fmt: skip
def test_what_fits_nothing_is_refused_with_the_nearest_and_the_cure(change: Any, message: str) -> None:
    with pytest.raises(CheckpointError, match=message) as caught:
        guess_arch(change(outline("resnet18", 4)))
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def misfit(arch: str, state: State, **shape: Any) -> str:
    said = {"classes": 5, "channels": 3, "size": 64} | shape
    text = describe_misfit(build(arch, seed=0, **said), state, arch)
    assert "\n" not in text
    return text


def test_another_architecture_is_named_with_its_flag() -> None:
    text = misfit("torchvision:resnet34", made("torchvision:resnet18"))
    assert text.startswith("it is no torchvision:resnet34: its 122 names and shapes are those of torchvision:resnet18")
    assert text.endswith("--arch torchvision:resnet18")
    assert "--arch lite0" in misfit("small_cnn", made("lite0"))


@pytest.mark.parametrize("prefix", ["", "model."])
def test_another_head_is_named_with_its_flag(prefix: str) -> None:
    state = {prefix + name: value for name, value in made("torchvision:resnet18", classes=7).items()}
    text = misfit("torchvision:resnet18", state)
    assert text == "its head gives 7 classes, 5 were asked for; name its 7 classes with --classes FILE"


@pytest.mark.parametrize(
    ("channels", "cure"), [(1, "set model.preprocess.channels to 1"), (4, "only grey and RGB images are read")]
)
def test_other_channels_are_named(channels: int, cure: str) -> None:
    state = made("torchvision:resnet18") | {"conv1.weight": torch.ones(64, channels, 7, 7)}
    text = misfit("torchvision:resnet18", state)
    assert text == f"it was trained on images of {channels} channel(s), the network is for 3; {cure}"


@pytest.mark.parametrize(("own", "other", "cure"), [(64, 32, "under 64 px: --size 32"), (32, 64, "or more: --size 64")])
def test_another_stem_is_named_with_its_flag(own: int, other: int, cure: str) -> None:
    text = misfit("torchvision:resnet18", made("torchvision:resnet18", size=other), size=own)
    assert "its first convolution is " in text
    assert text.endswith(cure)


def test_missing_and_unexpected_names_are_counted() -> None:
    state = missing(made("small_cnn"), "blocks.1.0.weight", "blocks.2.0.weight") | {"more": torch.ones(1)}
    text = misfit("small_cnn", state)
    assert (
        text == "compared with small_cnn the file misses blocks.1.0.weight and 1 more; has more; name yours with --arch"
    )


def test_other_widths_of_a_network_of_ones_own_are_named() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 6, 3), nn.Flatten(), nn.Linear(6, 2))
    state = {**model.state_dict(), "1.weight": torch.ones(8, 4, 3, 3)}
    text = describe_misfit(model, state, "my.nets:own")
    assert text == "1.weight is (8, 4, 3, 3) in the file and (6, 4, 3, 3) in my.nets:own; name yours with --arch"
    assert "of another type" in describe_misfit(model, dict(model.state_dict()), "my.nets:own")
