"""What a run folder says of itself, and the images that are made for it; no cell is done."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from tests.tiny import tiny_plan

from shiftprobe.core.errors import RunError
from shiftprobe.core.files import write_folder
from shiftprobe.core.monitor import Monitor, Silent
from shiftprobe.core.types import UNSHIFTED, Cell, Condition
from shiftprobe.engine import perform as performing
from shiftprobe.engine.perform import perform, write_sets
from shiftprobe.engine.plan import Given, Plan
from shiftprobe.engine.reopen import reopen


@dataclass
class Telling:
    """A monitor that keeps what it is told."""

    told: list[object] = field(default_factory=list)

    def begin(self, what: str, steps: int) -> None:
        self.told.append((what, steps))

    def step(self) -> None:
        self.told.append("step")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """A run whose cells are nothing and whose images are all there is."""

    def only_sets(
        _setup: object,
        cells: Iterable[Cell],
        make_sets: Callable[[Iterable[Cell], Monitor], None],
        monitor: Monitor,
        _workers: int | None,
        *,
        allowed: object,
    ) -> list[Cell]:
        make_sets(cells, monitor)
        return [] if allowed is None else list(cells)

    monkeypatch.setattr(performing, "execute", only_sets)
    monkeypatch.setattr(performing, "write_gallery", lambda *_: None)
    ready = tiny_plan(tmp_path / "runs")
    assert perform(ready, Silent()) == ready.setup.run
    return ready


def read(ready: Plan, name: str) -> Any:
    return json.loads((ready.setup.run.path / name).read_bytes())


def test_the_spec_is_there_twice_and_says_the_same(run: Plan) -> None:
    text = (run.setup.run.path / "spec.yaml").read_text()
    assert yaml.safe_load(text) == read(run, "spec.json")
    assert read(run, "spec.json")["target"] == {"data": "digits:uci", "budgets": [40], "test": 0.4}
    assert text.startswith("name: tiny\n")


def test_the_environment_says_with_what_and_where(run: Plan) -> None:
    told = read(run, "environment.json")
    assert set(told["versions"]) >= {"shiftprobe", "torch", "numpy", "albumentations"}
    assert told["device"] == "cpu"
    assert Path(told["base"]).is_absolute()
    assert len(told["code"]) == 12


def test_images_that_trained_are_told_by_their_content_and_those_that_tested_are_not(run: Plan) -> None:
    trained, parts = read(run, "trained.json"), run.split
    assert run.source is not None
    assert trained == sorted(set(trained))
    theirs = {run.target.hashes[i] for i in parts.target_train} | {run.source.hashes[i] for i in parts.source_train}
    assert set(trained) == theirs
    assert not {run.target.hashes[i] for i in parts.target_test} & theirs


def test_every_dose_has_its_images_and_a_sample_of_one_per_class_eight_at_most(run: Plan) -> None:
    setup = run.setup
    assert {file.name for file in setup.run.sets.glob("*.npy")} == {
        "held_out.npy", "source.npy", "identity~0.0.npy", "rotation~0.5.npy"
    }  # fmt: skip
    clean, moved = (np.load(setup.run.sets / f"{name}.npy") for name in ("identity~0.0", "rotation~0.5"))
    assert clean.shape == moved.shape == (len(setup.labels), 8, 8, 1)
    assert not np.array_equal(clean, moved)
    samples = np.load(setup.run.samples(Condition("rotation", 0.5)))
    assert samples["labels"].tolist() == list(range(8))
    test = run.split.target_test.tolist()
    firsts = [next(i for i in test if run.target.labels[i] == label) for label in range(8)]
    plain = np.load(setup.run.samples(UNSHIFTED))
    for place, image in enumerate(firsts):
        np.testing.assert_array_equal(plain[str(place)], run.target.images[image])
        assert not np.array_equal(samples[str(place)], run.target.images[image])


def test_images_of_the_source_train_first_and_the_held_out_ones_lie_apart(run: Plan) -> None:
    setup, parts = run.setup, run.split
    assert run.source is not None
    whole, apart = (np.load(setup.run.sets / f"{name}.npy") for name in ("source", "held_out"))
    assert len(whole) == len(parts.source_train) + len(parts.source_test)
    np.testing.assert_array_equal(whole[0], run.source.images[parts.source_train[0]])
    np.testing.assert_array_equal(apart, whole[len(parts.source_train) :])


def test_images_of_a_source_that_is_trained_are_not_made_again(tmp_path: Path) -> None:
    ready = tiny_plan(tmp_path)
    write_folder(ready.setup.run.source, {"about.json": b"{}"}, {})
    telling = Telling()
    write_sets(ready, [Cell("rotation", 0.5), Cell("rotation", 0.5, 40, 0)], telling)
    assert not (ready.setup.run.sets / "source.npy").exists()
    assert (ready.setup.run.sets / "held_out.npy").exists()
    assert Counter(telling.told) == {("shifted images", 3): 1, "step": 3}


def test_a_run_that_is_there_is_planned_again_with_further_probes(run: Plan) -> None:
    path = run.setup.run.path
    again = reopen(path, ["calibration", "cka"], Given(out=Path("elsewhere"), command="shiftprobe probe"))
    assert again.setup.run == run.setup.run
    assert again.setup.spec.probes == (*run.setup.spec.probes, "calibration")
    assert again.facts.command == run.facts.command
    assert again.setup.spec.taps == run.setup.spec.taps
    assert reopen(path, [], Given(), taps="all").setup.spec.taps == "all"


def test_a_run_of_other_data_or_code_is_not_opened(run: Plan) -> None:
    path = run.setup.run.path
    other = path.rename(path.with_name("tiny-00000000"))
    with pytest.raises(RunError, match=f"would make {path.name}.*make the run again with: shiftprobe sweep"):
        reopen(other, [], Given())
