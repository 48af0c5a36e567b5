"""Checks that hold shares of right answers against thresholds: what they say against what was made up."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest
from tests.auditing.made_up import evidence, labels_of, policy, seen, side

from shiftprobe.auditing.checks.accuracy import accuracy
from shiftprobe.auditing.checks.classes import balanced, worst_class, worst_group
from shiftprobe.auditing.checks.dials import break_point, severity
from shiftprobe.auditing.checks.skipped import skipped
from shiftprobe.auditing.policy import load_policy
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import Condition
from shiftprobe.data.bundle import Skipped


def test_accuracy_passes_with_the_exact_interval_of_an_independent_library() -> None:
    (check,) = accuracy(evidence(400, 380)).checks
    expected = binomtest(380, 400).proportion_ci(0.95, "exact")
    assert (check.low, check.high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert (check.status, check.value, check.n, check.threshold) == ("pass", 0.95, 400, 0.8)
    assert check.reason.startswith(
        "accuracy on folder:photos is 95.0 % (95 % interval 92.4 to 96.9, n = 400), at least"
    )


@pytest.mark.parametrize(("right", "status"), [(300, "fail"), (320, "cannot tell"), (338, "pass")])
def test_accuracy_near_its_threshold_cannot_be_told(right: int, status: str) -> None:
    assert accuracy(evidence(400, right)).checks[0].status == status


def test_the_gate_says_what_it_misses() -> None:
    power = accuracy(evidence(400, 380)).checks[0].power
    assert power is not None
    assert power.sentence.startswith("with 400 images this gate misses a 3-point loss")
    assert 0 < power.missed < 1
    assert power.needed is not None
    assert power.needed > 400


def test_a_rule_that_only_warns_never_fails() -> None:
    warned = evidence(400, 100, policy=policy(accuracy={"level": "warn"}))
    assert accuracy(warned).checks[0].status == "warn"


def test_balanced_accuracy_counts_rare_classes_as_much() -> None:
    labels = np.array([0] * 90 + [1] * 10)
    rare = replace(side(100), labels=labels)
    made = evidence(data=rare, clean=seen(labels, 90), n=100, policy=policy(shifts=[]))
    part = balanced(made)
    assert part.checks[0].value == pytest.approx(0.5)
    assert [row.name for row in part.shown.classes] == ["bee", "ant"]
    assert part.shown.classes[0].taken_for == "cat"


def test_the_weakest_class_is_named_and_decides() -> None:
    labels = labels_of(400)
    right = ~((labels == 2) & (np.arange(400) < 300))
    (check,) = worst_class(
        evidence(400, 400, clean=seen(labels, right), policy=policy(worst_class={"level": "gate"}))
    ).checks
    assert check.status == "fail"
    assert check.value == pytest.approx(0.25)
    assert "the weakest of 4 classes is cat with 25.0 %" in check.reason


@pytest.mark.parametrize(("cat", "more"), [(30, "; 2 of them are below it"), (50, "")])
def test_the_weakest_class_is_told_with_what_it_is_taken_for_and_how_many_fail(cat: int, more: str) -> None:
    labels, rights = np.repeat(np.arange(4), 100), (95, 20, cat, 90)
    right = np.concatenate([np.arange(100) < k for k in rights])
    data = replace(side(400), labels=labels)
    (check,) = worst_class(evidence(data=data, clean=seen(labels, right.tolist()), policy=policy(shifts=[]))).checks
    low = binomtest(20, 100).proportion_ci(0.95, "exact").low
    high = binomtest(20, 100).proportion_ci(1 - 0.05 / 4, "exact").high
    assert check.reason == (
        f"the weakest of 4 classes is bee with 20.0 % (n = 100; 95 % interval of the lowest true one {100 * low:.1f} "
        f"to {100 * high:.1f}), below 50.0 %{more}; it is mostly taken for cat (80 of 100)"
    )


def test_a_class_that_is_never_mistaken_is_taken_for_none() -> None:
    (check,) = worst_class(evidence(400, 400)).checks
    assert check.reason.endswith("): every one is at least 50.0 %")


def test_classes_with_few_images_are_left_out_and_named() -> None:
    labels = np.array([0] * 50 + [1] * 50 + [2] * 3)
    made = evidence(data=replace(side(103), labels=labels), clean=seen(labels, 103), n=103, policy=policy(shifts=[]))
    reason = worst_class(made).checks[0].reason
    assert "the weakest of 2 classes" in reason
    assert "1 class with fewer than 10 images left out (cat)" in reason


def test_without_domains_there_is_no_weakest_one() -> None:
    with pytest.raises(NotAvailableError, match="names no domain"):
        worst_group(evidence())


def test_the_weakest_domain_is_found() -> None:
    groups = ["day"] * 200 + ["night"] * 200
    made = evidence(400, 240, data=side(400, groups=groups))
    part = worst_group(made)
    assert part.checks[0].status == "fail"
    assert part.checks[0].value == pytest.approx(0.2)
    assert [(row.name, row.accuracy, row.n) for row in part.shown.groups] == [("night", 0.2, 200), ("day", 1.0, 200)]
    night = binomtest(40, 200).proportion_ci(0.95, "wilson")
    assert (part.shown.groups[0].low, part.shown.groups[0].high) == pytest.approx((night.low, night.high))


def test_every_shift_is_gated_at_the_policys_severity() -> None:
    made = evidence(400, 380, dial={Condition("fog", 0.25): 200})
    checks = {check.name: check for check in severity(made).checks}
    assert checks["severity:fog"].status == "fail"
    assert checks["severity:jpeg"].status == "pass"
    assert checks["severity:fog"].p_holm == pytest.approx(min(1.0, 3 * (checks["severity:fog"].p or 0)))


def test_correction_for_a_family_is_said_only_where_it_changes_the_word() -> None:
    # 0.745 of 400 alone is proven to reach 0.70 at 97.5 %, not at a third of that
    made = evidence(
        400, 400, dial={Condition("fog", 0.25): 299, Condition("jpeg", 0.25): 290, Condition("contrast", 0.25): 290}
    )
    fog = severity(made).checks[0]
    assert fog.status == "cannot tell"
    assert "corrected for 3 of a kind it does not" in fog.reason
    alone = severity(evidence(400, 400, policy=policy(shifts=["fog"]), dial={Condition("fog", 0.25): 299})).checks[0]
    assert alone.reason.endswith(", at least 70.0 %")


def test_break_points_end_where_the_floor_is_no_longer_proven() -> None:
    made = evidence(400, 380, dial={Condition("fog", 0.5): 200, Condition("fog", 1.0): 40})
    part = break_point(made)
    fog = next(check for check in part.checks if check.name == "break_point:fog")
    assert (fog.value, fog.unit, fog.status) == (0.25, "dose", "warn")
    assert "passes up to dose 0.25 with 95 % confidence" in fog.reason
    assert part.shown.dials["fog"].passes_to == 0.25
    assert part.shown.dials["jpeg"].passes_to == 1.0
    assert part.shown.dials["fog"].accuracy == (0.95, 0.95, 0.5, 0.1)


def test_where_accuracy_rises_along_a_dial_no_band_and_no_crossing_are_shown() -> None:
    part = break_point(evidence(400, 200, dial={Condition("fog", 0.5): 380, Condition("fog", 1.0): 390}))
    fog, jpeg = part.shown.dials["fog"], part.shown.dials["jpeg"]
    assert (fog.lower, fog.upper, fog.crosses_at) == ((), (), None)
    assert all(low <= high for low, high in zip(jpeg.lower, jpeg.upper, strict=True))  # type: ignore[operator]
    check = next(check for check in part.checks if check.name == "break_point:fog")
    assert "accuracy rises along this dial, so no falling curve fits" in check.reason


def test_the_interval_of_the_weakest_class_is_told_to_be_that_of_the_lowest_true_accuracy() -> None:
    labels = np.repeat([0, 1, 2, 3], [100, 10, 100, 100])
    right = np.concatenate([np.arange(100) < 70, np.arange(10) < 9, np.ones(200, bool)])
    data = replace(side(310), labels=labels)
    (check,) = worst_class(evidence(310, 0, data=data, clean=seen(labels, right.tolist()))).checks
    assert (check.n, check.value) == (100, 0.7)
    assert check.low == pytest.approx(binomtest(9, 10).proportion_ci(0.95, "exact").low)  # not of the 100 images
    assert "ant with 70.0 % (n = 100; 95 % interval of the lowest true one 55.5 to" in check.reason


@pytest.mark.parametrize("right", range(240, 310, 2))
def test_the_dose_a_shift_withstands_and_its_verdict_never_contradict_each_other(right: int) -> None:
    rules = policy(break_point={"at_least": 0.7, "dose": 0.5, "level": "gate"})
    weak = {Condition("jpeg", 1.0): 10, Condition("contrast", 1.0): 10}
    for last in (100, 275):  # accuracy at the last dose: proven below the floor, or only near it
        made = evidence(
            400, 390, policy=rules, dial={Condition("fog", 0.5): right, Condition("fog", 1.0): last, **weak}
        )
        fog = next(check for check in break_point(made).checks if check.name == "break_point:fog")
        assert fog.value is not None
        assert fog.high is not None
        assert (fog.status == "pass") == (fog.value >= 0.5)
        assert fog.status != "fail" or fog.high <= 0.5


def test_files_that_could_not_be_read_are_a_share_of_all() -> None:
    some = side(98)
    bundle = replace(some.bundle, skipped=(Skipped("a.jpg", "empty"), Skipped("b.jpg", "cut")))
    made = evidence(98, 98, data=replace(some, bundle=bundle), policy=load_policy({"shifts": []}))
    (check,) = skipped(made).checks
    assert (check.status, check.value) == ("fail", 0.02)
    assert (
        "2 of 100 files of folder:photos were skipped (2.0 %), more than 1.0 %, the first a.jpg: empty" in check.reason
    )
