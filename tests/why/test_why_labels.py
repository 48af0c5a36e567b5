"""The explanation from the number of labels."""

from typing import Any

from tests.why.made_up import BUDGET, EQUAL, GOOD, HELPS, WORSE, arm, curve, seen

from shiftprobe.core.types import Row
from shiftprobe.results.model import Explanation, Unknown
from shiftprobe.why.labels import labels_plentiful

BUDGETS: dict[str, Any] = {"target": {"data": "digits:uci", "budgets": [20, BUDGET]}}
FEW = (arm("transfer", *GOOD, budget=20), arm("scratch", 0.5, 0.45, 0.52, budget=20))
FALLING = [2.0, 1.6, 1.2, 0.8, 0.4]


def test_a_gain_that_closes_with_labels_is_theirs() -> None:
    found = labels_plentiful(seen(*EQUAL, *FEW, **BUDGETS))
    assert isinstance(found, Explanation)
    assert found.grade == "strong"
    assert "with 20 labelled images transfer helps, with 100 the target teaches itself" in found.claim
    assert "20: +46.0 points (better); 100: -0.1 points (equivalent)" in found.evidence[0].text


def test_a_gain_that_stays_or_never_was_is_not_theirs() -> None:
    assert labels_plentiful(seen(*HELPS, *FEW, **BUDGETS)) is None
    none = (arm("transfer", *GOOD, budget=20), arm("scratch", 0.94, 0.95, 0.96, budget=20))
    assert labels_plentiful(seen(*EQUAL, *none, **BUDGETS)) is None


def test_intervals_that_meet_make_it_a_suggestion() -> None:
    many = (arm("transfer", 0.95, 0.80, 0.97), arm("scratch", 0.90, 0.90, 0.90))
    few = (arm("transfer", 0.8, 0.9, 0.86, budget=20), arm("scratch", 0.7, 0.75, 0.74, budget=20))
    found = labels_plentiful(seen(*many, *few, **BUDGETS))
    assert isinstance(found, Explanation)
    assert found.grade == "suggestive"


def test_a_short_schedule_with_few_labels_speaks_against() -> None:
    found = labels_plentiful(seen(*EQUAL, *FEW, curves=[curve("scratch", FALLING, [0.5] * 5, budget=20)], **BUDGETS))
    assert isinstance(found, Explanation)
    assert found.grade == "suggestive"
    assert "not converged" in found.against[0].text


def test_one_budget_leaves_it_open_unless_transfer_helps_or_no_smaller_one_is_possible() -> None:
    found = labels_plentiful(seen(*EQUAL))
    assert isinstance(found, Unknown)
    assert found.needs.startswith("--budget 16,100")
    assert labels_plentiful(seen(*HELPS)) is None
    least: list[list[Row]] = [arm("transfer", *GOOD, budget=10), arm("scratch", *WORSE[::-1], budget=10)]
    assert labels_plentiful(seen(*least, target={"data": "digits:uci", "budgets": [10]})) is None


def test_the_experiment_halves_the_smallest_budget_down_to_an_image_of_each_class() -> None:
    for budget, half in ((40, 20), (16, 10)):
        few = (arm("transfer", *GOOD, budget=budget), arm("scratch", 0.5, 0.45, 0.52, budget=budget))
        found = labels_plentiful(seen(*EQUAL, *few, target={"data": "digits:uci", "budgets": [budget, BUDGET]}))
        assert isinstance(found, Explanation)
        assert found.experiment.startswith(f"--budget {half},{budget},100: ")
