"""An arm's contract: every registered arm keeps it, and each way of breaking it is found and named."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from shiftprobe.testing import ContractError, check_arm
from shiftprobe.train.arms import ARMS, Arm, Case, Context, Layers, Start, State
from shiftprobe.train.arms.base import body_of_source


@pytest.mark.parametrize("name", ARMS)
def test_every_registered_arm_keeps_its_promises(name: str) -> None:
    check_arm(ARMS[name])


SOUND = Arm(name="handmade", about="transfer, then halfway back", begin=body_of_source, learns=("all",))


def halfway_back(model: nn.Module, context: Context) -> None:
    """Weights averaged with those it began from."""
    with torch.no_grad():
        begun, state = body_of_source(context.start), model.state_dict()
        for name, value in begun.items():
            if value.is_floating_point():
                state[name].lerp_(value.to(state[name].device), 0.5)


def but_the_first_block(layers: Layers) -> Mapping[str, float]:
    return {name: 0.0 for name in layers.parameters if name.startswith("blocks.0.")}


def slower_below(layers: Layers) -> Mapping[str, float]:
    """A rate for each layer: the deeper, the nearer to the whole rate."""
    return {name: 0.8 ** (len(layers.parameters) - i) for i, name in enumerate(layers.parameters)}


@pytest.mark.parametrize(
    "changes",
    [
        {"after": halfway_back},
        {"learns": (but_the_first_block,)},
        {"learns": (slower_below,)},
        {"learns": ("head", but_the_first_block, "all")},
    ],
    ids=["averaged", "frozen prefix", "layer-wise rates", "three phases"],
)
def test_a_sound_arm_of_a_third_party_passes(changes: dict[str, Any]) -> None:
    check_arm(replace(SOUND, **changes))


def in_place(start: Start) -> State:
    state = dict(start.fresh)
    for key, value in body_of_source(start).items():
        state[key].copy_(value)
    return state


def at_the_source(start: Start) -> State:
    for value in start.source.values():
        value.mul_(2)
    return body_of_source(start)


def by_chance(start: Start) -> State:
    return {key: value + torch.randn(()) if value.ndim > 1 else value for key, value in body_of_source(start).items()}


def from_the_stream(start: Start) -> State:
    torch.randn(3)
    return body_of_source(start)


def without_the_head(start: Start) -> State:
    return {key: value for key, value in body_of_source(start).items() if not key.startswith(start.head)}


def in_double(start: Start) -> State:
    return {key: value.double() for key, value in body_of_source(start).items()}


def infinite(start: Start) -> State:
    return {key: value / 0 if value.is_floating_point() else value for key, value in body_of_source(start).items()}


def failing(_: Start) -> State:
    raise KeyError("stem.weight")


def awake(model: nn.Module, context: Context) -> None:
    halfway_back(model, context)
    model.train()


def spoiling(model: nn.Module, context: Context) -> None:
    halfway_back(model, context)
    for value in context.start.source.values():
        value.zero_()


def moving(model: nn.Module, context: Context) -> None:
    halfway_back(model, context)
    torch.randn(1)


def talkative(case: Case) -> str:
    return "" if case.batch_norm else "no batch norm,\nso nothing to do"


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "a name with blanks": ({"name": "My Arm"}, "the name must be lower case letters, digits and _"),
    "two lines about it": ({"about": "one\ntwo"}, "what it is about is one line"),
    "never there": ({"unavailable": lambda _: "not today"}, "must apply where .* got 'not today'"),
    "a reason of two lines": ({"unavailable": talkative}, "why it cannot apply is one line"),
    "transfer under another name": ({}, "its weights after training are those of 'transfer'"),
    "linear_probe under another name": ({"learns": ("head",)}, "are those of 'linear_probe'"),
    "lp_ft under another name": ({"learns": ("head", "all")}, "are those of 'lp_ft'"),
    "a hook that does nothing": ({"after": lambda *_: None}, "are those of 'transfer'"),
    "rates that are all the same": (
        {"learns": (lambda layers: dict.fromkeys(layers.parameters, 1.0),)}, "are those of 'transfer'",
    ),
    "written into the draw": ({"begin": in_place}, "the weights that it begins from must not change"),
    "written into the checkpoint": ({"begin": at_the_source}, "the weights that it begins from must not change"),
    "by chance": ({"begin": by_chance}, "the same start must give the same beginning"),
    "a stream that moves": ({"begin": from_the_stream}, "torch's own stream of random numbers must not move"),
    "no head": ({"begin": without_the_head}, "every parameter and buffer of the target's model"),
    "another type": ({"begin": in_double}, "in its shape and type"),
    "infinite weights": ({"begin": infinite}, "must begin with finite weights"),
    "a beginning that fails": ({"begin": failing}, "it cannot begin: KeyError: 'stem.weight'"),
    "nothing that learns": (
        {"learns": (lambda layers: dict.fromkeys(layers.parameters, 0.0),)},
        "cannot be trained: arm handmade: wanted a phase",
    ),
    "left in training mode": ({"after": awake}, "must stay in evaluation mode"),
    "a start that the hook changes": ({"after": spoiling}, "the weights that it begins from must not change"),
    "a stream that the hook moves": ({"after": moving}, "torch's own stream of random numbers must not move"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_promise_is_found_and_named(fault: str) -> None:
    keys, words = BROKEN[fault]
    with pytest.raises(ContractError, match=words) as told:
        check_arm(replace(SOUND, **keys))
    assert str(told.value).startswith(f"arm {keys.get('name', 'handmade')!r}: ")
