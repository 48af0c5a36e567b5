"""Groups of images in balanced accuracy, the worst class, dials, calibration and rejection."""

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import beta, t

from shiftprobe.metrics import balanced_accuracy
from shiftprobe.metrics.checks import InputError
from shiftprobe.stats import break_point, break_points, grouped_gate, image_spread
from shiftprobe.stats.grouped_gap import grouped_overconfidence
from shiftprobe.stats.grouped_parts import grouped_balanced_gate, grouped_worst
from shiftprobe.stats.grouped_rejecting import grouped_rejecting

TABLE = Path(__file__).parents[2] / "benchmarks" / "groups" / "checks.csv"
RNG = np.random.default_rng(5)
NAMES = np.repeat(np.arange(40), 6)
LABELS = (NAMES % 2).astype(np.int64)  # a group holds images of one class
RIGHT = np.repeat(RNG.random(40) < 0.85, 6) ^ (RNG.random(240) < 0.05)
ANSWERS = np.where(RIGHT, LABELS, 1 - LABELS)


def of_class(label: int) -> tuple[float, float]:
    """Its share and the variance between its 20 groups, one all right and one all wrong among them."""
    hits = [*RIGHT[label == LABELS].reshape(20, 6).sum(axis=1), 6.0, 0.0]
    share = sum(hits) / 132
    return share, 22 / 21 * sum((hit - 6 * share) ** 2 for hit in hits) / 132**2


def test_balanced_accuracy_rests_on_the_groups_of_each_class() -> None:
    found = grouped_balanced_gate(LABELS, ANSWERS, NAMES, 2, threshold=0.6)
    (p, one), (q, other) = of_class(0), of_class(1)
    centre, variance = (p + q) / 2, (one + other) / 4
    n = centre * (1 - centre) / variance * (t.ppf(0.975, 239) / t.ppf(0.975, 38)) ** 2
    x = found.value * n
    assert found.value == balanced_accuracy(LABELS, ANSWERS, 2).value
    assert (found.low, found.high) == pytest.approx((beta.ppf(0.025, x, n - x + 1), beta.ppf(0.975, x + 1, n - x)))
    assert (found.n, found.groups) == (240, 40)


def test_classes_that_a_group_shares_vary_together() -> None:
    mixed = np.tile([0, 1], 120)  # each group holds three of either
    answers = np.where(RIGHT, mixed, 1 - mixed)
    found = grouped_balanced_gate(mixed, answers, NAMES, 2, threshold=0.6)
    apart = grouped_balanced_gate(mixed, answers, NAMES * 2 + mixed, 2, threshold=0.6)
    assert found.low < apart.low  # as if the two halves of a group were two draws


def test_balanced_accuracy_wants_nine_groups_more_than_classes() -> None:
    few = NAMES < 10
    assert grouped_balanced_gate(LABELS[few], LABELS[few], NAMES[few], 2, threshold=0.1).word == "cannot tell"
    enough = NAMES < 12
    assert grouped_balanced_gate(LABELS[enough], LABELS[enough], NAMES[enough], 2, threshold=0.1).word == "pass"


def test_the_worst_class_is_that_of_its_own_groups() -> None:
    found = grouped_worst(RIGHT, LABELS, NAMES, 0.6)
    alone = [grouped_gate(RIGHT[label == LABELS], NAMES[label == LABELS], 0.6) for label in (0, 1)]
    assert found.members == tuple(alone)
    assert found.value == min(one.value for one in alone)
    assert found.low == min(one.low for one in alone)
    assert (found.word, found.groups) == ("cannot tell" if max(one.p_above for one in alone) > 0.025 else "pass", 20)


def test_a_class_of_few_groups_keeps_the_worst_from_passing_not_from_failing() -> None:
    names = np.repeat(np.arange(34), 6)
    parts = (np.arange(34) < 9).astype(int)[names]
    assert grouped_worst(np.ones(204, bool), parts, names, 0.3).word == "cannot tell"
    assert grouped_worst(parts == 1, parts, names, 0.9).word == "fail"


def test_a_dial_is_held_dose_by_dose_by_groups() -> None:
    right = np.stack([RIGHT, RIGHT & (RNG.random(240) < 0.9)], axis=1)
    found = break_point([0.0, 1.0], right, 0.6, groups=NAMES)
    held = [grouped_gate(right[:, j], NAMES, 0.6) for j in (0, 1)]
    assert found.p_above == tuple(one.p_above for one in held)
    assert found.low == tuple(one.low for one in held)
    assert found.groups == 40
    assert found.lower[0] < break_point([0.0, 1.0], right, 0.6).lower[0]
    assert break_points({"fog": ([0.0, 1.0], right)}, 0.6, groups=NAMES)["fog"].groups == 40
    few = break_point([0.0], np.ones((90, 1), bool), 0.1, groups=np.repeat(np.arange(9), 10))
    assert (few.dose, few.p_above) == (None, (1.0,))


def test_confidence_less_accuracy_holds_the_interval_over_groups_and_that_of_the_accuracy() -> None:
    sure = RNG.uniform(0.8, 1.0, 240)
    low, high = grouped_overconfidence(sure, RIGHT, NAMES)
    over_groups, share = image_spread(sure - RIGHT, groups=NAMES).ends(0.95), grouped_gate(RIGHT, NAMES, 0.5)
    assert low == min(over_groups[0], sure.mean() - share.high)
    assert high == max(over_groups[1], sure.mean() - share.low)


def test_a_promise_is_not_proven_by_copies() -> None:
    sure, right = np.tile(np.linspace(0.5, 1.0, 30), 40), np.ones(1200, bool)
    each = grouped_rejecting(sure, right, np.arange(1200), 0.05)
    copies = grouped_rejecting(sure, right, np.tile(np.arange(30), 40), 0.05)
    assert each.rejected == 0.0
    assert copies.threshold is None
    assert "30 groups of images" in copies.reason
    few = grouped_rejecting(sure, right, np.arange(1200) % 9, 0.4)
    assert "fewer than 10" in few.reason


def test_the_simulation_keeps_what_is_promised() -> None:
    rows = list(csv.DictReader(TABLE.read_text().splitlines()))
    assert len(rows) == 9 * 3 * 2 * 3
    assert {row["groups"] for row in rows} == {"10", "20", "50"}
    assert max(float(row["pass_by_groups"]) for row in rows) <= 0.03
    assert min(max(float(row["pass_by_images"]) for row in rows if row["check"] == name) for name in checks(rows)) > 0.1


def checks(rows: list[dict[str, str]]) -> set[str]:
    return {row["check"] for row in rows}


def test_groups_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="each image needs a group"):
        grouped_balanced_gate(LABELS, ANSWERS, NAMES[:3], 2, threshold=0.5)
    with pytest.raises(InputError, match="a part and a group"):
        grouped_worst(RIGHT, LABELS[:3], NAMES, 0.5)
    with pytest.raises(InputError, match="each image needs a group"):
        grouped_rejecting(np.ones(240), RIGHT, NAMES[:3], 0.5)
