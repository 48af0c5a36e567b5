"""Accuracy, its interval, and per-image cosine."""

import numpy as np
import pytest
from scipy.stats import binomtest, t
from sklearn.metrics import accuracy_score
from sklearn.metrics.pairwise import cosine_similarity

from shiftprobe.core.errors import ShiftprobeError
from shiftprobe.metrics import Accuracy, InputError, accuracy, cosine_rows, mean_interval, wilson


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (10, 10), (970, 1000), (1, 1)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_wilson_agrees_with_scipy(k: int, n: int, confidence: float) -> None:
    expected = binomtest(k, n).proportion_ci(confidence, method="wilson")
    assert wilson(k, n, confidence) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_is_symmetric_and_ends_where_shares_end() -> None:
    low, high = wilson(3, 10)
    assert wilson(7, 10) == pytest.approx((1 - high, 1 - low))
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10)[1] == 1.0


@pytest.mark.parametrize(("k", "n"), [(-1, 10), (11, 10), (0, 0)])
def test_wilson_refuses_counts_that_are_none(k: int, n: int) -> None:
    with pytest.raises(InputError, match=f"got {k} of {n}"):
        wilson(k, n)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0, float("nan")])
def test_wilson_refuses_a_confidence_that_is_no_fraction(confidence: float) -> None:
    with pytest.raises(InputError, match=r"write 0\.95"):
        wilson(5, 10, confidence)


@pytest.mark.parametrize("confidence", [0.5, 0.95])
@pytest.mark.parametrize("n", [2, 3, 40])
def test_mean_interval_agrees_with_scipy(n: int, confidence: float) -> None:
    values = np.random.default_rng(n).normal(size=n)
    expected = t.interval(confidence, n - 1, values.mean(), values.std(ddof=1) / n**0.5)
    assert mean_interval(values, confidence) == pytest.approx((values.mean(), *expected))


def test_mean_interval_moves_with_its_values_and_needs_two_of_them() -> None:
    values = np.random.default_rng(0).normal(size=9)
    mean, low, high = mean_interval(values)
    assert mean_interval(3 - 2 * values) == pytest.approx((3 - 2 * mean, 3 - 2 * (high or 0), 3 - 2 * (low or 0)))
    assert mean_interval([0.5, 0.5]) == (0.5, 0.5, 0.5)
    assert mean_interval([0.7]) == (0.7, None, None)


def test_mean_interval_refuses_what_has_no_mean() -> None:
    with pytest.raises(InputError, match="at least one, got 0"):
        mean_interval([])
    with pytest.raises(InputError, match="finite numbers"):
        mean_interval([0.1, float("inf")])
    with pytest.raises(InputError, match=r"write 0\.95"):
        mean_interval([0.1, 0.2], 95)


def test_accuracy_agrees_with_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    labels, guesses = rng.integers(0, 3, 50), rng.integers(0, 3, 50)
    expected = accuracy_score(labels, guesses)
    assert accuracy(labels, guesses) == Accuracy(expected, *wilson(round(50 * expected), 50), 50)


def test_accuracy_refuses_what_does_not_pair() -> None:
    with pytest.raises(InputError, match="got 2 and 3"):
        accuracy([0, 1], [0, 1, 1])
    with pytest.raises(InputError, match="labels must be whole numbers"):
        accuracy([], [])
    with pytest.raises(InputError, match="predictions must be whole numbers"):
        accuracy([0, 1], [0.2, 0.8])


def test_cosine_agrees_with_scikit_learn() -> None:
    x, y = np.random.default_rng(2).normal(size=(2, 20, 6))
    assert cosine_rows(x, y) == pytest.approx(np.diag(cosine_similarity(x, y)), abs=1e-12)


def test_cosine_sees_direction_only() -> None:
    x = np.random.default_rng(2).normal(size=(20, 6))
    assert cosine_rows(x, 1e200 * x) == pytest.approx(np.ones(20))
    assert cosine_rows(x, -1e-200 * x) == pytest.approx(-np.ones(20))
    assert (np.abs(cosine_rows(x, x)) <= 1.0).all()


def test_cosine_refuses_rows_without_direction() -> None:
    x = np.ones((4, 2))
    with pytest.raises(InputError, match="1 of 4 images have all-zero features"):
        cosine_rows(x, np.vstack([np.zeros(2), x[1:]]))
    with pytest.raises(InputError, match="same features, got 2 and 3"):
        cosine_rows(x, np.ones((4, 3)))


def test_a_refusal_is_ours_and_a_value_error() -> None:
    assert issubclass(InputError, ShiftprobeError)
    assert issubclass(InputError, ValueError)
