"""Explanations from what training did to the features."""

from dataclasses import replace

import pytest
from tests.why.made_up import EQUAL, GOOD, HELPS, SAME, WORSE, arm, gaps, likeness, seen

from shiftprobe.core.types import Condition
from shiftprobe.results.model import Explanation, Unknown
from shiftprobe.why.reuse import erased, not_reused, reused

BLUR = Condition("gaussian_blur", 0.5)
DOSED = {"shifts": ["gaussian_blur"], "severities": [0.5]}
KEPT = (likeness("transfer", 0.9, 0.88, 0.91), likeness("scratch", 0.5, 0.45, 0.55))
LEFT = (likeness("transfer", 0.5, 0.52, 0.48), likeness("scratch", 0.5, 0.45, 0.55))
CLEAR = gaps(0.0, 0.1, 0.2, 0.3)


def test_features_no_nearer_to_the_source_than_scratch_s_are_not_reused() -> None:
    found = not_reused(seen(*EQUAL, *LEFT))
    assert isinstance(found, Explanation)
    assert found.grade == "strong"
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
    assert found.grade == "strong"
    assert "better to read than random ones from second on" in found.evidence[-1].text


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
def test_a_protected_arm_that_beats_transfer_tells_of_erased_features(protected: str) -> None:
    rows = (arm("transfer", *WORSE), arm("scratch", *WORSE), arm(protected, *GOOD))
    found = erased(seen(*rows, likeness("transfer", 0.4, 0.4, 0.5), likeness(protected, 0.9, 0.9, 1.0)))
    assert isinstance(found, Explanation)
    assert found.grade == "strong"
    assert "0.002" in found.claim
    assert "+15.3 points" in found.evidence[0].text
    assert f"0.43 after transfer, 0.93 after {protected}" in found.evidence[1].text


def test_an_interval_that_holds_0_forbids_erased() -> None:
    rows = (arm("transfer", 0.5, 0.9, 0.8), arm("scratch", *WORSE), arm("lp_ft", 0.9, 0.91, 0.8))
    assert erased(seen(*rows)) is None
    assert erased(seen(*EQUAL, arm("lp_ft", *SAME))) is None


def test_doses_where_protection_does_not_help_speak_against() -> None:
    far = Condition("gaussian_blur", 1.0)
    rows = [arm("transfer", *WORSE), arm("scratch", *WORSE), arm("lp_ft", *GOOD)]
    rows += (arm("transfer", *WORSE, place=BLUR), arm("lp_ft", *GOOD, place=BLUR))
    rows += (arm("transfer", *WORSE, place=far), arm("lp_ft", 0.8, 0.79, 0.8, place=far))
    found = erased(seen(*rows, shifts=["gaussian_blur"], severities=[0.5, 1.0]))
    assert isinstance(found, Explanation)
    assert found.grade == "suggestive"
    assert "at gaussian_blur 1, lp_ft" in found.against[0].text


def test_erased_is_open_only_where_transfer_does_not_help() -> None:
    found = erased(seen(*EQUAL))
    assert isinstance(found, Unknown)
    assert "lp_ft" in found.needs
    assert erased(seen(*HELPS)) is None


@pytest.mark.parametrize(("far", "said"), [(set(), True), ({"third"}, False), ({"third", "penultimate"}, False)])
def test_features_are_reused_where_most_of_the_deeper_taps_stay_nearer(far: set[str], said: bool) -> None:
    """Of four taps the last two are deep."""
    kept, own = KEPT
    rows = [replace(row, value=0.5) if row.tap in far else row for row in kept]
    assert isinstance(reused(seen(*HELPS, rows, own, CLEAR)), Explanation) is said
