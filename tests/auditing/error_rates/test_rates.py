"""A rate has its exact interval, and is flagged where it is proven to be above what is promised, over a whole table."""

import pytest
from scipy.stats import binom, binomtest

from shiftprobe.auditing.error_rates.model import GateErrors, flagged, rate


def row(count: int, of: int = 200, promised: float | None = 0.025) -> GateErrors:
    happened = [True] * count + [False] * (of - count)
    return GateErrors(name="accuracy", title="accuracy", gates=True, false_fail=rate(happened, promised))


def test_the_interval_is_the_exact_one() -> None:
    found = rate([True] * 7 + [False] * 193)
    assert found is not None
    low, high = binomtest(7, 200).proportion_ci(0.95, "exact")
    assert (found.value, found.low, found.high) == pytest.approx((0.035, low, high))


def test_there_is_no_rate_of_no_draw() -> None:
    assert rate([]) is None


@pytest.mark.parametrize(("count", "exceeds"), [(0, False), (9, False), (10, True), (40, True)])
def test_one_rate_is_flagged_where_its_exact_p_is_at_most_a_twentieth(count: int, exceeds: bool) -> None:
    assert bool(binom.sf(count - 1, 200, 0.025) <= 0.05) == exceeds
    (found,) = flagged([row(count)])
    assert found.exceeding == (("false_fail",) if exceeds else ())


def test_of_many_rates_the_same_count_is_no_proof() -> None:
    assert all(not one.exceeding for one in flagged([row(10), *(row(5) for _ in range(20))]))
    found = flagged([row(30), *(row(5) for _ in range(20))])
    assert [bool(one.exceeding) for one in found] == [True] + [False] * 20


def test_what_nothing_is_promised_of_is_never_flagged() -> None:
    (found,) = flagged([row(200, promised=None)])
    assert found.exceeding == ()


def test_what_may_never_happen_is_flagged_when_it_does() -> None:
    never, once = flagged([row(0, promised=0.0), row(1, promised=0.0)])
    assert not never.exceeding
    assert once.exceeding == ("false_fail",)
