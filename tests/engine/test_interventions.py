"""Arms with changes on real digits: what is trained, what is judged, what is made once, and what a fault leaves."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.engine.made_cells import CELL, arm, logits, untrained

from shiftprobe.core.arrays import read_arrays
from shiftprobe.core.errors import RunError, SpecError, UnknownNameError
from shiftprobe.core.reading import read_json
from shiftprobe.engine import networks
from shiftprobe.engine.changes.labelled import keep_suspects
from shiftprobe.engine.code_version import ROOT, TRAINS
from shiftprobe.engine.interventions import Unit, made_of, make_unit, open_units, with_arms
from shiftprobe.engine.other_sources import keep_source
from shiftprobe.engine.perform_units import run_unit
from shiftprobe.engine.setup import Setup
from shiftprobe.engine.source_tree import reached

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def setup(made: Setup, tmp_path: Path) -> Setup:
    return untrained(made, tmp_path / "run")


def unit(name: str) -> Unit:
    return Unit(cell=CELL, arm=name)


def test_an_arm_without_a_change_answers_as_the_run_s_own_does(setup: Setup) -> None:
    make_unit(setup, unit("transfer"))
    found = read_arrays(setup.run.intervention(CELL, "transfer") / "arrays.npz")
    said = np.frombuffer(logits(setup, arm(setup, CELL, "transfer")), np.float32).reshape(len(found["labels"]), -1)
    np.testing.assert_array_equal(found["transfer"], said.argmax(1))


def test_a_unit_is_whole_is_made_once_and_gives_the_same_bytes_again(setup: Setup) -> None:
    name = "transfer~steps3"
    (todo,) = open_units(setup, [unit(name), unit(name)])
    make_unit(setup, todo)
    assert open_units(setup, [todo]) == []
    folder = setup.run.intervention(CELL, name)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    about = read_json(folder / "about.json")
    assert (len(about["loss"]), about["recipe"]["epochs"], about["failed"]) == (3, 3, "")
    top1 = next(row for row in read_json(folder / "rows.json") if row["metric"] == "top1")
    assert (top1["arm"], top1["probe"], top1["n"]) == (name, "intervention", len(setup.labels) - setup.pool)
    assert top1["low"] < top1["value"] < top1["high"]
    (folder / "rows.json").write_bytes(b"other")
    assert open_units(setup, [todo]) == [todo]
    make_unit(setup, todo)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_a_change_that_does_otherwise_today_is_made_again_and_moves_no_arm_of_a_run(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = unit("linear_probe~lr10")
    make_unit(setup, one)
    assert open_units(setup, [one]) == []
    monkeypatch.setattr("shiftprobe.engine.interventions.version_of", lambda *_: "f" * 64)
    assert open_units(setup, [one]) == [one]
    assert not {module.name for module in reached(ROOT, TRAINS) if "changes" in module.name}


def test_what_is_no_training_is_refused_before_anything_is_done(setup: Setup) -> None:
    for wrong, error in (
        ("transfer~blue", SpecError),
        ("zero_shot~lr10", SpecError),
        ("nobody~lr10", UnknownNameError),
    ):
        with pytest.raises(error):
            open_units(setup, [unit(wrong)])
    with pytest.raises(SpecError, match="seed"):
        open_units(setup, [Unit(cell=replace(CELL, seed=None), arm="transfer~lr10")])


def test_changes_are_made_one_after_the_other_to_an_arm_that_the_run_need_not_hold(setup: Setup) -> None:
    one = unit("linear_probe@scratch~lr0.1~labels0.5")
    whole = made_of(with_arms(setup, [one]), one)
    plain = setup.recipe("scratch", len(setup.parts(CELL)[0]))
    assert whole.recipe == replace(plain, lr=0.1 * plain.lr)
    assert whole.train.tolist() == setup.parts(CELL)[0][:16].tolist()
    assert (whole.arm.learns, whole.validation.tolist()) == (("head",), setup.parts(CELL)[1].tolist())


def test_a_fault_stays_in_its_unit_with_its_reason_and_is_tried_again(setup: Setup) -> None:
    one = unit("transfer~clean")
    ended = run_unit(setup, one)
    assert "suspected labels" in ended.error
    assert setup.run.intervention_error(CELL, one.arm).read_text().startswith("Traceback")
    (row,) = read_json(setup.run.intervention(CELL, one.arm) / "rows.json")
    assert (row["value"], "suspected labels" in row["reason"]) == (None, True)
    assert open_units(setup, [one]) == [one]
    suspected = np.zeros(setup.pool, bool)
    suspected[setup.parts(CELL)[0][-3:]] = True
    keep_suspects(setup, suspected)
    assert run_unit(setup, one).error == ""
    assert not setup.run.intervention_error(CELL, one.arm).exists()
    assert open_units(setup, [one]) == []
    keep_suspects(setup, np.roll(suspected, 1))
    assert open_units(setup, [one]) == [one]  # other suspects, another training


def test_an_arm_begins_from_the_source_model_that_a_change_asks_for(setup: Setup) -> None:
    one, other = unit("transfer~repaired"), networks.fresh(setup, setup.source_classes, 5)
    with pytest.raises(RunError, match="wanted the source model repaired"):
        make_unit(setup, one)
    keep_source(setup, "repaired", networks.source(setup))
    make_unit(setup, one)
    make_unit(setup, unit("transfer"))
    ours, theirs = (
        read_arrays(setup.run.intervention(CELL, name) / "arrays.npz")[name] for name in (one.arm, "transfer")
    )
    np.testing.assert_array_equal(ours, theirs)  # nothing was repaired in it
    assert open_units(setup, [one]) == []
    keep_source(setup, "repaired", other)
    assert open_units(setup, [one]) == [one]
