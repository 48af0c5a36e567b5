"""What to do next: one case per rule, silence where the numbers forbid it."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from statsmodels.stats.power import ttest_power
from tests.why.made_up import ABOUT, BUDGET, EQUAL, GOOD, HELPS, WORSE, arm, curve, still, summed

from shiftprobe.core.types import Condition, Row
from shiftprobe.stats import seeds_to_show
from shiftprobe.why import next_steps

TURNED = Condition("rotation", 1.0)
SWEPT: dict[str, Any] = {"shifts": ["rotation"], "severities": [1.0]}
BUDGETS: dict[str, Any] = {"target": {"data": "digits:uci", "budgets": [10, BUDGET]}}
CLOSE = (arm("transfer", 0.95, 0.93, 0.96), arm("scratch", 0.94, 0.945, 0.945))
APART = (arm("transfer", 0.95, 0.93, 0.96), arm("scratch", 0.92, 0.92, 0.945))


def steps(*rows: Sequence[Row], **made: Any) -> dict[str, str]:
    return {one.name: one.text for one in next_steps(*summed(itertools.chain(*rows), **made))}


def test_a_better_checkpoint_is_used_and_its_labels_are_counted_next() -> None:
    said = steps(*HELPS)
    assert list(said) == ["fine_tune"]
    assert said["fine_tune"].startswith("Fine-tune the checkpoint with 100 labels. --budget 25,100")


def test_conditions_are_named_where_holm_leaves_them() -> None:
    clear = (*arm("transfer", *GOOD, place=TURNED), *arm("scratch", *WORSE, place=TURNED))
    wide = (*arm("transfer", 0.95, 0.85, 0.99, place=TURNED), *arm("scratch", 0.80, 0.82, 0.84, place=TURNED))
    assert "all 2 conditions after Holm's correction" in steps(*HELPS, clear, **SWEPT)["fine_tune"]
    some = steps(*HELPS, wide, **SWEPT)["fine_tune"]
    assert "shown to be ahead of training anew on the unshifted target" in some
    assert "rotation" not in some
    assert "--seeds 6" in some


def test_equivalent_arms_save_the_checkpoint() -> None:
    said = steps(*EQUAL)["spend_on_labels"]
    assert said.startswith(
        "Train from scratch: with 100 labels it is as good, within ±0.324 points (TOST, n = 3 seeds)"
    )
    assert "--budget 25,100" in said


def test_smaller_budgets_say_where_the_checkpoint_still_helps() -> None:
    few = (*arm("transfer", *GOOD, budget=10), *arm("scratch", *WORSE, budget=10))
    said = steps(*EQUAL, few, **BUDGETS)["spend_on_labels"]
    assert said.endswith("Along the budgets it is ahead with 10 labels; from 100 labels on both arms are equivalent.")
    assert "it is ahead with 10 labels" in steps(*CLOSE, few, **BUDGETS)["settle_it"]


def test_an_open_question_names_the_seeds_that_answer_it() -> None:
    assert "runs of 10 that the arms are equal, if they are" in steps(*CLOSE)["settle_it"]
    assert "if the difference is truly +1.8 points, --seeds 6 shows it in 9 runs of 10" in steps(*APART)["settle_it"]
    one = steps(arm("transfer", 0.95), arm("scratch", 0.94), seeds=1)["settle_it"]
    assert "--seeds 5" in one
    assert "points" not in one  # one seed carries no claim about a difference


@pytest.mark.parametrize(("difference", "sd"), [(0.02, 0.01), (0.02, 0.02), (0.02, 0.035)])
def test_seeds_for_a_difference_have_the_power_that_statsmodels_computes(difference: float, sd: float) -> None:
    n = seeds_to_show(difference, sd)
    assert n is not None
    power = [ttest_power(difference / sd, nobs=count, alpha=0.05) for count in (n - 1, n) if count > 1]
    assert power[-1] >= 0.9
    assert all(one < 0.9 for one in power[:-1])
    assert n == seeds_to_show(10 * difference, 10 * sd) == seeds_to_show(-difference, sd)


def test_a_harmful_checkpoint_is_left_or_protected() -> None:
    harm = (arm("transfer", *WORSE), arm("scratch", *GOOD))
    assert "--arms scratch,transfer,lp_ft keeps its features" in steps(*harm)["train_anew"]
    protected = steps(*harm, arm("lp_ft", *WORSE), arm("linear_probe", *WORSE))
    assert protected["train_anew"].endswith("another checkpoint is worth more than another setting.")


def test_a_void_comparison_has_one_step() -> None:
    assert list(steps(*HELPS, still("zero_shot", 0.5), source=0.1)) == ["source_at_chance"]
    assert list(steps(arm("transfer", *GOOD))) == ["one_arm"]


def test_a_schedule_that_was_cut_short_comes_first() -> None:
    said = steps(*HELPS, curves=[curve("scratch", [2.0, 1.6, 1.2, 0.8, 0.4], [0.5] * 5)])
    assert list(said) == ["schedule", "fine_tune"]
    assert "--set train.epochs=60" in said["schedule"]


def test_a_checkpoint_that_fine_tuning_harms_is_used_as_it_is() -> None:
    said = steps(*HELPS, still("zero_shot", 0.99))
    assert "fine_tune" not in said
    assert said["leave_it"].startswith(
        "Use the checkpoint as it is. Before you give fine-tuning up, a tenth of its rate (--set train.lr=0.0002) or "
        "--arms scratch,transfer,zero_shot,lp_ft keeps more of its features."
    )
    tried = steps(*HELPS, still("zero_shot", 0.99), arm("lp_ft", *WORSE), arm("linear_probe", *WORSE))
    assert tried["leave_it"].endswith("another checkpoint is worth more than another setting.")


def test_a_lower_rate_is_asked_of_what_chooses_it() -> None:
    """In a tuned run `train.lr` moves nothing."""
    said = steps(*HELPS, still("zero_shot", 0.99), train={"epochs": 20, "tune": {"lr": [1e-3, 1e-2]}})
    assert "a tenth of its rate (--tune lr=0.0001,0.001) or" in said["leave_it"]


def test_a_condition_that_alone_says_otherwise_is_named() -> None:
    hurt = (*arm("transfer", *WORSE, place=TURNED), *arm("scratch", *WORSE, place=TURNED))
    still_good = (still("zero_shot", 0.70), still("zero_shot", 0.99, TURNED))
    said = steps(*HELPS, hurt, *still_good, **SWEPT)
    assert "Alone, leave it as it is at rotation 1; fine-tune it on the unshifted target" in next(iter(said.values()))


def test_batch_statistics_are_tried_and_then_used() -> None:
    assert "--arms scratch,transfer,zero_shot,bn_adapt" in steps(*HELPS, still("zero_shot", 0.5))["adapt"]
    used = steps(*HELPS, still("zero_shot", 0.5), still("bn_adapt", 0.9))["adapt"]
    assert "use bn_adapt: on the target it is right on 90.0 %" in used
    assert "adapt" not in steps(*HELPS, still("zero_shot", 0.5), still("bn_adapt", 0.503))  # 3 images gained, none lost
    ten = steps(*HELPS, still("zero_shot", 0.5), still("bn_adapt", 0.51))  # intervals meet, 10 gained and none lost
    assert "image by image it is ahead in 1 of 1" in ten["adapt"]
    assert "adapt" not in steps(
        *HELPS, still("zero_shot", 0.5), about=replace(ABOUT, skipped_arms={"bn_adapt": "no such layer"})
    )


def test_another_arm_that_beats_fine_tuning_is_named() -> None:
    said = steps(*HELPS, arm("lp_ft", 0.97, 0.961, 0.981))["other_arm"]
    assert said.startswith("Train with lp_ft rather than plain fine-tuning: better in 1 of 1 conditions")
    assert "other_arm" not in steps(*HELPS, arm("lp_ft", *GOOD))


def test_there_are_never_more_steps_than_are_read() -> None:
    rising = curve("scratch", [2.0, 1.6, 1.2, 0.8, 0.4], [0.5] * 5)
    rows = (*HELPS, still("zero_shot", 0.99), still("bn_adapt", 0.9), arm("lp_ft", 0.97, 0.961, 0.981))
    found = next_steps(*summed(itertools.chain(*rows), curves=[rising]))
    assert len(found) == 3
    assert found == next_steps(*summed(itertools.chain(*rows), curves=[rising]))


def test_what_is_open_is_settled_not_what_is_shown_already() -> None:
    said = steps(arm("transfer", 0.95, 0.93, 0.96), arm("scratch", *WORSE), still("zero_shot", 0.92))["settle_it"]
    assert "if the difference is truly +2.7 points" in said


def test_an_arm_that_wins_in_half_of_the_conditions_is_not_named() -> None:
    there = [arm(name, *values, place=TURNED) for name, values in (("transfer", GOOD), ("scratch", WORSE))]
    wins = arm("lp_ft", 0.97, 0.961, 0.981)
    assert "other_arm" not in steps(*HELPS, *there, wins, arm("lp_ft", *GOOD, place=TURNED), **SWEPT)
    both = steps(*HELPS, *there, wins, arm("lp_ft", 0.97, 0.961, 0.981, place=TURNED), **SWEPT)
    assert "better in 2 of 2 conditions" in both["other_arm"]
