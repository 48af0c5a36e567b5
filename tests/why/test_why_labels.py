"""The explanation from the number of labels."""

import itertools
import math
import statistics
from dataclasses import replace
from typing import Any

import pytest
from tests.why.made_up import BUDGET, EQUAL, GOOD, HELPS, WORSE, arm, curve, seen, summed

from shiftprobe.core.types import UNSHIFTED, Row
from shiftprobe.results.model import Explanation, Unknown
from shiftprobe.why.budgets import fall
from shiftprobe.why.labels import labels_plentiful
from shiftprobe.why.run_facts import RunFacts

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


def gains(few: tuple[float, ...], many: tuple[float, ...]) -> list[list[Row]]:
    return [
        arm("transfer", *(0.5 + one for one in few), budget=20), arm("scratch", *(0.5,) * len(few), budget=20),
        arm("transfer", *(0.5 + one for one in many)), arm("scratch", *(0.5,) * len(many)),
    ]  # fmt: skip


def test_a_gain_is_shown_to_fall_seed_by_seed_though_the_intervals_of_both_gains_meet() -> None:
    """25 points (12.6 to 37.4) and 7.1 (-5.3 to 19.4): they meet, and every seed falls by 17.9 to 18."""
    facts = seen(*gains((0.30, 0.25, 0.20), (0.12, 0.071, 0.021)), **BUDGETS)
    few, many = facts.contrast(UNSHIFTED, 20), facts.contrast(UNSHIFTED)
    assert few is not None
    assert many is not None
    assert (few.low or 0) < (many.high or 0)
    found = labels_plentiful(facts)
    assert isinstance(found, Explanation)
    assert found.grade == "strong"


def test_what_test_images_leave_open_of_both_gains_joins_the_fall() -> None:
    rows, summary = summed(itertools.chain(*gains((0.30, 0.25, 0.20), (0.12, 0.071, 0.021))), **BUDGETS)
    plain = fall(RunFacts.of(rows, summary))
    wide = [replace(one, image_low=-0.1, image_high=0.1) for one in summary.contrasts]
    found = fall(RunFacts.of(rows, replace(summary, contrasts=tuple(wide))))
    assert plain is not None
    assert found is not None
    half = 4.302652729911275 * statistics.stdev((0.18, 0.179, 0.179)) / 3**0.5
    assert (plain.difference, plain.low) == pytest.approx((0.538 / 3, 0.538 / 3 - half))
    assert found.low == pytest.approx(0.538 / 3 - math.hypot(half, 0.2))
    assert (plain.shown, found.shown, plain.n) == (True, False, 3)


def test_a_fall_that_seeds_do_not_share_is_a_suggestion() -> None:
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


def test_with_an_image_of_each_class_the_experiment_asks_in_between() -> None:
    few = (arm("transfer", *GOOD, budget=10), arm("scratch", 0.5, 0.45, 0.52, budget=10))
    found = labels_plentiful(seen(*EQUAL, *few, target={"data": "digits:uci", "budgets": [10, BUDGET]}))
    assert isinstance(found, Explanation)
    assert found.experiment.startswith(f"--budget 10,{(10 + BUDGET) // 2},{BUDGET}: ")
