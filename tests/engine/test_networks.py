"""Networks that a setup asks for: fresh, redrawn, a control, the user's own, and the source as it is trained."""

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.tiny import tiny_plan
from torch import nn

from shiftprobe.core.errors import CheckpointError
from shiftprobe.core.reading import read_json
from shiftprobe.core.types import IDENTITY
from shiftprobe.engine import networks, source_model
from shiftprobe.engine.networks import checkpoint, fresh, random_control, redrawn, start
from shiftprobe.engine.setup import Setup
from shiftprobe.engine.shifted_sets import Dose, write_set
from shiftprobe.engine.source_model import make_source
from shiftprobe.models.formats.checkpoint import save_state, state_digest
from shiftprobe.shifts import find
from shiftprobe.train.watching import Training


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    return tiny_plan(tmp_path_factory.mktemp("runs"), source__epochs=3, source__images=100).setup


@pytest.fixture
def setup(planned: Setup, tmp_path: Path) -> Setup:
    """With images of the source that are each its own number."""
    run = replace(planned.run, path=tmp_path / "run")
    many = len(planned.source_labels)
    images = [np.full((8, 8, 1), number % 256, np.uint8) for number in range(many)]
    write_set(run.sets / "source.npy", images, np.arange(many), planned.preprocess, Dose(find(IDENTITY), 0.0, 0))
    return replace(planned, run=run)


def digest(model: nn.Module) -> str:
    return state_digest(model.state_dict())


def own() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10), nn.LayerNorm(10))


def test_a_seed_draws_the_same_network_and_another_seed_another(setup: Setup) -> None:
    assert digest(fresh(setup, 10, 3)) == digest(fresh(setup, 10, 3)) != digest(fresh(setup, 10, 4))
    assert fresh(setup, 7, 3).get_parameter("head.weight").shape[0] == 7


def test_a_model_in_memory_is_drawn_anew_and_stays_as_it_was() -> None:
    model = own()
    model.get_parameter("2.weight").data.fill_(5.0)
    before, state = digest(model), torch.random.get_rng_state()
    twins = [redrawn(model, seed) for seed in (0, 0, 1)]
    assert digest(model) == before
    assert torch.equal(torch.random.get_rng_state(), state)
    assert digest(twins[0]) == digest(twins[1]) != digest(twins[2])
    assert twins[0].get_parameter("2.weight").tolist() == [1.0] * 10  # what a layer norm begins with


def test_the_control_has_the_checkpoints_classes_and_no_seed_moves_it(setup: Setup) -> None:
    wide = replace(setup, source_classes=12)
    assert random_control(wide).get_parameter("head.weight").shape[0] == 12
    assert digest(random_control(wide)) == digest(random_control(wide))
    other = replace(wide, spec=wide.spec.model_copy(update={"data_seed": 9}))
    assert digest(random_control(other)) != digest(random_control(wide))


def test_a_control_whose_head_begins_with_zeros_answers(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    made = fresh(setup, 10, 3)
    nn.init.zeros_(made.get_parameter("head.weight"))
    monkeypatch.setattr(networks, "fresh", lambda *_: copy.deepcopy(made))
    before, state = digest(made), torch.random.get_rng_state()
    controls = [random_control(replace(setup, source_classes=10)) for _ in range(2)]
    assert digest(controls[0]) == digest(controls[1]) != before
    assert 0.01 < controls[0].get_parameter("head.weight").std() < 0.03
    assert torch.equal(torch.random.get_rng_state(), state)


def test_a_checkpoint_that_somebody_brings_is_read_from_their_file(setup: Setup, tmp_path: Path) -> None:
    theirs = fresh(setup, 10, 5)
    (tmp_path / "mine.safetensors").write_bytes(save_state(theirs))
    model = setup.spec.model.model_copy(update={"weights": "mine.safetensors"})
    spec = setup.spec.model_copy(update={"model": model, "base": tmp_path})
    brought = replace(setup, spec=spec)
    assert digest(checkpoint(brought)) == digest(theirs)
    with pytest.raises(CheckpointError, match=r"mine\.safetensors"):
        checkpoint(replace(brought, source_classes=11))
    module = own()
    assert checkpoint(replace(brought, module=module)) is module


def test_an_arm_may_begin_from_the_fresh_network_and_the_checkpoint(setup: Setup) -> None:
    model, source = fresh(setup, 10, 1), fresh(setup, 10, 2)
    keeping = setup.spec.model.model_copy(update={"head": "source"})
    begun = start(replace(setup, spec=setup.spec.model_copy(update={"model": keeping})), model, source, 8)
    assert (state_digest(begun.fresh), state_digest(begun.source)) == (digest(model), digest(source))
    assert (begun.head, begun.source_head, begun.keep_head, begun.seed) == ("head", "head", True, 8)
    assert begun.columns == setup.columns
    assert not start(setup, model, source, 8).keep_head


def test_the_source_is_trained_on_its_own_images_for_its_own_epochs(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    met: dict[str, Any] = {}

    def fit(model: nn.Module, data: Any, preprocess: object, train: Any, **options: Any) -> Training:
        met.update(data=data, preprocess=preprocess, train=train, began=digest(model), **options)
        return Training(loss=(2.0, 1.0), scores=(), best=None)

    monkeypatch.setattr(source_model, "fit", fit)
    make_source(setup)
    assert setup.source_train == len(met["data"].labels) == len(met["data"].images) == 100
    assert met["data"].images[:, 0, 0, 0].tolist() == list(range(100))
    np.testing.assert_array_equal(met["data"].labels, setup.source_labels[:100])
    assert (met["train"].epochs, met["seed"], met["device"]) == (3, 0, "cpu")
    assert met["preprocess"] == setup.preprocess
    told = read_json(setup.run.source / "about.json")
    assert told["loss"] == [2.0, 1.0]
    assert told["weights"] == met["began"] == digest(networks.source(setup))
    assert told["accuracy"]["n"] == len(setup.source_labels) - 100
    monkeypatch.setattr(source_model, "fit", None)  # whoever trained again would fail
    make_source(setup)


def test_a_source_without_images_or_training_says_so(setup: Setup) -> None:
    module = own()
    alone = replace(setup, module=module, source_labels=np.empty(0, np.int64), source_train=0)
    make_source(alone)
    told = read_json(setup.run.source / "about.json")
    assert (told["accuracy"], told["loss"], told["weights"]) == (None, [], digest(module))
