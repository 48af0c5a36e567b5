"""Explanations from the source's features."""

from tests.why.made_up import BUDGET, EQUAL, GOOD, HELPS, WORSE, arm, gaps, readout, seen, still

from shiftprobe.core.types import Condition
from shiftprobe.results.model import Explanation, Unknown
from shiftprobe.why.easy import random_suffices
from shiftprobe.why.features import head_not_features, source_like_random

BLUR, STRONG = Condition("gaussian_blur", 0.5), Condition("gaussian_blur", 1.0)
NONE, CLEAR = gaps(0.0, 0.01, -0.02, -0.05), gaps(0.0, 0.1, 0.2, 0.3)
DOSED = {"shifts": ["gaussian_blur"], "severities": [0.5]}
BOTH = (*EQUAL, *(arm(one[0].arm, *(row.value for row in one), place=BLUR) for one in EQUAL))


def test_a_source_like_random_is_named_with_its_rows() -> None:
    found = source_like_random(seen(*EQUAL, NONE, source=0.1))
    assert isinstance(found, Explanation)
    assert found.grade == "strong"
    assert "nothing to transfer" in found.claim
    assert "by -5.0 points (95 % interval -8.0 to -2.0, n = 1,000 images)" in found.evidence[0].text
    assert "identity~0.0 linear/probe_gap source at penultimate against random" in found.evidence[0].rows
    assert "right on 10.0 % of its own test images (n = 1,000 images)" in found.evidence[-1].text
    assert found.against == ()


def test_a_source_that_is_good_at_home_or_unknown_there_only_suggests_it() -> None:
    found = source_like_random(seen(*EQUAL, NONE, source=0.95))
    assert isinstance(found, Explanation)
    assert found.grade == "suggestive"
    assert "nothing to transfer" not in found.claim
    assert "right on 95.0 % of its own" in found.against[0].text
    assert "--budget" in found.experiment
    found = source_like_random(seen(*EQUAL, NONE, source=None))
    assert isinstance(found, Explanation)
    assert found.grade == "suggestive"


def test_a_clear_gap_at_the_last_tap_or_at_most_taps_forbids_it() -> None:
    assert source_like_random(seen(*EQUAL, gaps(0.0, 0.0, 0.0, 0.1))) is None
    assert source_like_random(seen(*EQUAL, gaps(0.1, 0.1, 0.1, 0.0))) is None
    assert isinstance(source_like_random(seen(*EQUAL, gaps(0.0, 0.0, 0.08, -0.1))), Explanation)  # one draw's luck


def test_a_wide_interval_is_no_strong_evidence_of_no_gap() -> None:
    found = source_like_random(seen(*EQUAL, gaps(0.0, 0.0, 0.0, 0.0, half=0.2), source=0.1))
    assert isinstance(found, Explanation)
    assert found.grade == "suggestive"
    assert source_like_random(seen(*EQUAL, gaps(0.0, 0.0, 0.0, 0.1, half=0.2))) is None


def test_it_is_silent_where_transfer_helps_and_only_suggested_where_seeds_point_there() -> None:
    assert source_like_random(seen(*HELPS, NONE)) is None
    assert source_like_random(seen(arm("transfer", *GOOD), arm("scratch", 0.93, 0.921, 0.939), NONE)) is None
    leaning = (arm("transfer", 0.9, 0.8, 0.9), arm("scratch", 0.7, 0.79, 0.89))
    found = source_like_random(seen(*leaning, NONE, source=0.1))
    assert isinstance(found, Explanation)
    assert found.grade == "suggestive"
    assert "ahead of scratch by +7.3 points" in found.against[0].text
    far = (arm("transfer", 0.9, 0.8, 0.9), arm("scratch", 0.45, 0.62, 0.79))
    assert source_like_random(seen(*far, NONE)) is None


def test_it_is_silent_where_random_features_leave_no_room() -> None:
    assert source_like_random(seen(*EQUAL, NONE, readout("random", 0.95))) is None
    assert isinstance(source_like_random(seen(*EQUAL, NONE, readout("random", 0.7))), Explanation)


def test_some_conditions_against_are_named() -> None:
    some = (NONE, gaps(0.0, 0.1, 0.2, 0.3, place=BLUR))
    assert source_like_random(seen(*BOTH, *some, **DOSED)) is None  # half of them is not most
    more = {"shifts": ["gaussian_blur"], "severities": [0.5, 1.0]}
    away = (gaps(0, 0, 0, 0, place=STRONG), *(arm(one[0].arm, *GOOD, place=STRONG) for one in EQUAL))
    found = source_like_random(seen(*BOTH, *some, *away, source=0.1, **more))
    assert isinstance(found, Explanation)
    assert found.grade == "suggestive"
    assert "clearly better than random at gaussian_blur 0.5" in found.against[0].text


def test_without_readouts_nothing_is_known_of_the_features() -> None:
    for rule in (source_like_random, random_suffices):
        found = rule(seen(*EQUAL))
        assert isinstance(found, Unknown)
        assert "--probes linear" in found.needs


def test_random_features_suffice_where_their_readout_reaches_the_best_arm() -> None:
    found = random_suffices(seen(*EQUAL, readout("random", 0.945), CLEAR))
    assert isinstance(found, Explanation)
    assert found.grade == "strong"
    assert "random features is right on 94.5 % (95 % interval 92.5 to 96.5, n = 1,000 images" in found.evidence[0].text


def test_random_features_that_fall_behind_do_not_suffice() -> None:
    assert random_suffices(seen(*EQUAL, readout("random", 0.9), CLEAR)) is None
    wide = readout("random", 0.92, half=0.05)
    assert random_suffices(seen(*EQUAL, wide, CLEAR)) is None  # nor may a wide interval hide it


def test_random_features_say_nothing_of_arms_that_were_not_trained_out() -> None:
    control = readout("random", 0.84)
    assert random_suffices(seen(arm("transfer", 0.5, 0.52), arm("scratch", 0.5, 0.51), control, CLEAR)) is None
    assert random_suffices(seen(arm("transfer", 0.84, 0.85), arm("scratch", 0.5, 0.86), control, CLEAR)) is None


def test_random_features_are_no_reason_where_the_arms_differ() -> None:
    assert random_suffices(seen(*HELPS, readout("random", 0.95), CLEAR)) is None


def test_conditions_where_random_features_fall_behind_speak_against() -> None:
    some = (readout("random", 0.95), readout("random", 0.5, place=BLUR), CLEAR)
    assert random_suffices(seen(*BOTH, *some, **DOSED)) is None
    two = {"shifts": ["gaussian_blur"], "severities": [0.5, 1.0]}
    rows = [arm(one[0].arm, *(row.value for row in one), place=STRONG) for one in EQUAL]
    far = (readout("random", 0.95, place=STRONG), gaps(0, 0.1, 0.2, 0.3, place=STRONG))
    found = random_suffices(seen(*BOTH, *rows, *some, *far, **two))
    assert isinstance(found, Explanation)
    assert found.grade == "suggestive"
    assert found.against[0].text == "they fall behind at gaussian_blur 0.5"


def test_the_head_is_at_fault_where_frozen_features_do_what_fine_tuning_does() -> None:
    found = head_not_features(seen(*HELPS, still("zero_shot", 0.05), readout("source", 0.94), CLEAR))
    assert isinstance(found, Explanation)
    assert found.grade == "strong"
    assert "reach 94.0 %, the untouched checkpoint 5.0 %, fine-tuning 95.0 %" in found.evidence[0].text


def test_the_head_is_not_at_fault_where_the_checkpoint_answers_well_or_its_features_fall_behind() -> None:
    assert head_not_features(seen(*HELPS, still("zero_shot", 0.9), readout("source", 0.94), CLEAR)) is None
    assert head_not_features(seen(*HELPS, still("zero_shot", 0.05), readout("source", 0.5), CLEAR)) is None


def test_the_head_is_not_at_fault_where_random_features_do_as_well() -> None:
    assert head_not_features(seen(*HELPS, still("zero_shot", 0.05), readout("source", 0.94), NONE)) is None


def test_the_trained_head_stands_in_for_the_readout() -> None:
    rows = (*HELPS, still("zero_shot", 0.05), arm("linear_probe", 0.93, 0.94, 0.95))
    found = head_not_features(seen(*rows))
    assert isinstance(found, Explanation)
    assert "reach 94.0 %" in found.evidence[0].text


def test_the_head_under_a_shift_alone_is_only_suggested_and_home_speaks_against() -> None:
    away = [still("zero_shot", 0.1, BLUR), readout("source", 0.94, place=BLUR), gaps(0, 0.1, 0.2, 0.3, place=BLUR)]
    home = (still("zero_shot", 0.94), readout("source", 0.95), CLEAR)
    more = {"shifts": ["gaussian_blur"], "severities": [0.5, 1.0]}
    far = Condition("gaussian_blur", 1.0)
    away += (still("zero_shot", 0.1, far), readout("source", 0.94, place=far), gaps(0, 0.1, 0.2, 0.3, place=far))
    found = head_not_features(seen(*HELPS, *home, *away, **more))
    assert isinstance(found, Explanation)
    assert found.grade == "suggestive"
    assert "on the unshifted target" in found.against[0].text


def test_the_unshifted_target_decides_about_the_head_and_doses_speak_against() -> None:
    doses = [Condition("gaussian_blur", 0.5), Condition("gaussian_blur", 1.0)]
    away = [rows for dose in doses for rows in (still("zero_shot", 0.05, dose), readout("source", 0.1, place=dose))]
    home = (still("zero_shot", 0.05), readout("source", 0.94), CLEAR)
    found = head_not_features(seen(*HELPS, *home, *away, shifts=["gaussian_blur"], severities=[0.5, 1.0]))
    assert isinstance(found, Explanation)
    assert found.grade == "strong"
    assert len(found.against) == 2


def test_the_head_is_open_without_the_checkpoint_s_answers_or_its_features() -> None:
    found = head_not_features(seen(*HELPS, readout("source", 0.94), CLEAR))
    assert isinstance(found, Unknown)
    assert "zero_shot" in found.needs
    found = head_not_features(seen(*HELPS, still("zero_shot", 0.05)))
    assert isinstance(found, Unknown)
    assert "--probes linear" in found.needs


def test_a_gap_beyond_the_margin_is_judged_at_the_largest_budget_alone() -> None:
    small = arm("transfer", 0.5, 0.5, 0.6, budget=10)
    rows = (*EQUAL, small, arm("scratch", *WORSE, budget=10), readout("random", 0.945), CLEAR)
    found = random_suffices(seen(*rows, target={"data": "digits:uci", "budgets": [10, BUDGET]}))
    assert isinstance(found, Explanation)
