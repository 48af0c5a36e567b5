"""Properties that name the class: planted ones, natural ones, and whether errors follow them."""

import numpy as np
import pytest
from scipy.stats import binomtest, fisher_exact

from shiftprobe.stats.shortcuts import Misled, misled, property_tests
from shiftprobe.stats.slices import halves

LIFT = 0.5


def planted(n: int = 1000, noise: float = 0.02) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Ten classes; `size` is 10 times the class, `rim` is bright in class 3 alone, `luck` says nothing."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, n)
    flipped = rng.random(n) < noise
    columns = {
        "size": labels * 10.0 + rng.normal(size=n),
        "rim": ((labels == 3) != flipped) + 0.01 * rng.random(n),
        "luck": rng.random(n),
        "domain": np.where(labels < 5, "day", "night"),
    }
    return columns, labels, halves(n, rng)


def test_each_property_is_told_with_what_it_reaches() -> None:
    columns, labels, first = planted()
    size, rim, luck, domain = property_tests(columns, labels, first, LIFT)
    assert (size.by, size.label, size.found) == ("size", None, True)
    assert size.right / size.n > 0.98
    assert (rim.label, rim.found) == (3, True)
    assert rim.right / rim.n == pytest.approx(0.98, abs=0.015)
    assert rim.majority == pytest.approx(0.9, abs=0.03)
    assert not luck.found
    assert abs(luck.lift) < 0.1
    assert domain.label is None  # two classes of ten named, and none told from all others
    assert domain.lift == pytest.approx(1 / 9, abs=0.08)
    assert not domain.found


def test_numbers_are_exact_and_of_the_half_that_did_not_train() -> None:
    columns, labels, first = planted()
    for one in property_tests(columns, labels, first, LIFT):
        assert one.n == (~first).sum() == len(one.points_right)
        known = binomtest(one.right, one.n, one.majority, alternative="greater")
        assert one.p == pytest.approx(known.pvalue)
        both = binomtest(one.right, one.n).proportion_ci(0.95, method="exact")
        assert (one.low, one.high) == pytest.approx((both.low, both.high))


def test_names_of_classes_do_not_matter() -> None:
    columns, labels, first = planted()
    swapped = property_tests(columns, 9 - labels, first, LIFT)
    for one, other in zip(property_tests(columns, labels, first, LIFT), swapped, strict=True):
        assert (one.right, one.found) == pytest.approx((other.right, other.found), abs=6)
    assert swapped[1].label == 6


def test_too_many_names_and_one_value_are_left_out() -> None:
    _, labels, first = planted()
    columns = {"ident": np.arange(1000).astype(str), "same": np.ones(1000)}
    assert property_tests(columns, labels, first, LIFT) == ()


def test_errors_that_follow_a_property_are_seen() -> None:
    points_right = np.arange(200) >= 20
    follows = misled(points_right, points_right | (np.arange(200) % 5 == 0))
    assert follows == Misled(180, 180, 20, 4, follows.p)
    assert follows.p == pytest.approx(fisher_exact([[4, 16], [180, 0]], alternative="less").pvalue)
    assert misled(points_right, np.arange(200) % 10 > 0).p > 0.3
    assert misled(np.ones(9, bool), np.ones(9, bool)) == Misled(9, 9, 0, 0, 1.0)
