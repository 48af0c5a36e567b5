"""What runs of several checkpoints may share, and what moves that: nothing is shared where anything else differs."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.engine.test_plan_each import saved, specs

from shiftprobe.core.monitor import Silent
from shiftprobe.core.reading import read_json
from shiftprobe.core.types import Cell
from shiftprobe.engine import choice
from shiftprobe.engine.cell import arm_folder, finished
from shiftprobe.engine.cost import cost_of
from shiftprobe.engine.execute import missing
from shiftprobe.engine.perform import perform
from shiftprobe.engine.plan import Given, Plan
from shiftprobe.engine.plan_each import plan_each
from shiftprobe.engine.shared_arms import shareable, take_over, trained_elsewhere, without_checkpoint
from shiftprobe.engine.trials import open_trials

ARMS = ["zero_shot", "scratch", "transfer", "frozen_random", "scratch@transfer", "linear_probe"]
STILL = {"shifts": [], "severities": [], "seeds": 1, "probes": ["accuracy"]}


def plans(out: Path, names: list[str], **more: Any) -> tuple[Plan, ...]:
    return plan_each(specs(*names, **more), Given(out=out))


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("weights")
    return [saved(folder, f"{i}.pt", i) for i in range(2)]


def test_arms_from_random_weights_are_shared_and_no_others(tmp_path: Path, names: list[str]) -> None:
    first, second = plans(tmp_path, names, arms=ARMS, seeds=1)
    assert first.setup.identity["weights"] != second.setup.identity["weights"]
    assert without_checkpoint(first.setup) == without_checkpoint(second.setup)
    shared = trained_elsewhere(second.setup, second.cells, [first.setup])
    assert {arm for _, arm in shared} == {"scratch", "frozen_random", "scratch@transfer"}
    assert {cell for cell, _ in shared} == {cell for cell in second.cells if cell.seed is not None}
    assert not trained_elsewhere(second.setup, second.cells, [])


def test_whatever_else_moves_a_training_keeps_it_apart(tmp_path: Path, names: list[str]) -> None:
    one = plans(tmp_path, names)[0].setup
    nine = {"size": 9, "channels": 1, "mean": [0.1], "std": [0.3]}
    others: dict[str, dict[str, Any]] = {
        "recipe": {"train": {"epochs": 2, "device": "cpu"}},
        "preprocessing": {"model": {"checkpoints": names, "preprocess": nine}},
        "split": {"data_seed": 1},
        "target": {"target": {"data": "digits:mnist", "budgets": [40]}},
        "doses": {"severity_scale": "distance"},
    }
    for what, keys in others.items():
        spec = {**keys} if "model" in keys else {**keys, "model": {"checkpoints": names}}
        other = plans(tmp_path, names, **spec)[1].setup
        assert without_checkpoint(other) != without_checkpoint(one), what
    assert without_checkpoint(replace(one, side=32)) != without_checkpoint(one)
    wider = one.spec.model_copy(update={"model": one.spec.model.model_copy(update={"arch": "lite0"})})
    assert without_checkpoint(replace(one, spec=wider)) != without_checkpoint(one)


def test_nothing_is_shared_where_weights_are_not_kept(tmp_path: Path, names: list[str]) -> None:
    ready = plans(tmp_path, names, keep="none")[0]
    assert shareable(ready.setup, ready.cells) == frozenset()


@pytest.mark.usefixtures("one_thread")
def test_trials_are_taken_over_with_the_arm_that_they_chose(tmp_path: Path, names: list[str]) -> None:
    keys = {**STILL, "arms": ["scratch", "transfer", "scratch@transfer"]}
    tuned = {"train": {"epochs": 1, "device": "cpu", "tune": {"lr": [0.001, 0.01]}}}
    first, second = plans(tmp_path, names, **keys, **tuned)
    cell = next(cell for cell in second.cells if cell.seed is not None)
    before = cost_of(second.setup, second.cells, missing(second.setup, second.cells), 1, (1.0, 0.0))
    elsewhere = trained_elsewhere(second.setup, second.cells, [first.setup])
    assert elsewhere == {(cell, "scratch")}  # a trial of transfer chose the recipe of the other
    after = cost_of(second.setup, second.cells, [cell], 1, (1.0, 0.0), elsewhere=elsewhere)
    assert (before.trainings - after.trainings, before.trials - after.trials) == (1, 2)

    perform(first, Silent(), workers=1)
    take_over(second.setup, second.cells, [first.setup], Silent())
    assert finished(second.setup, cell, "scratch")
    assert not (second.setup.run.cell(cell) / "transfer").exists()
    assert {one.arm for one in open_trials(second.setup, [cell])} == {"transfer"}
    assert choice.made_by(second.setup, cell, "scratch") == choice.made_by(first.setup, cell, "scratch")
    _says_where_it_belongs(first, second, cell)


def _says_where_it_belongs(first: Plan, second: Plan, cell: Cell) -> None:
    """The bytes are those of the other run, and the manifest is its own."""
    theirs, ours = (arm_folder(one.setup, cell, "scratch") for one in (first, second))
    told = [read_json(folder / "manifest.json") for folder in (theirs, ours)]
    assert told[0]["files"] == told[1]["files"]
    assert [one["about"]["run"] for one in told] == [one.setup.run.path.name for one in (first, second)]


@pytest.mark.usefixtures("one_thread")
def test_a_damaged_arm_is_not_taken_over(tmp_path: Path, names: list[str]) -> None:
    first, second = plans(tmp_path, names, **STILL, arms=["scratch"])
    perform(first, Silent(), workers=1)
    cell = next(cell for cell in second.cells if cell.seed is not None)
    weights = arm_folder(first.setup, cell, "scratch") / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    take_over(second.setup, second.cells, [first.setup], Silent())
    assert not finished(second.setup, cell, "scratch")
