"""What steps and explanations say where there is more than one place, budget or seed to choose from."""

import itertools
from collections.abc import Sequence
from typing import Any

import pytest
from tests.why.made_up import BUDGET, EQUAL, HELPS, arm, still, summed, told

from shiftprobe.core.types import Condition, Row
from shiftprobe.results.model import Explanation
from shiftprobe.stats import seeds_to_show
from shiftprobe.why import next_steps

WEAK, STRONG = Condition("rotation", 0.5), Condition("rotation", 1.0)
SWEPT: dict[str, Any] = {"shifts": ["rotation"], "severities": [0.5, 1.0]}


def steps(*rows: Sequence[Row], **made: Any) -> dict[str, str]:
    return {one.name: one.text for one in next_steps(*summed(itertools.chain(*rows), **made))}


def explained(name: str, *rows: Sequence[Row], **made: Any) -> Explanation:
    (found,) = (one for one in told(*rows, **made).explanations if one.name == name)
    return found


def both(*values: float, at: Condition) -> list[Row]:
    return [*arm("transfer", *values, place=at), *arm("scratch", *(one - 0.2 for one in values), place=at)]


def test_batch_statistics_are_tried_for_the_worst_loss() -> None:
    plain = (still("zero_shot", 0.95), still("zero_shot", 0.8, WEAK), still("zero_shot", 0.3, STRONG))
    assert "falls by 65.0 points at rotation 1 (n = 1,000 images)" in steps(*HELPS, *plain, **SWEPT)["adapt"]


def test_repairs_are_counted_and_the_largest_is_told() -> None:
    plain = (still("zero_shot", 0.95), still("zero_shot", 0.6, WEAK), still("zero_shot", 0.3, STRONG))
    adapted = (still("bn_adapt", 0.95), still("bn_adapt", 0.8, WEAK), still("bn_adapt", 0.7, STRONG))
    said = steps(*HELPS, *plain, *adapted, **SWEPT)["adapt"]
    assert "at rotation 1 it is right on 70.0 %, the untouched checkpoint on 30.0 %" in said
    assert said.endswith("ahead in 2 of 2 conditions that hurt.")


def test_only_a_shift_that_is_repaired_is_evidence_and_two_of_two_are_everywhere() -> None:
    spec = {"shifts": ["rotation", "darken"], "severities": [0.2, 0.5, 1.0]}
    rows = [*still("zero_shot", 0.95), *still("bn_adapt", 0.95)]
    for dose, repaired in ((0.2, 0.9), (0.5, 0.3), (1.0, 0.3)):
        rows += [
            *still("zero_shot", 0.3, Condition("darken", dose)),
            *still("bn_adapt", 0.9, Condition("darken", dose)),
        ]
        rows += [
            *still("zero_shot", 0.3, Condition("rotation", dose)),
            *still("bn_adapt", repaired, Condition("rotation", dose)),
        ]
    found = explained("low_level_statistics", rows, **spec)
    assert "moved (under darken)" in found.claim
    assert len(found.evidence) == 3
    assert all("at darken" in one.text for one in found.evidence)
    rows += [row for dose in (0.5, 1.0) for row in still("bn_adapt", 0.9, Condition("rotation", dose))]
    whole = [row for row in rows if not (row.arm == "bn_adapt" and row.value == 0.3)]
    found = explained("low_level_statistics", whole, **spec)
    assert "moved (everywhere)" in found.claim
    assert found.grade == "strong"


def test_a_single_shift_is_called_by_its_name() -> None:
    rows = (
        still("zero_shot", 0.95),
        still("bn_adapt", 0.95),
        still("zero_shot", 0.2, STRONG),
        still("bn_adapt", 0.9, STRONG),
    )
    found = explained("low_level_statistics", *rows, shifts=["rotation"], severities=[1.0])
    assert "moved (under rotation)" in found.claim
    home = explained("low_level_statistics", still("zero_shot", 0.3), still("bn_adapt", 0.9))
    assert "moved (on the target)" in home.claim


def test_of_three_budgets_the_ends_are_told() -> None:
    few = (arm("transfer", 0.95, 0.94, 0.96, budget=20), arm("scratch", 0.5, 0.45, 0.52, budget=20))
    some = (arm("transfer", 0.95, 0.94, 0.96, budget=50), arm("scratch", 0.7, 0.72, 0.75, budget=50))
    spec = {"target": {"data": "digits:uci", "budgets": [20, 50, BUDGET]}}
    found = explained("labels_plentiful", *EQUAL, *few, *some, **spec)
    assert found.experiment.startswith("--budget 10,20,100: ")
    assert "20: +46.0 points (better); 50: +22.7 points (better); 100: -0.1 points" in found.evidence[0].text
    said = steps(*EQUAL, *few, *some, **spec)["spend_on_labels"]
    assert "it is ahead with 20 and 50 labels" in said


def test_four_budgets_are_listed_in_full() -> None:
    rows = [
        row
        for budget in (10, 20, 50)
        for row in (
            *arm("transfer", 0.95, 0.94, 0.96, budget=budget), *arm("scratch", 0.5, 0.45, 0.52, budget=budget)
        )
    ]  # fmt: skip
    spec = {"target": {"data": "digits:uci", "budgets": [10, 20, 50, BUDGET]}}
    assert "it is ahead with 10, 20 and 50 labels" in steps(*EQUAL, rows, **spec)["spend_on_labels"]


@pytest.mark.parametrize(
    ("transfer", "scratch", "said"),
    [
        ((0.9, 0.8), (0.85, 0.75), "--seeds 5: the seeds that are there are kept"),
        ((0.9,) * 3, (0.85,) * 3, "--seeds 6: the seeds that are there are kept"),
        ((0.9088, 0.9030, 0.9062), (0.9, 0.9, 0.9), "--seeds 9 settles it in 9 runs of 10 (4 in about half)"),
    ],
    ids=["two equal differences", "three equal differences", "fewer would do than are there"],
)
def test_more_seeds_are_always_more_than_are_there(
    transfer: tuple[float, ...], scratch: tuple[float, ...], said: str
) -> None:
    found = explained("too_little", arm("transfer", *transfer), arm("scratch", *scratch), seeds=len(transfer))
    assert found.experiment.startswith(said)


def test_the_spread_from_seed_to_seed_is_told() -> None:
    found = explained("too_little", arm("transfer", 0.95, 0.75, 0.85), arm("scratch", 0.7, 0.9, 0.8))
    assert found.evidence[0].text.startswith("the difference moves by 20.0 points from seed to seed")


def test_two_seeds_show_what_is_as_large_as_can_be() -> None:
    assert seeds_to_show(0.2, 0.002) == 2
    assert seeds_to_show(0.001, 0.5, most=50) is None


def test_another_arm_is_told_with_its_interval() -> None:
    said = steps(*HELPS, arm("lp_ft", 0.97, 0.961, 0.981))["other_arm"]
    assert "by +2.1 points (95 % interval +1.9 to +2.2, n = 3 seeds)" in said


def test_a_source_at_chance_is_trained_three_times_as_long() -> None:
    said = steps(*HELPS, still("zero_shot", 0.5), source=0.1)["source_at_chance"]
    assert "source.epochs=60" in said
