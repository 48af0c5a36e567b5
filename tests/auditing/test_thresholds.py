"""Where each check turns: bounds that are met exactly, counts just enough and just too few, sizes that are cut."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.auditing.made_up import evidence, labels_of, policy, seen, side, subject

from shiftprobe.auditing import predictions
from shiftprobe.auditing.checks.base import (
    begun,
)
from shiftprobe.auditing.checks.bounded import decided, side_of
from shiftprobe.auditing.checks.calibration import along
from shiftprobe.auditing.checks.classes import balanced, worst_class, worst_group
from shiftprobe.auditing.checks.drift import drift
from shiftprobe.auditing.checks.gated import power
from shiftprobe.auditing.checks.rejection import rejection
from shiftprobe.auditing.checks.skipped import skipped
from shiftprobe.auditing.policy import AtMost
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import Condition
from shiftprobe.data.bundle import Skipped
from shiftprobe.metrics import InputError


@pytest.mark.parametrize(
    ("low", "high", "relation", "word"),
    [
        (0.7, 0.9, "at least", "pass"),
        (0.5, 0.7, "at least", "cannot tell"),
        (0.7, 0.7, "at least", "pass"),
        (0.1, 0.7, "at most", "pass"),
        (0.7, 0.9, "at most", "cannot tell"),
        (0.71, 0.71, "at most", "fail"),
    ],
)
def test_a_bound_that_is_met_exactly_is_kept(low: float, high: float, relation: str, word: str) -> None:
    assert side_of(low, high, relation, 0.7) == word


@pytest.mark.parametrize(
    ("unit", "numbers", "bound", "said"),
    [
        ("points", (0.3, 0.3, 0.3, 9), ("at most", 0.4), "it, at most 40.0 points"),
        ("ratio", (0.3, 0.2, 0.6, 9), ("at most", 0.4), "it: whether it is at most 0.4 cannot be told"),
        ("fraction", (0.3, 0.2, 0.35, 9), ("at least", 0.4), "it, below 40.0 %"),
    ],
)
def test_a_decision_ends_with_its_bound_in_its_own_unit(unit: str, numbers: Any, bound: Any, said: str) -> None:
    check = decided(replace(begun("drift", "d"), unit=unit), AtMost(at_most=0.4), numbers, bound, "it")
    assert check.reason == said
    assert (check.value, check.low, check.high, check.n) == numbers
    assert (check.relation, check.threshold) == bound


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_files_up_to_the_allowed_share_may_be_skipped(lost: int) -> None:
    some = side(100 - lost)
    bundle = replace(some.bundle, skipped=tuple(Skipped(f"{i}.jpg", "cut") for i in range(lost)))
    (check,) = skipped(evidence(data=replace(some, bundle=bundle))).checks
    assert (check.value, check.n, check.status) == (lost / 100, 100, "pass" if lost < 2 else "fail")


@pytest.mark.parametrize(("n", "enough"), [(9, False), (10, True)])
def test_ten_images_of_a_class_or_domain_are_enough(n: int, enough: bool) -> None:
    labels = np.repeat([0, 1], [50, n])
    data = replace(side(50 + n), labels=labels, groups=np.where(labels == 1, "night", "day"))
    made = evidence(data=data, clean=seen(labels, 50), policy=policy(shifts=[]))
    for check in (*worst_class(made).checks, *worst_group(made).checks):
        assert check.value == (0.0 if enough else 1.0)
        assert ("left out" in check.reason) is not enough
    few = replace(made, data=replace(data, labels=labels[-n:], groups=data.groups[-n:]))  # type: ignore[index]
    few = replace(few, clean=seen(labels[-n:], n))
    if not enough:
        for ask in (worst_class, worst_group):
            with pytest.raises(InputError, match="has 10 images or more"):
                ask(few)


@pytest.mark.parametrize(("n", "enough"), [(9, False), (10, True)])
def test_drift_needs_ten_images_on_each_side(n: int, enough: bool) -> None:
    made = evidence(target=side(n), on_target=seen(labels_of(n), n))
    if enough:
        assert drift(made).checks[0].n == 10
    else:
        with pytest.raises(InputError, match="wanted at least 10 images on each side, got 400 and 9"):
            drift(made)


def test_drift_looks_at_1000_images_of_a_side_at_most() -> None:
    made = evidence(1200, 1200, data=side(1200), target=side(1100), on_target=seen(labels_of(1100), 1100))
    (check,) = drift(made).checks
    assert check.n == 1000
    assert "n = 1,000 and 1,000)" in check.reason


def test_overconfidence_counts_doses_up_to_the_gated_one_and_none_is_said() -> None:
    made = evidence(policy=policy(severity={"at": 0.5}))
    assert "the highest of 6 " in along(made).checks[0].reason  # three shifts at 0.25 and 0.5
    with pytest.raises(NotAvailableError, match=r"no shift up to severity\.at"):
        along(replace(made, dial={Condition("fog", 1.0): made.clean}))


@pytest.mark.parametrize(("n", "points"), [(150, 150), (400, 201), (1000, 201)])
def test_a_curve_of_risk_is_thinned_to_about_200_points_and_keeps_its_end(n: int, points: int) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(n, 4)).astype(np.float32)
    made = evidence(n, n, data=side(n), clean=replace(seen(labels_of(n), n), logits=logits))
    shown = rejection(made).shown.risk_coverage
    assert shown is not None
    assert len(shown.coverage) == len(shown.risk) == points
    assert shown.coverage[-1] == 1.0


@pytest.mark.parametrize(("classes", "drawn"), [(30, True), (31, False)])
def test_a_table_of_confusions_is_drawn_for_30_classes_at_most(classes: int, drawn: bool) -> None:
    labels = np.arange(4 * classes) % classes
    answers = np.eye(classes, dtype=np.float32)[labels]
    made = evidence(
        subject=replace(subject(), classes=tuple(f"c{i:02d}" for i in range(classes))),
        data=replace(side(len(labels)), labels=labels),
        clean=replace(seen(labels_of(4), 4), logits=answers),
        policy=policy(shifts=[]),
    )
    assert (balanced(made).shown.confusion is not None) is drawn


@pytest.mark.parametrize(
    ("threshold", "n", "told"), [(0.03, 100, True), (0.02, 100, False), (0.5, 0, False), (0.5, 1, True)]
)
def test_power_is_told_where_the_loss_fits_below_the_threshold(threshold: float, n: int, told: bool) -> None:
    assert (power(policy(), threshold, n) is not None) is told


@pytest.mark.parametrize(("largest", "kept"), [(59_999.0, np.float16), (60_000.0, np.float32), (1e6, np.float32)])
def test_features_are_rounded_to_half_precision_only_within_its_range(largest: float, kept: type) -> None:
    for sign in (1, -1):
        features = np.array([[0.5, sign * largest]], np.float32)
        found = predictions._halved(features)
        assert found.dtype == kept
        assert np.isfinite(found).all()
        np.testing.assert_allclose(found.astype(np.float32), features, rtol=1e-3)
