"""Blocks against counts by hand from the papers' tables; none and all of them are scratch and transfer, bit for bit."""

from typing import Literal

import pytest
import torch
import torchvision
from torch import nn

from shiftprobe.core.errors import SpecError
from shiftprobe.models.blocks import BlockShare, blocks, partly, thirds
from shiftprobe.models.build import build
from shiftprobe.models.head import head_name, in_head, with_head_of

CLASSES = 7
COUNTED = [  # the stem and the blocks of the paper's table; the first and last name of some of them, read off by hand
    ("resnet18", 9, {0: "conv1.weight", 1: "layer1.0.bn2.running_var", 3: "layer2.0.downsample.1.running_mean"}),
    ("vit_b_16", 13, {0: "class_token", 1: "encoder.layers.encoder_layer_0.ln_1.weight", 12: "encoder.ln.bias"}),
    ("convnext_tiny", 19, {0: "features.0.0.weight", 4: "features.2.0.weight", 18: "classifier.0.weight"}),
    ("mobilenet_v2", 18, {0: "features.0.1.running_var", 1: "features.1.conv.1.weight", 17: "features.18.0.weight"}),
    ("mobilenet_v3_small", 12, {0: "features.0.0.weight", 11: "classifier.0.weight"}),
]


def without_weights(name: str) -> nn.Module:
    with torch.device("meta"):
        model: nn.Module = torchvision.models.get_model(name, num_classes=CLASSES)
    return model


def plain() -> nn.Sequential:
    """A user's own network: two convolutions with norms of their own, one of them without weights."""
    return nn.Sequential(
        nn.BatchNorm2d(1),
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4, affine=False),
        nn.ReLU(),
        nn.Conv2d(4, 5, 3),
        nn.GroupNorm(1, 5),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(5, CLASSES),
    )


def drawn(model: nn.Module, seed: int) -> dict[str, torch.Tensor]:
    """A state in which every value is another draw."""
    generator = torch.Generator().manual_seed(seed)
    return {
        name: torch.rand(value.shape, generator=generator) if value.is_floating_point() else torch.tensor(seed)
        for name, value in model.state_dict().items()
    }


@pytest.mark.parametrize(("name", "count", "places"), COUNTED, ids=[one[0] for one in COUNTED])
def test_torchvisions_networks_have_a_stem_and_the_blocks_of_their_papers(
    name: str, count: int, places: dict[int, str]
) -> None:
    model = without_weights(name)
    head = head_name(model, CLASSES)
    found = blocks(model, head)
    assert len(found) == count
    for place, inside in places.items():
        assert inside in found[place]
    everything = [name for block in found for name in block]
    assert sorted(everything) == sorted(name for name in model.state_dict() if not in_head(name, head))


def test_the_embedded_network_has_six_blocks_with_their_batch_statistics() -> None:
    model = build("small_cnn", classes=CLASSES, channels=1, size=8, seed=0)
    found = blocks(model, "head")
    assert len(found) == 6
    norms = (2, 1, 2, 1, 2, 1)  # behind the pooling where there is one
    for i, (block, norm) in enumerate(zip(found, norms, strict=True)):
        kept = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
        assert block == (f"blocks.{i}.0.weight", *(f"blocks.{i}.{norm}.{name}" for name in kept))


def test_in_a_network_of_ones_own_each_layer_is_a_block_and_norms_without_weights_go_with_theirs() -> None:
    first, second = blocks(plain(), "8")
    counter = "num_batches_tracked"
    own = ["0.weight", "0.bias", "0.running_mean", "0.running_var", f"0.{counter}", "1.weight", "1.bias"]
    assert first == (*own, "2.running_mean", "2.running_var", f"2.{counter}")
    assert second == ("4.weight", "4.bias", "5.weight", "5.bias")


@pytest.mark.parametrize("end", ["first", "last"])
def test_none_of_the_blocks_is_scratch_and_all_are_transfer(end: Literal["first", "last"]) -> None:
    model = build("small_cnn", classes=CLASSES, channels=1, size=8, seed=0)
    fresh, source = drawn(model, 1), drawn(model, 2)
    whole, parts = with_head_of(source, fresh, "head"), blocks(model, "head")
    none, every = (partly(whole, fresh, parts, BlockShare(end, k, 6)) for k in (0, 6))
    assert list(none) == list(every) == list(fresh)
    assert all(torch.equal(none[name], fresh[name]) for name in fresh)
    assert all(torch.equal(every[name], whole[name]) for name in fresh)


def test_first_and_last_blocks_share_nothing_and_make_up_the_body() -> None:
    model = plain()
    fresh, source = drawn(model, 1), drawn(model, 2)
    whole, parts = with_head_of(source, fresh, "8"), blocks(model, "8")
    first, last = (partly(whole, fresh, parts, part) for part in (BlockShare("first", 1, 2), BlockShare("last", 1, 2)))
    for name in fresh:
        assert torch.equal(first[name], (source if name in parts[0] else fresh)[name])
        assert torch.equal(last[name], (source if name in parts[1] else fresh)[name])


def test_a_head_that_is_kept_goes_with_all_blocks_alone() -> None:
    model = plain()
    fresh, source = drawn(model, 1), drawn(model, 2)
    parts = blocks(model, "8")
    assert torch.equal(partly(source, fresh, parts, BlockShare("last", 2, 2))["8.weight"], source["8.weight"])
    assert torch.equal(partly(source, fresh, parts, BlockShare("last", 1, 2))["8.weight"], fresh["8.weight"])


def test_a_layer_that_stands_twice_belongs_to_the_first_place() -> None:
    shared = nn.Conv2d(4, 4, 1)
    model = nn.Sequential(nn.Conv2d(1, 4, 1), shared, nn.Conv2d(4, 4, 1), shared, nn.Flatten(), nn.Linear(4, CLASSES))
    assert [block[0] for block in blocks(model, "5")] == ["0.weight", "1.weight", "2.weight"]
    assert "3.weight" in blocks(model, "5")[1]


def test_a_wrapper_moves_nothing() -> None:
    inside = without_weights("resnet18")
    bare, wrapped = blocks(inside, "fc"), blocks(nn.ModuleDict({"network": inside}), "network.fc")
    assert wrapped == tuple(tuple(f"network.{name}" for name in block) for block in bare)


def test_thirds_are_none_a_third_two_thirds_and_all() -> None:
    assert thirds(6) == (0, 2, 4, 6)
    assert thirds(9) == (0, 3, 6, 9)
    assert thirds(13) == (0, 4, 9, 13)
    assert thirds(2) == (0, 1, 2)


def test_refuses_a_network_of_another_depth() -> None:
    model = plain()
    state = drawn(model, 1)
    with pytest.raises(SpecError, match="first2of6: wanted a network of 6 blocks, got one of 2"):
        partly(state, state, blocks(model, "8"), BlockShare("first", 2, 6))


@pytest.mark.parametrize(
    ("model", "head"),
    [
        (nn.Sequential(nn.Flatten(), nn.Linear(4, 2)), "1"),
        (nn.Sequential(nn.Linear(9, 4), nn.ReLU(), nn.Linear(4, 2)), "2"),
    ],
)
def test_refuses_networks_whose_blocks_cannot_be_told_apart(model: nn.Module, head: str) -> None:
    with pytest.raises(SpecError, match=f"wanted two blocks or more before the head {head}, got none"):
        blocks(model, head)
