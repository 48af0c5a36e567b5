"""Answering only when sure: the curve against its definition, the guarantee against simulation, ties, refusals."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from shiftprobe.metrics import InputError, clopper_pearson, rejecting, risk_coverage, softmax

QUICK = 300
FULL = 4000

Sides = tuple[NDArray[np.float64], NDArray[np.bool_]]


def drawn(n: int, rng: np.random.Generator, power: float, rounded: int | None = None) -> Sides:
    """Confidences from .5 to 1, wrong with a chance of (1 - u) ** power / 2 for u uniform."""
    u = rng.random(n)
    confidence = 0.5 + u / 2.0
    right = rng.random(n) >= (1.0 - u) ** power / 2.0
    return (confidence if rounded is None else confidence.round(rounded)), right


def true_risk(threshold: float, power: float) -> float:
    """Mean of (1 - u) ** power / 2 above the threshold."""
    rest = 1.0 - max(0.0, 2.0 * (threshold - 0.5))
    return float(rest**power / 2.0 / (power + 1.0))


def broken(n: int, power: float, risk: float, draws: int, rounded: int | None = None) -> tuple[float, float, float]:
    """How often the true risk exceeds the promise, a threshold is found, and what it rejects on average."""
    rng = np.random.default_rng([n, draws, round(100 * power)])
    found = [rejecting(*drawn(n, rng, power, rounded), risk) for _ in range(draws)]
    edge = 0.0 if rounded is None else 0.5 * 10.0**-rounded  # a rounded confidence stands for all that round to it
    over = [one.threshold is not None and true_risk(one.threshold + edge, power) > risk for one in found]
    told = [one.rejected for one in found if one.rejected is not None]
    return float(np.mean(over)), len(told) / draws, float(np.mean(told)) if told else 1.0


def area(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Mean risk over coverages, averaged over every order of equal confidences."""
    orders = [
        order
        for order in itertools.permutations(range(len(right)))
        if all(confidence[a] >= confidence[b] for a, b in itertools.pairwise(order))
    ]
    ranks = np.arange(1, len(right) + 1)
    return float(np.mean([(np.cumsum(~right[list(order)]) / ranks).mean() for order in orders]))


@given(st.lists(st.tuples(st.sampled_from([0.2, 0.5, 0.9]), st.booleans()), min_size=1, max_size=6))
def test_the_area_is_its_definition_over_every_order_of_ties(images: list[tuple[float, bool]]) -> None:
    confidence, right = np.array([c for c, _ in images]), np.array([r for _, r in images])
    found = risk_coverage(confidence, right)
    assert found.aurc == pytest.approx(area(confidence, right))
    best = np.sort(right)[::-1]
    assert found.excess == pytest.approx(found.aurc - area(np.linspace(1.0, 0.5, len(right)), best), abs=1e-12)
    assert found.excess >= -1e-12
    assert found.coverage[-1] == 1.0
    assert found.risk[-1] == pytest.approx(1.0 - right.mean())


def test_the_curve_by_hand() -> None:
    found = risk_coverage([0.9, 0.6, 0.9, 0.7], [True, False, True, False])
    assert found.coverage.tolist() == [0.5, 0.75, 1.0]
    assert found.risk == pytest.approx([0.0, 1 / 3, 0.5])
    assert found.threshold.tolist() == [0.9, 0.7, 0.6]
    assert found.aurc == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4)
    assert found.excess == pytest.approx(0.0)


def test_logits_count_by_their_largest_probability() -> None:
    logits = np.random.default_rng(0).normal(0, 2, (50, 4))
    right = np.arange(50) % 3 > 0
    of_logits, of_values = (risk_coverage(side, right) for side in (logits, softmax(logits).max(axis=1)))
    assert of_logits.aurc == of_values.aurc
    assert rejecting(logits, right, 0.5) == rejecting(softmax(logits).max(axis=1), right, 0.5)


@given(st.integers(1, 200), st.randoms(use_true_random=False))
def test_image_order_does_not_matter_and_what_is_told_is_true(n: int, rng: "np.random.Generator") -> None:
    confidence, right = drawn(n, np.random.default_rng(n), 2.0, rounded=1 + n % 3)
    found = rejecting(confidence, right, 0.1)
    order = list(range(n))
    rng.shuffle(order)
    assert rejecting(confidence[order], right[order], 0.1) == found
    assert risk_coverage(confidence[order], right[order]).aurc == pytest.approx(risk_coverage(confidence, right).aurc)
    if found.threshold is None:
        assert found.reason
        assert (found.rejected, found.bound, found.accepted) == (None, None, 0)
        return
    answered = confidence > found.threshold
    assert (found.accepted, found.rejected) == (answered.sum(), 1.0 - answered.mean())
    assert found.risk == pytest.approx(1.0 - right[answered].mean())
    assert found.bound == pytest.approx(
        clopper_pearson((~right[answered]).sum(), answered.sum(), 1 - 0.1 / n.bit_length())[1]
    )
    assert found.bound is not None
    assert found.bound <= 0.1


def test_a_checkpoint_that_is_always_right_answers_everything() -> None:
    found = rejecting(np.linspace(0.5, 1.0, 500), np.ones(500, dtype=bool), 0.05)
    assert (found.threshold, found.rejected, found.accepted, found.risk) == (0.0, 0.0, 500, 0.0)
    assert found.low == 0.0
    assert found.high is not None
    assert 0.0 < found.high < 0.01


def test_says_why_there_is_no_threshold() -> None:
    few = rejecting(np.full(20, 0.9), np.ones(20, dtype=bool), 0.01)
    assert few.reason == "20 images cannot prove a risk of 1 %: at least 459, all right, are needed"
    blind = rejecting(np.full(2000, 0.9), np.arange(2000) % 2 == 0, 0.05)
    assert blind.reason == "no threshold keeps the risk at 5 %: too many wrong answers are as sure as right ones"
    assert blind.threshold is None


def test_ties_are_answered_together_or_not_at_all() -> None:
    confidence = np.repeat([0.99, 0.8], [400, 100])
    right = np.arange(500) < 400
    found = rejecting(confidence, right, 0.05)
    assert (found.threshold, found.accepted) == (0.8, 400)


@pytest.mark.parametrize("rounded", [None, 2])
def test_the_promise_is_seldom_broken(rounded: int | None) -> None:
    over, told, _ = broken(1000, 2.0, 0.05, QUICK, rounded)
    assert over <= 0.05
    assert told > 0.8


@pytest.mark.slow
@pytest.mark.parametrize("power", [0.5, 2.0, 6.0])
@pytest.mark.parametrize("risk", [0.02, 0.05])
@pytest.mark.parametrize("n", [500, 5000])
def test_full_promise(n: int, risk: float, power: float) -> None:
    assert broken(n, power, risk, FULL)[0] <= 0.05


@pytest.mark.parametrize(
    ("confidence", "right", "risk", "message"),
    [
        ([0.9, 0.8], [True], 0.1, "each confidence needs a boolean"),
        ([0.9, 0.8], [1, 0], 0.1, "got int64"),
        ([1.9, 0.8], [True, False], 0.1, "fractions from 0 to 1"),
        ([float("nan"), 0.8], [True, False], 0.1, "fractions from 0 to 1"),
        ([], [], 0.1, "one per image"),
        ([0.9], [True], 0.0, "write 0.02 for 2 %"),
        ([0.9], [True], 5.0, "write 0.02 for 2 %"),
    ],
)
def test_refuses_what_are_no_confidences(confidence: list[float], right: list[bool], risk: float, message: str) -> None:
    with pytest.raises(InputError, match=message):
        rejecting(confidence, right, risk)
