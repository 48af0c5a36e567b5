"""Prediction sets: scores against the papers' formulas, coverage against its exact distribution, refusals."""

import math

import numpy as np
import pytest
from scipy import stats

from shiftprobe.metrics import (
    InputError,
    broken_promise,
    class_scores,
    conformal_rank,
    coverage_by_size,
    prediction_sets,
    set_threshold,
)
from shiftprobe.metrics.conformal import SetScore

RNG = np.random.default_rng(0)
SCORES: tuple[SetScore, ...] = ("lac", "aps", "raps")


def chances(n: int = 40, classes: int = 9) -> np.ndarray:
    return RNG.dirichlet(np.full(classes, 0.4), n)


def reference(p: np.ndarray, label: int, u: float, method: str) -> float:
    """One class of one image, as the papers write it: rho(x, y) + u * pi(x, y) + lambda (rank - k)+."""
    if method == "lac":
        return float(1 - p[label])
    before = [j for j in range(len(p)) if p[j] > p[label] or (p[j] == p[label] and j < label)]
    price = 0.01 * max(0, len(before) + 1 - 5) if method == "raps" else 0.0
    return float(sum(p[j] for j in before) + u * p[label] + price)


@pytest.mark.parametrize("method", SCORES)
def test_scores_are_those_of_the_papers(method: SetScore) -> None:
    table = chances()
    table[0] = [0.3, 0.3, 0.2, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0]  # ties
    draws = RNG.random(len(table))
    found = class_scores(table, method, draws)
    wanted = [[reference(p, y, u, method) for y in range(len(p))] for p, u in zip(table, draws, strict=True)]
    np.testing.assert_allclose(found, wanted, atol=1e-12)


@pytest.mark.parametrize("method", SCORES)
def test_order_of_images_and_of_classes_moves_no_set(method: SetScore) -> None:
    table, draws = chances(), RNG.random(40)
    sets = prediction_sets(class_scores(table, method, draws), 0.8, method)
    images, classes = RNG.permutation(40), RNG.permutation(9)
    other = prediction_sets(class_scores(table[images][:, classes], method, draws[images]), 0.8, method)
    assert (other == sets[images][:, classes]).all()


def test_the_threshold_is_the_score_whose_rank_is_promised() -> None:
    scores = RNG.permutation(np.arange(1, 20) / 20)  # 19: the 18th of 20 places
    assert set_threshold(scores, 0.9) == 0.9
    assert set_threshold(scores, 0.95) == 0.95
    assert math.isinf(set_threshold(scores, 0.96))
    assert conformal_rank(99, 0.55) == 55  # 100 * 0.55 is more than 55 in binary


def test_the_likeliest_class_is_always_in_sets_that_sum_probabilities_and_others_may_be_empty() -> None:
    table = chances()
    for method in SCORES:
        sets = prediction_sets(class_scores(table, method, np.full(40, 0.99)), 0.05, method)
        assert sets[np.arange(40), table.argmax(axis=1)].all() == (method != "lac")
    assert not prediction_sets(class_scores(np.full((1, 4), 0.25), "lac"), 0.5, "lac").any()
    one_each = prediction_sets(class_scores(table[:2], "lac"), np.array([0.0, 1.0]), "lac")
    assert one_each.sum(axis=1).tolist() == [0, 9]


def covered(n: int, judged: int, coverage: float, draws: int, method: SetScore) -> np.ndarray:
    """How many of the judged sets hold the right class, calibration by calibration; one network throughout."""
    rng, counts = np.random.default_rng([n, judged, draws]), []
    for _ in range(draws):
        table = rng.dirichlet(np.full(5, 0.5), n + judged)
        labels = (table.cumsum(axis=1) > rng.random((n + judged, 1))).argmax(axis=1)
        own = class_scores(table, method, rng.random(n + judged))[np.arange(n + judged), labels]
        counts.append(int((own[n:] <= set_threshold(own[:n], coverage)).sum()))
    return np.array(counts)


@pytest.mark.parametrize("method", SCORES)
def test_coverage_has_its_exact_distribution(method: SetScore) -> None:
    n, judged, draws = 60, 40, 1500
    counts = covered(n, judged, 0.9, draws, method)
    lost = math.floor((n + 1) * 0.1)  # Beta(n + 1 - l, l) over calibrations
    exact = stats.betabinom(judged, n + 1 - lost, lost)
    assert counts.mean() / judged == pytest.approx((n + 1 - lost) / (n + 1), abs=0.006)
    edges = [0, 32, 34, 36, 38, 41]
    seen = np.histogram(counts, edges)[0]
    wanted = draws * np.diff([exact.cdf(edge - 1) for edge in edges])
    assert stats.chisquare(seen, wanted * seen.sum() / wanted.sum()).pvalue > 1e-3
    ps = np.array([broken_promise(int(k), judged, n, 0.9) for k in range(judged + 1)])
    np.testing.assert_allclose(ps, exact.cdf(np.arange(judged + 1)), rtol=1e-9)
    assert (ps[counts] <= 0.05).mean() <= 0.05 + 0.015


def test_too_few_calibration_images_break_no_promise() -> None:
    assert broken_promise(0, 100, 5, 0.9) == 1.0
    assert broken_promise(100, 100, 200, 0.9) == pytest.approx(1.0)


def test_sizes_are_told_apart_and_those_that_do_not_occur_left_out() -> None:
    found = coverage_by_size(np.array([True, False, True, True, False]), np.array([1, 1, 2, 3, 150]))
    assert [(one.least, one.most, one.n, one.coverage) for one in found] == [
        (1, 1, 2, 0.5), (2, 3, 2, 1.0), (101, None, 1, 0.0),
    ]  # fmt: skip
    assert all(one.low <= one.coverage <= one.high for one in found)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: class_scores([[2.0, -1.0]], "lac"), "give the softmax"),
        (lambda: class_scores([[0.5, 0.5]], "aps"), "aps needs a draw"),
        (lambda: class_scores([[0.5, 0.5]], "raps", [1.0]), "from 0, below 1"),
        (lambda: set_threshold([0.1, np.inf], 0.9), "a finite score per calibration image"),
        (lambda: set_threshold([0.1], 1.0), "write 0.9 for 90 %"),
        (lambda: prediction_sets([[0.1, 0.2]], [0.1, 0.2], "lac"), "one for each of 1 images"),
        (lambda: coverage_by_size([True], [1, 2]), "each set needs a boolean and a count"),
        (lambda: broken_promise(3, 2, 10, 0.9), "got 3 of 2"),
        (lambda: conformal_rank(0, 0.9), "at least 1 image"),
    ],
)
def test_what_cannot_be_computed_is_refused(call: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        call()  # type: ignore[operator]
