"""Explanations from what training did to the features."""

import itertools
from dataclasses import replace

import pytest
from tests.why.made_up import BUDGET, EQUAL, GOOD, HELPS, SAME, WORSE, arm, gaps, likeness, seen, summed

from shiftprobe.core.types import Condition, Row
from shiftprobe.results.model import Chosen, Explanation, TrainingFacts, Unknown
from shiftprobe.why.head import head_beats_fine_tuning
from shiftprobe.why.reuse import not_reused, reused
from shiftprobe.why.run_facts import RunFacts

BLUR = Condition("gaussian_blur", 0.5)
DOSED = {"shifts": ["gaussian_blur"], "severities": [0.5]}
KEPT = (likeness("transfer", 0.9, 0.88, 0.91), likeness("scratch", 0.5, 0.45, 0.55))
LEFT = (likeness("transfer", 0.5, 0.52, 0.48), likeness("scratch", 0.5, 0.45, 0.55))
CLEAR = gaps(0.0, 0.1, 0.2, 0.3)


def test_features_no_nearer_to_the_source_than_scratch_s_are_not_reused() -> None:
    found = not_reused(seen(*EQUAL, *LEFT))
    assert isinstance(found, Explanation)
    assert found.grade == "suggestive"  # CKA alone
    assert "CKA with the source is 0.50 for transfer, 0.45 to 0.55 for the 3 seeds of scratch" in found.evidence[0].text
    assert len(found.evidence[0].rows) == 6


def test_a_mean_inside_the_range_of_scratch_s_seeds_is_not_above_it() -> None:
    inside = (likeness("transfer", 0.53, 0.54, 0.52), likeness("scratch", 0.5, 0.45, 0.55))
    assert isinstance(not_reused(seen(*EQUAL, *inside)), Explanation)
    assert reused(seen(*HELPS, *inside)) is None


def test_features_above_the_null_are_reused_and_never_called_not_reused() -> None:
    assert not_reused(seen(*EQUAL, *KEPT)) is None
    found = reused(seen(*HELPS, *KEPT, CLEAR))
    assert isinstance(found, Explanation)
    assert found.grade == "suggestive"  # nothing was changed to see
    assert "paired by seed +0.40 (95 % interval +0.31 to +0.48)" in found.evidence[0].text
    assert "better to read than random ones from second on" in found.evidence[-1].text


@pytest.mark.parametrize(
    ("control", "grade"),
    [
        ((arm("mean_var", *WORSE),), "strong"),
        ((arm("mean_var", 0.94, 0.95, 0.955),), "suggestive"),
        ((arm("linear_probe", *GOOD), arm("frozen_random", *WORSE)), "strong"),
        ((arm("linear_probe", *GOOD),), "suggestive"),
        ((arm("linear_probe", *GOOD), arm("frozen_random", *SAME)), "suggestive"),
    ],
    ids=["scales fail", "scales do", "features alone do", "without their control", "random ones do"],
)
def test_reuse_is_strong_where_an_arm_with_its_control_says_so(control: tuple[list[Row], ...], grade: str) -> None:
    found = reused(seen(*HELPS, *KEPT, CLEAR, *control))
    assert isinstance(found, Explanation)
    assert found.grade == grade


def test_a_verdict_that_transfer_helps_forbids_not_reused_and_only_it_allows_reused() -> None:
    assert not_reused(seen(*HELPS, *LEFT)) is None
    assert reused(seen(*EQUAL, *KEPT)) is None
    assert reused(seen(*HELPS, *LEFT)) is None


def test_reuse_without_better_features_is_only_suggested() -> None:
    found = reused(seen(*HELPS, *KEPT, gaps(0.0, 0.0, 0.0, 0.0)))
    assert isinstance(found, Explanation)
    assert found.grade == "suggestive"


def test_a_dose_where_reuse_differs_speaks_against() -> None:
    away = (arm("transfer", *GOOD, place=BLUR), arm("scratch", *WORSE, place=BLUR))
    left = (likeness("transfer", 0.4, 0.4, 0.5, place=BLUR), likeness("scratch", 0.5, 0.4, 0.5, place=BLUR))
    found = reused(seen(*HELPS, *away, *KEPT, *left, CLEAR, **DOSED))
    assert isinstance(found, Explanation)
    assert found.grade == "suggestive"
    assert "at gaussian_blur 0.5" in found.against[0].text


def test_networks_that_are_all_alike_make_it_a_suggestion() -> None:
    found = not_reused(seen(*EQUAL, likeness("transfer", 0.95, 0.96, 0.95), likeness("scratch", 0.95, 0.96, 0.97)))
    assert isinstance(found, Explanation)
    assert found.grade == "suggestive"
    assert "by itself" in found.against[0].text


def test_one_seed_or_no_cka_leaves_reuse_open() -> None:
    one = seen(arm("transfer", 0.9), arm("scratch", 0.8), likeness("transfer", 0.5), likeness("scratch", 0.5), seeds=1)
    found = not_reused(one)
    assert isinstance(found, Unknown)
    assert "--seeds 3" in found.needs
    for rule, rows in ((not_reused, EQUAL), (reused, HELPS)):
        found = rule(seen(*rows))
        assert isinstance(found, Unknown)
        assert "cka" in found.needs


def test_features_without_structure_are_not_asked_for_again() -> None:
    assert reused(seen(*HELPS, likeness("transfer", 0.9, 0.9, 0.9))) is None


@pytest.mark.parametrize("protected", ["lp_ft", "linear_probe"])
def test_a_head_that_beats_fine_tuning_tells_of_no_cause_without_a_trial_of_rates(protected: str) -> None:
    rows = (arm("transfer", *WORSE), arm("scratch", *WORSE), arm(protected, *GOOD))
    found = head_beats_fine_tuning(seen(*rows, likeness("transfer", 0.4, 0.4, 0.5), likeness(protected, 0.9, 0.9, 1.0)))
    assert isinstance(found, Explanation)
    assert found.grade == "suggestive"
    assert "few labels and a good source nearly always give this, and one rate alone was tried (0.002)" in found.claim
    assert "+15.3 points" in found.evidence[0].text
    assert f"0.43 after transfer, 0.93 after {protected}" in found.evidence[1].text


@pytest.mark.parametrize(
    ("chosen", "grade"), [({"lr": 1e-3}, "strong"), ({"lr": 1e-4}, "suggestive"), ({"epochs": 20}, "suggestive")]
)
def test_a_head_that_beats_fine_tuning_is_strong_where_a_lower_rate_did_no_better(
    chosen: dict[str, float], grade: str
) -> None:
    """Rates of 0.0001 and 0.001 were tried: the lowest bounds nothing."""
    rows = itertools.chain(arm("transfer", *WORSE), arm("scratch", *WORSE), arm("lp_ft", *GOOD))
    numbers, summary = summed(rows)
    tried = TrainingFacts(
        rates=(1e-4, 1e-3),
        tune={"lr": (1e-4, 1e-3)},
        chosen=(Chosen(arm="transfer", budget=BUDGET, values=chosen, count=1, n=1),),
    )
    found = head_beats_fine_tuning(RunFacts.of(numbers, replace(summary, training=tried)))
    assert isinstance(found, Explanation)
    assert found.grade == grade


def test_an_interval_that_holds_0_forbids_head_beats_fine_tuning() -> None:
    rows = (arm("transfer", 0.5, 0.9, 0.8), arm("scratch", *WORSE), arm("lp_ft", 0.9, 0.91, 0.8))
    assert head_beats_fine_tuning(seen(*rows)) is None
    assert head_beats_fine_tuning(seen(*EQUAL, arm("lp_ft", *SAME))) is None


def test_doses_where_protection_does_not_help_speak_against() -> None:
    far = Condition("gaussian_blur", 1.0)
    rows = [arm("transfer", *WORSE), arm("scratch", *WORSE), arm("lp_ft", *GOOD)]
    rows += (arm("transfer", *WORSE, place=BLUR), arm("lp_ft", *GOOD, place=BLUR))
    rows += (arm("transfer", *WORSE, place=far), arm("lp_ft", 0.8, 0.79, 0.8, place=far))
    found = head_beats_fine_tuning(seen(*rows, shifts=["gaussian_blur"], severities=[0.5, 1.0]))
    assert isinstance(found, Explanation)
    assert found.grade == "suggestive"
    assert "at gaussian_blur 1, lp_ft" in found.against[0].text


def test_erased_is_open_only_where_transfer_does_not_help() -> None:
    found = head_beats_fine_tuning(seen(*EQUAL))
    assert isinstance(found, Unknown)
    assert "lp_ft" in found.needs
    assert head_beats_fine_tuning(seen(*HELPS)) is None


@pytest.mark.parametrize(("far", "said"), [(set(), True), ({"third"}, False), ({"third", "penultimate"}, False)])
def test_features_are_reused_where_most_of_the_deeper_taps_stay_nearer(far: set[str], said: bool) -> None:
    """Of four taps the last two are deep."""
    kept, own = KEPT
    rows = [replace(row, value=0.5) if row.tap in far else row for row in kept]
    assert isinstance(reused(seen(*HELPS, rows, own, CLEAR)), Explanation) is said
