from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.engine.made_cells import CELL, about, arm, logits, untrained

from shiftprobe.core.files import intact
from shiftprobe.core.reading import read_json
from shiftprobe.core.types import Cell
from shiftprobe.engine import cell as cells
from shiftprobe.engine import networks
from shiftprobe.engine.cell import Made, arm_folder, make_arm
from shiftprobe.engine.setup import Setup
from shiftprobe.engine.source_model import make_source
from shiftprobe.models.formats.checkpoint import state_digest
from shiftprobe.spec.training import Train

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def setup(made: Setup, tmp_path: Path) -> Setup:
    return untrained(made, tmp_path / "run")


def test_two_arms_of_a_seed_are_paired_and_two_seeds_differ(setup: Setup) -> None:
    pairings = {}
    for seed in (0, 1):
        for name in ("scratch", "transfer"):
            arm(setup, replace(CELL, seed=seed), name)
            pairings[seed, name] = about(setup, replace(CELL, seed=seed), name)["pairing"]
    assert set(pairings[0, "scratch"]) == {"split", "order", "head"}
    assert pairings[0, "scratch"] == pairings[0, "transfer"]
    assert pairings[1, "scratch"] == pairings[1, "transfer"]
    for what in ("split", "order", "head"):
        assert pairings[0, "scratch"][what] != pairings[1, "scratch"][what]


def test_one_seed_keeps_images_order_and_head_at_every_dose(setup: Setup) -> None:
    arm(setup, CELL, "scratch")
    arm(setup, Cell("identity", 0.0, 40, 0), "scratch")
    assert about(setup, CELL, "scratch")["pairing"] == about(setup, Cell("identity", 0.0, 40, 0), "scratch")["pairing"]


def test_arms_of_a_seed_say_that_they_saw_the_same_crops(setup: Setup) -> None:
    augmented = Train(epochs=1, device="cpu", aug="trivial", scale=0.5, mixup=0.2)
    varied = replace(setup, spec=setup.spec.model_copy(update={"train": augmented}))
    crops = set()
    for seed in (0, 1):
        for name in ("scratch", "transfer"):
            arm(varied, replace(CELL, seed=seed), name)
            crops.add(about(varied, replace(CELL, seed=seed), name)["pairing"]["crops"])
    assert len(crops) == 2


def test_a_larger_budget_only_adds_images(setup: Setup) -> None:
    small, large = (setup.train_index(replace(CELL, budget=budget)) for budget in (20, 40))
    np.testing.assert_array_equal(large[:20], small)
    assert np.bincount(setup.labels[small], minlength=10).tolist() == [2] * 10
    assert set(large) <= set(range(setup.pool))


def test_kept_weights_look_exactly_as_the_trained_model_did(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    trained = arm(setup, CELL, "transfer")
    folder = arm_folder(setup, CELL, "transfer")
    assert intact(folder)
    written = (folder / "model.safetensors").stat().st_mtime_ns
    monkeypatch.setattr(cells, "learn", None)  # whoever trained again would fail
    again = arm(setup, CELL, "transfer")
    assert logits(setup, again) == logits(setup, trained)
    assert (folder / "model.safetensors").stat().st_mtime_ns == written


@pytest.mark.parametrize("damage", ["lost", "changed"])
def test_damaged_weights_are_trained_again_to_the_same_bits(damage: str, setup: Setup) -> None:
    first = state_digest(arm(setup, CELL, "scratch").state_dict())
    file = arm_folder(setup, CELL, "scratch") / "model.safetensors"
    whole = file.read_bytes()
    if damage == "lost":
        file.unlink()
    else:
        file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert state_digest(arm(setup, CELL, "scratch").state_dict()) == first
    assert file.read_bytes() == whole


def test_without_kept_weights_the_arm_is_trained_again_to_the_same_bits(setup: Setup) -> None:
    spec = setup.spec.model_copy(update={"keep": "none"})
    frugal = replace(setup, spec=spec)
    first = arm(frugal, CELL, "scratch")
    assert not (arm_folder(frugal, CELL, "scratch") / "model.safetensors").exists()
    assert state_digest(arm(frugal, CELL, "scratch").state_dict()) == state_digest(first.state_dict())


def test_a_diverged_arm_is_its_reason_now_and_when_asked_again(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    train = setup.spec.train.model_copy(update={"lr": 1e30, "epochs": 2})
    wild = replace(setup, spec=setup.spec.model_copy(update={"train": train}))
    first = make_arm(wild, CELL, "scratch", networks.source(wild))
    assert first == Made(failed="training diverged at epoch 2, lr 1e+30; try a smaller train.lr")
    assert not (arm_folder(wild, CELL, "scratch") / "model.safetensors").exists()
    monkeypatch.setattr(cells, "learn", None)
    assert make_arm(wild, CELL, "scratch", networks.source(wild)) == first
    assert about(wild, CELL, "scratch")["pairing"]


def tuned(setup: Setup, **train: Any) -> Setup:
    whole = Train.model_validate({**setup.spec.train.model_dump(), **train})
    return replace(setup, spec=setup.spec.model_copy(update={"train": whole}))


def test_the_validation_part_is_taken_out_of_the_budget_and_nothing_else(setup: Setup) -> None:
    train, validation = setup.parts(CELL)
    np.testing.assert_array_equal(np.concatenate([train, validation]), setup.train_index(CELL))
    assert (len(train), len(validation)) == (32, 8)
    assert max(validation) < setup.pool
    assert set(setup.labels[train]) == set(range(10))
    arm(setup, CELL, "scratch")
    told = about(setup, CELL, "scratch")
    assert (told["images"], told["validation_images"], len(told["validation"])) == (32, 8, 1)


def test_two_images_per_class_leave_a_training_image_of_every_class(setup: Setup) -> None:
    train, validation = tuned(setup, validation=0.5).parts(replace(CELL, budget=20))
    assert set(setup.labels[train]) == set(range(10))
    assert len(validation) == 10
    train, validation = setup.parts(replace(CELL, budget=10))
    assert (len(train), len(validation)) == (10, 0)


def test_the_best_epoch_is_kept_beside_the_last_and_comes_back_the_same(setup: Setup) -> None:
    long = tuned(setup, epochs=8, lr=0.02)
    source = networks.source(long)
    for seed in range(5):
        cell = replace(CELL, seed=seed)
        made, again = (make_arm(long, cell, "transfer", source) for _ in range(2))
        told = about(long, cell, "transfer")
        scores = told["validation"]
        assert scores[told["best_epoch"] - 1] == max(scores)
        for one in (made, again):
            assert one.model is not None
            assert one.best is not None
            assert (one.best is one.model) == (told["best_epoch"] == 8)
        assert logits(long, made.best) == logits(long, again.best)
        if told["best_epoch"] < 8:
            assert logits(long, made.best) != logits(long, made.model)
            return
    pytest.fail("no seed was best before its last epoch")


def test_without_a_validation_part_no_epoch_is_the_best(setup: Setup) -> None:
    made = make_arm(tuned(setup, validation=0.0), CELL, "scratch", networks.source(setup))
    assert made.model is not None
    assert made.best is None


def test_an_untrained_arm_is_the_checkpoint_and_paired_by_nothing(setup: Setup) -> None:
    look = Cell("rotation", 0.5)
    model, source = arm(setup, look, "zero_shot"), networks.source(setup)
    assert state_digest(model.state_dict()) == state_digest(source.state_dict())  # the same classes in the same order
    assert about(setup, look, "zero_shot")["pairing"] == {}
    assert "loss" not in about(setup, look, "zero_shot")


def test_a_source_that_is_there_and_whole_is_left_alone(made: Setup) -> None:
    before = (made.run.source / "model.safetensors").stat().st_mtime_ns
    make_source(made)
    assert (made.run.source / "model.safetensors").stat().st_mtime_ns == before
    told = read_json(made.run.source / "about.json")
    assert 0 <= told["accuracy"]["low"] <= told["accuracy"]["value"] <= told["accuracy"]["high"] <= 1
    assert told["accuracy"]["n"] == len(made.source_labels) - made.source_train
    assert told["weights"] == state_digest(networks.source(made).state_dict())
