"""Trials read back: the choice by validation parts alone, and every trial on the test images as a description."""

import dataclasses
import shutil
from io import BufferedReader
from pathlib import Path

import numpy as np
import pytest
from tests.results.made_trials import LABELS, RATES, TEST, score, tuned_spec, write_answers, write_run, write_scores

from shiftprobe.core import reading
from shiftprobe.core.errors import RunError
from shiftprobe.core.types import Cell
from shiftprobe.results.run_folder import RunDir
from shiftprobe.results.trial_scores import choose, read_scores
from shiftprobe.results.trials import read_tuning
from shiftprobe.results.tuning import TrialDifference, Tuning
from shiftprobe.stats import compare_arms

CELLS = tuple(Cell("identity", 0.0, 300, seed) for seed in (0, 1))


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    write_run(RunDir(tmp_path), tuned_spec())
    return RunDir(tmp_path)


def found(run: RunDir) -> Tuning:
    tuning = read_tuning(run, tuned_spec())
    assert tuning is not None
    return tuning


def chosen(run: RunDir) -> list[int]:
    """The choices of scratch and of transfer."""
    scores = ([read_scores(run, cell, arm) for cell in CELLS] for arm in ("scratch", "transfer"))
    return [choose([one for one in some if one is not None]) for some in scores]


def test_both_arms_have_their_trials_and_one_choice_for_all_seeds(run: RunDir) -> None:
    arms = {one.arm: one for one in found(run).arms}
    assert [one.values for one in arms["scratch"].trials] == [{"lr": rate} for rate in RATES]
    assert arms["scratch"].trials[1].by_seed == pytest.approx((0.60, 0.61))
    assert {name: one.best.values["lr"] for name, one in arms.items()} == {"scratch": 1e-2, "transfer": 1e-3}
    assert [edge.part for edge in arms["scratch"].edges] == ["lr"]
    assert not arms["transfer"].edges


def test_every_trial_has_its_difference_and_interval_on_the_test_images(run: RunDir) -> None:
    """Transfer is right on one more image in four than scratch with one seed, and on none more with the other."""
    first = np.zeros(TEST, int)
    more = np.where(np.arange(TEST) % 4 == 0, 1, first)
    for cell, ours in zip(CELLS, (more, first), strict=True):
        write_answers(run, cell, "transfer", {0: ours.tolist()})
        write_answers(run, cell, "scratch", {0: first.tolist()})
    one, *others = found(run).differences
    assert (one.a, one.b, one.trial, one.n, one.images) == ("transfer", "scratch", 0, 2, TEST)
    assert one.difference == pytest.approx(0.125)
    same = compare_arms(np.stack([more, first]) == 1, np.zeros((2, TEST), bool))
    assert (one.low, one.high) == same.both
    assert [(two.difference, two.n) for two in others] == [(None, 0), (None, 0)]


def test_one_seed_has_an_interval_over_images_alone(run: RunDir) -> None:
    shutil.rmtree(run.trial_answers(CELLS[1], "scratch"))
    one = found(run).differences[1]
    assert one.n == 1
    assert one.low is not None
    assert one.low < (one.difference or 0) < (one.high or 0)


def test_a_description_has_no_word_of_verdict() -> None:
    assert {one.name for one in dataclasses.fields(TrialDifference)} == {
        "a", "b", "trial", "shift", "severity", "budget", "difference", "low", "high", "n", "images",
    }  # fmt: skip


@pytest.mark.parametrize("damage", ["gone", "other labels", "garbage"])
def test_no_answer_on_a_test_image_moves_a_choice(run: RunDir, damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The choice opens nothing of the folder of answers, whatever lies there."""
    before = chosen(run)
    answers = run.path / "trials_on_test"
    if damage == "gone":
        shutil.rmtree(answers)
    elif damage == "garbage":
        for file in answers.rglob("*.npz"):
            file.write_bytes(b"not even an archive")
    else:
        for cell in CELLS:
            for arm, trial in (("scratch", 0), ("transfer", 2)):  # the worst by validation, perfect on the test images
                write_answers(run, cell, arm, {trial: [1] * TEST})
    opened: list[Path] = []
    real = reading.opened

    def seen(path: Path, most: int) -> BufferedReader:
        opened.append(path)
        return real(path, most)

    monkeypatch.setattr(reading, "opened", seen)
    assert chosen(run) == before == [2, 1]
    assert opened
    assert not [path for path in opened if answers in path.parents]


def test_trials_that_lack_a_seed_choose_nothing_yet(run: RunDir) -> None:
    shutil.rmtree(run.trials(CELLS[1], "transfer"))
    assert [one.arm for one in found(run).arms] == ["scratch"]
    assert read_tuning(RunDir(run.path / "empty"), tuned_spec()) is None


def test_a_file_that_was_changed_is_refused_by_name(run: RunDir) -> None:
    path = run.trials(CELLS[0], "scratch") / "scores.json"
    path.write_text(path.read_text().replace("0.75", "0.25"))
    with pytest.raises(RunError, match=r"wanted the files that were written .* run its command again"):
        found(run)


def test_seeds_with_other_trials_are_refused(run: RunDir) -> None:
    write_scores(run, CELLS[0], "scratch", [score({"lr": 5.0}, 0.5)])
    with pytest.raises(RunError, match="the same trials of every seed"):
        found(run)


def test_answers_that_are_none_are_refused(run: RunDir) -> None:
    from shiftprobe.core.files import npz_bytes, write_folder

    folder = run.trial_answers(CELLS[0], "scratch")
    write_folder(folder, {"answers.npz": npz_bytes({"labels": LABELS, "0": LABELS[1:]})}, {})
    with pytest.raises(RunError, match="wanted a class number for each of the test images of a trial"):
        found(run)
