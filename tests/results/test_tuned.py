"""What a tuned run says of its trials: the sentence, the values, what was chosen most often, and its marks."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from tests.results.made_trials import tuned_spec, write_run

from shiftprobe.core.errors import RunError
from shiftprobe.core.files import json_bytes
from shiftprobe.results.marks import Mark
from shiftprobe.results.model import Chosen, TrainingFacts
from shiftprobe.results.reading import read_as
from shiftprobe.results.run_folder import RunDir
from shiftprobe.results.summary import tuned
from shiftprobe.results.summary.marking import _at_edge, _few_validation
from shiftprobe.results.trials import read_tuning
from shiftprobe.results.tuning import AtEdge, TunedArm, Tuning


@pytest.fixture(scope="module")
def tuning(tmp_path_factory: pytest.TempPathFactory) -> Tuning:
    run = RunDir(tmp_path_factory.mktemp("tuned"))
    write_run(run, tuned_spec())
    found = read_tuning(run, tuned_spec())
    assert found is not None
    return found


def test_the_sentence_says_what_was_tried_and_who_chose(tuning: Tuning) -> None:
    assert tuned.sentence(tuned_spec(), tuning) == (
        "Every arm tried the same 3 trials (lr 0.0001, 0.001, 0.01) and kept one per condition and budget, by its mean "
        "accuracy over 2 seeds on the validation part (20 % of every budget) after the last epoch; no test image "
        "chose anything."
    )
    drawn = tuned_spec(train={"tune": {"lr": "1e-4..1e-1", "batch": [16, 64], "trials": 4, "folds": 5}})
    assert "the same 4 trials (4 drawn of batch 16, 64 and lr from 0.0001 to 0.1)" in tuned.sentence(drawn, tuning)
    assert "on 5 folds of the budget (20 % of every budget each)" in tuned.sentence(drawn, tuning)


def test_an_older_folder_says_that_every_training_chose() -> None:
    assert "the learning rates 0.0001, 0.001, 0.01 in every cell" in tuned.sentence(tuned_spec(), None)


def test_every_value_that_a_trial_had_stands_once_in_order() -> None:
    spec = tuned_spec(train={"tune": {"lr": [0.1, 0.01], "batch": [64, 8]}})
    assert tuned.tried(spec) == {"lr": (0.01, 0.1), "batch": (8, 64)}
    assert tuned.tried(tuned_spec(train={})) is None


def test_what_was_chosen_most_often_is_counted_over_conditions(tuning: Tuning) -> None:
    scratch, transfer = tuning.arms
    several = Tuning(arms=(scratch, replace(scratch, severity=0.5, chosen=1), replace(scratch, severity=1.0), transfer))
    assert tuned.chosen(several, ()) == (
        Chosen(arm="scratch", budget=300, values={"lr": 1e-2}, count=2, n=3),
        Chosen(arm="transfer", budget=300, values={"lr": 1e-3}, count=1, n=1),
    )


def few(*arms: TunedArm, tune: str = "lr") -> Mark | None:
    facts = TrainingFacts(tune={tune: (1.0, 2.0)}, tuning=Tuning(arms=arms))
    return _few_validation(facts, 10_000)


def test_few_images_behind_a_choice_are_counted_with_one_seed(tuning: Tuning) -> None:
    scratch, transfer = tuning.arms
    mark = few(scratch, replace(transfer, images=20))
    assert mark is not None
    assert mark.badge == "20 images chose the rate"
    assert "20 validation images judged each trial with each of 2 seeds, of which one weighs 5.0 points" in mark.text
    other = few(scratch, tune="weight_decay")
    assert other is not None
    assert other.badge == "60 images chose the recipe"
    assert few(replace(scratch, images=199)) is not None
    assert few(replace(scratch, images=200)) is None


def test_a_best_trial_at_the_edge_is_named_with_its_side_and_how_often(tuning: Tuning) -> None:
    transfer = tuning.arms[1]
    mark = _at_edge(tuning)
    assert mark is not None
    assert (mark.badge, mark.arms, mark.grave) == ("best at the edge", ("scratch",), False)
    assert "Chosen at the edge of what was tried: scratch lr 0.01 (the highest)." in mark.text
    low = replace(transfer, edges=(AtEdge(part="lr", value=1e-4, highest=False),))
    mark = _at_edge(Tuning(arms=(replace(transfer, severity=0.5), low)))
    assert mark is not None
    assert "transfer lr 0.0001 (the lowest) in 1 of 2 choices" in mark.text
    assert _at_edge(Tuning(arms=(transfer,))) is None
    assert _at_edge(None) is None


FOREIGN: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "another place": (lambda arm: arm.update(chosen=3), "wanted one of 3 trials to be chosen, got 3"),
    "no trial": (lambda arm: arm.update(trials=[]), "wanted one of 0 trials to be chosen"),
    "other parts": (
        lambda arm: arm["trials"][1].update(values={"opt": "sgd"}),
        "wanted trials that set the same parts",
    ),
    "no accuracy": (lambda arm: arm["trials"][1].update(accuracy=7.0), "wanted accuracies from 0 to 1"),
    "other trials": (lambda arm: arm["trials"][1]["values"].update(lr=0.5), "wanted the same trials of every arm"),
}


@pytest.mark.parametrize("fault", FOREIGN)
def test_a_folder_of_somebody_else_is_refused_in_one_line(fault: str, tuning: Tuning, tmp_path: Path) -> None:
    spoil, words = FOREIGN[fault]
    whole = json.loads(json_bytes(asdict(tuning)))
    spoil(whole["arms"][0])
    (tmp_path / "tuning.json").write_bytes(json_bytes(whole))
    with pytest.raises(RunError, match=words) as told:
        read_as(Tuning, tmp_path / "tuning.json")
    assert "\n" not in str(told.value)


def test_a_summary_with_trials_reads_back_as_it_was(tuning: Tuning, tmp_path: Path) -> None:
    (tmp_path / "tuning.json").write_bytes(json_bytes(asdict(tuning)))
    assert read_as(Tuning, tmp_path / "tuning.json") == tuning
