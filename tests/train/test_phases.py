"""A phase of a training: which parameters learn, and how fast."""

from pathlib import Path

import pytest
from torch import nn

from shiftprobe import data
from shiftprobe.models.build import build
from shiftprobe.models.formats.checkpoint import state_digest
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.spec.recipe import Recipe
from shiftprobe.train.loop import WHOLE, fit
from shiftprobe.train.optimizer import Phase
from shiftprobe.train.pixels import Labelled

pytestmark = pytest.mark.usefixtures("one_thread")

PREPROCESS = Preprocess(8, 1, (0.3,), (0.38,))
BRIEF = Recipe(epochs=2, batch=16)


@pytest.fixture(scope="module")
def some() -> Labelled:
    bundle = data.load("digits:uci", Path())
    return Labelled(PREPROCESS.images(bundle.images[:60]), bundle.labels[:60])


def network() -> nn.Module:
    return build("small_cnn", classes=10, channels=1, size=8, seed=0)


def moved(some: Labelled, phase: Phase, train: Recipe = BRIEF) -> dict[str, float]:
    """How far each parameter and buffer went in a training, at most; those that stood still are left out."""
    model = network()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    fit(model, some, PREPROCESS, train, seed=0, device="cpu", phases=[phase])
    ways = {name: float((value - before[name]).abs().max()) for name, value in model.state_dict().items()}
    return {name: way for name, way in ways.items() if way}


def test_a_frozen_prefix_stands_still_with_its_batch_statistics(some: Labelled) -> None:
    prefix = tuple(f"blocks.{i}." for i in range(3))
    frozen = {name: 0.0 for name, _ in network().named_parameters() if name.startswith(prefix)}
    went = moved(some, Phase("", frozen))
    assert frozen
    assert set(went) == {name for name in network().state_dict() if not name.startswith(prefix)}
    assert any("running_mean" in name for name in went)


def test_a_block_that_learns_in_part_keeps_its_batch_statistics(some: Labelled) -> None:
    normalisation = [name for name in network().state_dict() if name.startswith("blocks.0.2.")]
    went = moved(some, Phase("", {"blocks.0.2.weight": 0.0}))
    assert len(normalisation) == 5
    assert [name for name in normalisation if name in went] == ["blocks.0.2.bias"]


def test_a_factor_is_one_of_the_rate(some: Labelled) -> None:
    """The first step of Adam is the rate itself, whatever the gradient."""
    once = Recipe(epochs=1, batch=64, lr=1e-3)
    went = moved(some, Phase("", {"head.weight": 0.25}), once)
    assert went["head.weight"] == pytest.approx(0.25e-3, rel=1e-3)
    assert went["head.bias"] == pytest.approx(1e-3, rel=1e-3)


def test_factors_of_one_change_nothing(some: Labelled) -> None:
    names = [name for name, _ in network().named_parameters()]
    digests = set()
    for phase in (WHOLE, Phase("", dict.fromkeys(names, 1.0))):
        model = network()
        fit(model, some, PREPROCESS, BRIEF, seed=0, device="cpu", phases=[phase])
        digests.add(state_digest(model.state_dict()))
    assert len(digests) == 1
