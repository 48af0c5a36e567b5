"""Many discrete tests at once: how many of those called are false, given which p values each test can reach at all."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shiftprobe.metrics.checks import InputError

Vector = NDArray[np.float64]


def discrete_benjamini_hochberg(
    ps: Vector, supports: Sequence[Vector], which: NDArray[np.int64], level: float = 0.05
) -> Vector:
    """P values adjusted for the false discovery rate, where most tests could never have reached a small one.

    The usual procedure takes every true null for uniform. An image that all trainings have right can only have p = 1;
    counting it as uniform hides what the others say. Here the expected number of false calls is the sum over tests of
    the probability that each of them reaches the threshold.

    Args:
        ps: (m,) p values; each is one that its own test can reach.
        supports: what a test can reach, each rising, the last one 1; P(p <= t) = t for each of them under the null.
        which: (m,) the place in `supports` of every test.
        level: at which tests are called; adjusted values are compared with this one and no other.

    Returns:
        (m,) adjusted p values in the same order, at most 1; a test is called where its own is at most `level`.

    Raises:
        InputError: when lengths differ, or a p value is not among those that its test can reach.

    Reference: Döhler, Durand and Roquain, 2018, Electronic Journal of Statistics 12(1), arXiv:1706.08250, step-up DBH;
    it holds the rate for independent tests.
    """
    if len(ps) != len(which):
        raise InputError(f"every p value needs its test, got {len(ps)} and {len(which)}")
    if any(not np.isin(ps[which == i], support).all() for i, support in enumerate(supports)):
        raise InputError("a p value is none that its test can reach")
    times = np.bincount(which, minlength=len(supports)).astype(np.float64)
    highest = _highest(supports, times, level * len(ps))
    reached = np.array([support[support <= highest].max(initial=0.0) for support in supports])
    at, expected = _summed(supports, times / np.maximum(1.0 - reached, 1e-300), highest)
    called = np.searchsorted(np.sort(ps), at, side="right")
    rates = np.full(len(at), np.inf)
    np.divide(expected, called, out=rates, where=called > 0)
    lowest = np.minimum.accumulate(rates[::-1])[::-1]
    out = np.ones(len(ps))
    here = ps <= highest
    out[here] = np.minimum(lowest[np.searchsorted(at, ps[here])], 1.0)
    return out


def _highest(supports: Sequence[Vector], times: Vector, most: float) -> float:
    """The largest threshold at which the odds of all nulls together stay within `most`."""
    odds = [np.append(one[:-1] / (1.0 - one[:-1]), np.inf) for one in supports]
    used = [i for i, count in enumerate(times) if count > 0]
    at, total = _cumulative([supports[i] for i in used], [times[i] * np.diff(odds[i], prepend=0.0) for i in used])
    within = at[total <= most]
    return float(within[-1]) if len(within) else 0.0


def _summed(supports: Sequence[Vector], weights: Vector, highest: float) -> tuple[Vector, Vector]:
    """Every threshold up to the highest, and the weighted sum of P(p <= t) over all tests there."""
    kept = [support[support <= highest] for support in supports]
    return _cumulative(kept, [weight * np.diff(one, prepend=0.0) for weight, one in zip(weights, kept, strict=True)])


def _cumulative(places: Sequence[Vector], steps: Sequence[Vector]) -> tuple[Vector, Vector]:
    """Steps of many functions added up, at each place where any of them steps."""
    if not places:
        return np.empty(0), np.empty(0)
    every, inverse = np.unique(np.concatenate(places), return_inverse=True)
    return every, np.cumsum(np.bincount(inverse, np.concatenate(steps), minlength=len(every)))
