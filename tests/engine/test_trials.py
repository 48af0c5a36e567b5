"""Trials of arms on real digits: who judges, what is chosen for all seeds, and that no test image chooses."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.engine.made_cells import CELL, about, arm, logits, untrained

from shiftprobe.core.arrays import read_arrays
from shiftprobe.core.errors import RunError
from shiftprobe.core.types import Cell
from shiftprobe.engine import networks
from shiftprobe.engine.cell import finished, make_arm
from shiftprobe.engine.choice import chosen, made_by, tried_as
from shiftprobe.engine.execute import missing
from shiftprobe.engine.setup import Setup
from shiftprobe.engine.trials import ArmTrials, folds, open_trials, tried, try_arm
from shiftprobe.models.formats.checkpoint import state_digest
from shiftprobe.results.trial_scores import SeedScores, choose, read_scores
from shiftprobe.results.trials import read_tuning
from shiftprobe.spec.training import Train

pytestmark = pytest.mark.usefixtures("one_thread")

RATES = (1e-9, 2e-2, 1e30)
SEEDS = (CELL, replace(CELL, seed=1))


def tuned(setup: Setup, tune: dict[str, Any], **train: Any) -> Setup:
    whole = Train.model_validate({**setup.spec.train.model_dump(), **train, "tune": tune})
    return replace(setup, spec=setup.spec.model_copy(update={"train": whole}))


@pytest.fixture(scope="module")
def done(made: Setup, tmp_path_factory: pytest.TempPathFactory) -> Setup:
    """Both arms tried three rates with both seeds in one condition: one that does nothing, one sound, one diverging."""
    setup = tuned(untrained(made, tmp_path_factory.mktemp("tuned") / "run"), {"lr": RATES}, epochs=10)
    for unit in open_trials(setup, [CELL]):
        try_arm(setup, unit, networks.source(setup))
    return setup


def scores(setup: Setup, cell: Cell, name: str) -> SeedScores:
    found = read_scores(setup.run, cell, name)
    assert found is not None
    return found


def test_every_arm_of_every_seed_has_the_same_trials_before_one_cell_is_done(made: Setup, tmp_path: Path) -> None:
    setup = tuned(untrained(made, tmp_path / "run"), {"lr": RATES})
    units = open_trials(setup, [CELL, *SEEDS])
    assert {(one.cell, one.arm) for one in units} == {
        (cell, name) for cell in SEEDS for name in ("scratch", "transfer")
    }
    assert len(units) == 4
    assert open_trials(made, [CELL]) == []
    assert open_trials(setup, [Cell("rotation", 0.5)]) == []


def test_trials_that_are_done_are_done_and_one_that_is_gone_is_tried_to_the_same_bytes(done: Setup) -> None:
    assert open_trials(done, [CELL]) == []
    for folder in (done.run.trials(CELL, "scratch"), done.run.trial_answers(CELL, "scratch")):
        (file,) = (one for one in folder.iterdir() if one.name != "manifest.json")
        before = file.read_bytes()
        file.write_bytes(b"other")
        assert CELL in missing(done, [CELL])
        assert not tried(done, CELL)
        assert tried(done, SEEDS[1])
        (unit,) = open_trials(done, [CELL])
        assert unit == ArmTrials(cell=CELL, arm="scratch")
        try_arm(done, unit, networks.source(done))
        assert file.read_bytes() == before


def test_one_trial_is_chosen_for_all_seeds_and_the_cell_trains_it_as_an_ordinary_recipe(
    done: Setup, tmp_path: Path
) -> None:
    for name in ("scratch", "transfer"):
        found = [scores(done, cell, name) for cell in SEEDS]
        assert [one.values for one in found[0].trials] == [{"lr": rate} for rate in RATES]
        assert all("diverged" in one.trials[2].failed for one in found)
        means = [np.mean([one.trials[i].accuracies[0] for one in found]) for i in (0, 1)]
        assert choose(found) == 1
        assert means[1] > means[0]
        plain = Train.model_validate({**done.spec.train.model_dump(exclude={"tune"}), "lr": RATES[1]})
        alone = replace(
            untrained(done, tmp_path / name), spec=done.spec.model_copy(update={"train": plain}), versions=done.versions
        )
        for cell in SEEDS:
            best = arm(done, cell, name)
            assert state_digest(best.state_dict()) == state_digest(arm(alone, cell, name).state_dict())
            told = about(done, cell, name)
            assert (told["lr"], told["recipe"]["lr"], "trials" in told) == (RATES[1], RATES[1], False)
            assert told["validation"][-1] == scores(done, cell, name).trials[1].accuracies[0]


def test_the_answers_of_the_chosen_trial_are_those_of_the_arm(done: Setup) -> None:
    best = arm(done, CELL, "transfer")
    answers = read_arrays(done.run.trial_answers(CELL, "transfer") / "answers.npz")
    np.testing.assert_array_equal(answers["labels"], done.labels[done.pool :])
    said = np.frombuffer(logits(done, best), np.float32).reshape(len(answers["labels"]), -1).argmax(1)
    np.testing.assert_array_equal(answers["1"], said)
    assert set(answers) == {"labels", "0", "1"}  # what diverged answers nothing


def test_the_cell_fails_in_one_line_until_every_seed_has_its_trials(made: Setup, tmp_path: Path) -> None:
    setup = tuned(untrained(made, tmp_path / "run"), {"lr": RATES})
    assert not finished(setup, CELL, "scratch")
    with pytest.raises(RunError, match=r"arm scratch: wanted its trials with every seed .*, got fewer"):
        make_arm(setup, CELL, "scratch", networks.source(setup))


def test_a_choice_that_moves_trains_the_arm_again_and_one_that_stays_does_not(done: Setup) -> None:
    arm(done, CELL, "scratch")
    assert finished(done, CELL, "scratch")
    path = done.run.trials(SEEDS[1], "scratch") / "scores.json"
    manifest = path.with_name("manifest.json")
    kept, sums = path.read_bytes(), manifest.read_bytes()
    for accuracy, stays in ((0.99, True), (0.0, False)):
        told = json.loads(kept)
        told["trials"][1]["accuracies"] = [accuracy]
        told["trials"][0]["accuracies"] = [0.98]
        _forge(path, json.dumps(told).encode())
        assert finished(done, CELL, "scratch") == stays
    path.write_bytes(kept)
    manifest.write_bytes(sums)
    assert finished(done, CELL, "scratch")


def _forge(path: Path, content: bytes) -> None:
    """Other scores under the same manifest."""
    from shiftprobe.core.files import write_folder, written_about

    said = json.loads(path.with_name("manifest.json").read_bytes())["about"]
    write_folder(path.parent, {path.name: content}, said)
    assert written_about(path.parent) == said


def test_an_arm_trained_as_another_takes_that_ones_choice(done: Setup) -> None:
    crossed = replace(done, arms={**done.arms, "transfer@scratch": "arms"}, versions=_with_crossed(done))
    assert tried_as(crossed, CELL, "transfer@scratch") == "scratch"
    assert chosen(crossed, CELL, "transfer@scratch") == chosen(done, CELL, "scratch")
    assert open_trials(crossed, [CELL]) == []
    alone = replace(crossed, arms={"transfer@scratch": "arms"})
    assert tried_as(alone, CELL, "transfer@scratch") == "transfer@scratch"
    assert made_by(crossed, CELL, "transfer") == made_by(done, CELL, "transfer")


def _with_crossed(setup: Setup) -> Any:
    arms = {**setup.versions.arms, "transfer@scratch": setup.versions.arms["transfer"]}
    return replace(setup.versions, arms=arms)


def test_folds_judge_no_image_twice_and_begin_with_the_cells_own_division(made: Setup) -> None:
    setup = tuned(made, {"lr": RATES, "folds": 5})
    found = folds(setup, CELL)
    index = setup.train_index(CELL)
    np.testing.assert_array_equal(found[0][1], setup.parts(CELL)[1])
    np.testing.assert_array_equal(np.sort(np.concatenate([judge for _, judge in found])), np.sort(index))
    for train, judge in found:
        assert (len(train), len(judge)) == (32, 8)
        np.testing.assert_array_equal(np.sort(np.concatenate([train, judge])), np.sort(index))
        assert max(np.bincount(setup.labels[judge], minlength=10)) == 1  # 8 of 10 classes: as balanced as can be
    assert len(folds(tuned(made, {"lr": RATES, "folds": 20}), CELL)) == 5  # no more than the budget has room for
    assert len(folds(tuned(made, {"lr": RATES}), CELL)) == 1


def test_every_fold_judges_and_the_score_is_their_mean(made: Setup, tmp_path: Path) -> None:
    setup = tuned(untrained(made, tmp_path / "run"), {"lr": [1e-3, 5e-3], "folds": 2})
    try_arm(setup, ArmTrials(cell=CELL, arm="scratch"), networks.source(setup))
    found = scores(setup, CELL, "scratch")
    assert (found.folds, found.images) == (2, 16)
    assert all(len(one.accuracies) == len(one.losses) == 2 for one in found.trials)
    assert all(accuracy * 8 == round(accuracy * 8) for one in found.trials for accuracy in one.accuracies)


def test_other_labels_of_the_test_images_move_no_byte_of_the_scores(done: Setup, made: Setup, tmp_path: Path) -> None:
    """What the choice reads is the same whatever the test images are: here every one of them has another class."""
    labels = done.labels.copy()
    labels[done.pool :] = (labels[done.pool :] + 1) % 10
    other = replace(tuned(untrained(made, tmp_path / "run"), {"lr": RATES}, epochs=10), labels=labels)
    try_arm(other, ArmTrials(cell=CELL, arm="transfer"), networks.source(other))
    folder = other.run.trials(CELL, "transfer")
    assert (folder / "scores.json").read_bytes() == (done.run.trials(CELL, "transfer") / "scores.json").read_bytes()
    ours, theirs = (read_arrays(one.run.trial_answers(CELL, "transfer") / "answers.npz") for one in (done, other))
    np.testing.assert_array_equal(ours["1"], theirs["1"])
    assert (ours["labels"] != theirs["labels"]).all()


def test_what_was_found_reads_back_for_both_arms(done: Setup) -> None:
    spec = done.spec.model_copy(update={"target": done.spec.target.model_copy(update={"budgets": (40,)})})
    found = read_tuning(done.run, spec)
    assert found is not None
    assert [(one.arm, one.condition, one.chosen) for one in found.arms] == [
        ("scratch", CELL.condition, 1),
        ("transfer", CELL.condition, 1),
    ]
    gaps = [(one.a, one.b, one.trial, one.n) for one in found.differences if one.n]
    assert gaps == [("transfer", "scratch", 0, 2), ("transfer", "scratch", 1, 2)]
