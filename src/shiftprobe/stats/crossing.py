"""Where a gap that is known at a few places becomes 0, and how sure the seeds are of it.

Places count steps along the budgets, 0 to B - 1; between two whole places every seed's gap is a straight line.
"""

import itertools
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Bound: TypeAlias = Literal["", "at least", "at most"]
Floats: TypeAlias = NDArray[np.float64]

TINY = 1e-12  # accuracies differ by whole images; less than this is rounding


def crossing(logs: Floats, means: Floats, j: int) -> tuple[float, Bound]:
    """The place nearest to budget j at which the mean gap is 0; the last or first place where there is none.

    Args:
        logs: (B,) log budgets, increasing.
        means: (B,) mean gaps.
        j: which budget.
    """
    level = np.where(np.abs(means) < TINY, 0.0, means)
    places = [float(k) for k in np.flatnonzero(level == 0.0)]
    places += [k + a / (a - b) for k, (a, b) in enumerate(itertools.pairwise(level)) if a * b < 0.0]
    last = len(level) - 1
    if not places:
        return (float(last), "at least") if level[0] > 0.0 else (0.0, "at most")
    steps = range(last + 1)
    return min(places, key=lambda place: abs(np.interp(place, steps, logs) - logs[j])), ""


def undecided(gaps: Floats) -> tuple[float | None, float | None]:
    """First and last place at which a t test at 5 % finds the gap no different from 0.

    Args:
        gaps: (S, B) gap per seed and budget, falling along the budgets but for chance; S at least 2.

    Returns:
        Two places; None for an end that lies before the first budget or after the last. Where the gap is
        above 0 everywhere the first is the last budget, where it is below 0 the last is the first.

    Reference: Fieller, 1954, JRSS B 16(2).
    """
    from scipy.special import stdtrit

    n, last = len(gaps), gaps.shape[1] - 1
    bar = float(stdtrit(n - 1, 0.975)) ** 2 / n
    means = gaps.mean(axis=0)
    found = means**2 > bar * gaps.var(axis=0, ddof=1)
    kept = [float(k) for k in np.flatnonzero(~found)]
    for k in range(last):
        if means[k] * means[k + 1] < 0.0:  # a mean of 0 is never told from 0, not even where the seeds agree
            kept.append(k + means[k] / (means[k] - means[k + 1]))
        kept += [k + u for u in _limits(gaps[:, k], gaps[:, k + 1], bar)]
    first = min(kept, default=float(last)) if found[0] and means[0] > 0.0 else None
    return first, max(kept, default=0.0) if found[last] and means[last] < 0.0 else None


def gap_at(gaps: Floats, place: float) -> Floats:
    """(S,) gaps at a place between 0 and B - 1."""
    k = int(place)
    after = min(k + 1, gaps.shape[1] - 1)
    return np.asarray(gaps[:, k] + (place - k) * (gaps[:, after] - gaps[:, k]))


def spreads(gap: Floats) -> bool:
    """Whether the seeds differ, so that their uncertainty can be estimated."""
    return bool(np.ptp(gap) > TINY)


def _limits(start: Floats, end: Floats, bar: float) -> list[float]:
    """Where, from 0 to 1 between two places, mean^2 = bar * variance: a quadratic, as every gap is linear."""
    rise = end - start
    spread = np.cov(start, rise)
    square = rise.mean() ** 2 - bar * spread[1, 1]
    linear = 2.0 * (start.mean() * rise.mean() - bar * spread[0, 1])
    roots = np.roots([square, linear, start.mean() ** 2 - bar * spread[0, 0]])
    return [float(root.real) for root in roots if root.imag == 0.0 and 0.0 <= root.real <= 1.0]
