"""Which failing checks share one reason, each case worked out by hand."""

from typing import Any

import pytest

from shiftprobe.auditing.causes import CLEAN_FIRST, explained
from shiftprobe.auditing.estimate.types import AccuracyEstimate
from shiftprobe.auditing.measurements import Repair, TargetAccuracy
from shiftprobe.auditing.model import Measurements
from shiftprobe.auditing.policy import load_policy
from shiftprobe.auditing.types import Check

POLICY = load_policy()  # accuracy 0.8, balanced 0.75, worst class 0.5, severity 0.7, target 0.7


def check(name: str, status: Any, value: float | None = None, *, gates: bool = True, n: int = 400) -> Check:
    low, high = (None, None) if value is None else (value - 0.04, value + 0.04)
    kind = name.partition(":")[0]
    return Check(
        name=name, kind=kind, title=name, status=status, gates=gates, reason="so", value=value, low=low, high=high,
        n=n, fix="do it",
    )  # fmt: skip


def causes(*checks: Check, **shown: Any) -> dict[str, str]:
    found = explained(checks, Measurements(**shown), POLICY)
    return {one.name: one.explained_by for one in found if one.explained_by}


def test_a_clean_accuracy_below_its_floor_explains_what_wants_more_than_it_reaches() -> None:
    found = causes(
        check("accuracy", "fail", 0.6),
        check("severity:fog", "fail", 0.4),
        check("severity:jpeg", "cannot tell", 0.68),
        check("balanced_accuracy", "warn", 0.6, gates=False),
        check("worst_class", "warn", 0.2, gates=False),  # wants 0.5, which 0.6 reaches
        check("break_point:fog", "warn", gates=False),
        check("risk_coverage", "warn", 0.9, gates=False),  # 0.95 right of 70 % answered: 0.665 of all
        check("calibration", "warn", 0.3, gates=False),  # a network may be 60 % sure of what is 60 % right
        check("skipped", "fail", 0.2),
        check("severity:contrast", "pass", 0.8),
    )
    fall = {"severity:fog", "severity:jpeg", "balanced_accuracy", "break_point:fog", "risk_coverage"}
    assert found == dict.fromkeys(fall, "accuracy")


def test_a_gate_below_what_clean_images_reach_has_its_own_reason_and_waits_for_them() -> None:
    checks = explained((check("accuracy", "fail", 0.75), check("severity:fog", "fail", 0.4)), Measurements(), POLICY)
    assert [one.explained_by for one in checks] == ["", ""]  # 0.75 would do for the 0.7 under fog
    assert checks[1].fix == CLEAN_FIRST


def test_an_accuracy_that_is_not_proven_to_be_low_explains_nothing() -> None:
    assert causes(check("accuracy", "cannot tell", 0.78), check("severity:fog", "fail", 0.4)) == {}


def test_a_wrong_preprocessing_that_brings_most_of_what_lacks_explains_all_that_rests_on_answers() -> None:
    names = ("accuracy", "severity:fog", "target", "calibration", "regression", "drift", "class_order")
    checks = [check(name, "fail", 0.29) for name in names]
    found = causes(check("preprocessing", "warn", 0.54, gates=False), *checks, check("skipped", "fail", 0.2))
    assert found == dict.fromkeys(names, "preprocessing")


@pytest.mark.parametrize(("gain", "explains"), [(0.26, True), (0.24, False)])
def test_half_of_what_lacks_to_the_floor_is_asked_of_an_input(gain: float, explains: bool) -> None:
    found = causes(check("preprocessing", "warn", gain, gates=False), check("accuracy", "fail", 0.3))
    assert found == ({"accuracy": "preprocessing"} if explains else {})


def test_a_small_gain_explains_the_thresholds_that_it_reaches_and_no_other() -> None:
    found = causes(
        check("preprocessing", "warn", 0.05, gates=False),
        check("accuracy", "pass", 0.9),
        check("severity:fog", "fail", 0.64),  # lacks 0.06
        check("target", "fail", 0.1),  # lacks 0.6
        check("calibration", "warn", 0.2, gates=False),
    )
    assert found == {"severity:fog": "preprocessing"}


def test_what_the_repair_measured_on_the_target_goes_before_the_gain_on_clean_images() -> None:
    checks = (check("preprocessing", "warn", 0.5), check("accuracy", "fail", 0.3), check("target", "fail", 0.1))
    nothing = Repair(
        name="preprocessing", title="it", on="target", before=0.1, after=0.1, gain=0.0, low=-0.04, high=0.04
    )
    assert causes(*checks, repairs=(nothing,)) == {"accuracy": "preprocessing"}
    assert causes(*checks) == {"accuracy": "preprocessing", "target": "preprocessing"}


def test_of_two_wrong_inputs_the_one_that_brings_more_is_the_cause() -> None:
    checks = (check("preprocessing", "warn", 0.45), check("class_order", "fail", 0.7), check("accuracy", "fail", 0.1))
    assert causes(*checks) == {"preprocessing": "class_order", "accuracy": "class_order"}


@pytest.mark.parametrize(("there", "explains"), [(0.58, True), (0.2, False)])
def test_a_target_that_is_worse_than_clean_images_has_its_own_reason(there: float, explains: bool) -> None:
    checks = (check("accuracy", "fail", 0.6), check("target", "fail", there))
    measured = causes(*checks, target=TargetAccuracy(accuracy=there, n=400))
    guessed = causes(*checks, estimates=AccuracyEstimate(value=there, low=there - 0.1, high=there + 0.1, n=400))
    assert measured == guessed == ({"target": "accuracy"} if explains else {})


def test_statuses_stay_and_what_is_explained_has_no_advice() -> None:
    given = (check("accuracy", "fail", 0.6), check("severity:fog", "fail", 0.4))
    found = explained(given, Measurements(), POLICY)
    assert [one.status for one in found] == ["fail", "fail"]
    assert [one.fix for one in found] == ["do it", ""]


def test_slices_share_the_reason_of_a_wrong_input_and_a_property_of_the_images_does_not() -> None:
    found = causes(
        check("preprocessing", "warn", 0.4, gates=False),
        check("accuracy", "fail", 0.3),
        check("slices", "warn", 0.3, gates=False),
        check("slices:shortcuts", "warn", 0.7, gates=False),
    )
    assert found == dict.fromkeys(("accuracy", "slices"), "preprocessing")
