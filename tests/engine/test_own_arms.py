"""An arm of one's own: what it may choose to learn, and what it may do after training."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.engine.made_cells import CELL, about, arm, logits, untrained
from tests.tiny import register, tiny_plan
from torch import nn

from shiftprobe.core import seeding
from shiftprobe.core.errors import SpecError
from shiftprobe.core.types import Cell, Condition
from shiftprobe.engine import networks
from shiftprobe.engine.cell import make_arm
from shiftprobe.engine.setup import Setup
from shiftprobe.models.formats.checkpoint import state_digest
from shiftprobe.train.arms import ARMS, Arm, Context, Layers
from shiftprobe.train.arms.base import random_draw

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def setup(made: Setup, tmp_path: Path) -> Setup:
    return untrained(made, tmp_path / "run")


def averaged(model: nn.Module, context: Context) -> None:
    """Halfway between the weights of the random draw and those at the end of training."""
    assert not any(part.training for part in model.modules())
    state = model.state_dict()
    for name, value in context.start.fresh.items():
        if value.is_floating_point():
            state[name].lerp_(value, 0.5)


def mine(monkeypatch: pytest.MonkeyPatch, setup: Setup, **keys: Any) -> Setup:
    """A setup that knows an arm called `mine`, from the random draw unless it says otherwise."""
    register(
        monkeypatch, ARMS, Arm(**{"name": "mine", "about": "mine", "begin": random_draw, "learns": ("all",), **keys})
    )
    return replace(setup, versions=replace(setup.versions, arms={**setup.versions.arms, "mine": "0"}))


def test_weights_can_be_averaged_after_training_and_come_back_so(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    setup = mine(monkeypatch, setup, after=averaged)
    plain, changed, again = (arm(setup, CELL, name).state_dict() for name in ("scratch", "mine", "mine"))
    fresh = networks.fresh(setup, 10, seeding.integer(0, "init")).state_dict()
    for name, value in plain.items():
        if value.is_floating_point():
            torch.testing.assert_close(changed[name], (value + fresh[name]) / 2)
    assert state_digest(changed) == state_digest(again) != state_digest(plain)
    assert about(setup, CELL, "mine")["pairing"] == about(setup, CELL, "scratch")["pairing"]


def test_what_follows_training_follows_the_best_epoch_too(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    def at_zero(model: nn.Module, _: Context) -> None:
        for weight in model.get_submodule("head").parameters():
            weight.data.zero_()

    setup = mine(monkeypatch, setup, after=at_zero)
    train = setup.spec.train.model_copy(update={"epochs": 8, "lr": 0.02})
    long = replace(setup, spec=setup.spec.model_copy(update={"train": train}))
    for seed in range(5):
        made, again = (make_arm(long, replace(CELL, seed=seed), "mine", networks.source(long)) for _ in range(2))
        if made.best is not made.model:
            for one in (made.model, made.best, again.model, again.best):
                assert one is not None
                assert not any(weight.any() for weight in one.get_submodule("head").parameters())
            assert logits(long, made.best) == logits(long, again.best)
            return
    pytest.fail("no seed was best before its last epoch")


def test_an_arm_that_trains_nothing_sees_the_targets_training_images_without_labels(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Context] = []
    setup = mine(monkeypatch, setup, learns=(), after=lambda _, context: given.append(context))
    arm(setup, Cell("rotation", 0.5), "mine")
    (context,) = given
    np.testing.assert_array_equal(context.images, np.load(setup.run.images(Condition("rotation", 0.5)))[: setup.pool])
    assert {one.name for one in fields(context)} == {"start", "images", "preprocess", "device"}


def test_an_arm_chooses_which_parameters_learn_and_how_fast(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    def but_the_first(layers: Layers) -> dict[str, float]:
        assert layers.head == "head"
        return dict.fromkeys(layers.parameters[:3], 0.0)

    setup = mine(monkeypatch, setup, learns=(but_the_first,))
    state = arm(setup, CELL, "mine").state_dict()
    fresh = networks.fresh(setup, 10, seeding.integer(0, "init"))
    still = {name for name, value in fresh.named_parameters() if torch.equal(value, state[name])}
    assert still == {name for name, _ in list(fresh.named_parameters())[:3]}


@pytest.mark.parametrize(
    ("factors", "words"),
    [
        ({"heda.weight": 0.5}, "arm mine: wanted parameters of the network.* got heda.weight: 0.5"),
        ({"head.weight": -1.0}, "got head.weight: -1.0"),
        ({"head.weight": float("nan")}, "got head.weight: nan"),
        (None, "arm mine: wanted a phase in which something learns, got none"),
    ],
)
def test_a_choice_that_cannot_be_trained_is_refused(
    factors: dict[str, float] | None, words: str, setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup = mine(monkeypatch, setup, learns=(lambda layers: factors or dict.fromkeys(layers.parameters, 0.0),))
    with pytest.raises(SpecError, match=words):
        arm(setup, CELL, "mine")


def test_planning_hands_on_what_an_arm_of_ones_own_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, ARMS, Arm(name="mine", about="halfway home", begin=random_draw))
    facts = tiny_plan(tmp_path, arms=["scratch", "mine"]).facts
    assert facts.arms_about == {
        "scratch": "random weights, every weight trained on the target", "mine": "halfway home",
    }  # fmt: skip


def test_a_part_that_nobody_knows_is_refused(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    setup = mine(monkeypatch, setup, learns=("haed",))
    with pytest.raises(SpecError, match=r"arm mine: wanted 'all', 'head' or a function of the layers .* got 'haed'"):
        arm(setup, CELL, "mine")
