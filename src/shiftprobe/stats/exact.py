"""Exact tests by counting."""

from collections.abc import Sequence

import numpy as np

from shiftprobe.metrics.checks import InputError


def mcnemar(b: int, c: int) -> float:
    """Exact two-sided McNemar test of two classifiers on the same images.

    Args:
        b: images the first got right and the second wrong.
        c: images the second got right and the first wrong.

    Returns:
        P value in (0, 1]; 1 when they never disagree, or as often either way.

    Raises:
        InputError: when a count is negative.

    Reference: McNemar, 1947, Psychometrika 12(2), in its binomial form.
    """
    from scipy.special import bdtr

    if b < 0 or c < 0:
        raise InputError(f"disagreements are counts from 0, got {b} and {c}")
    return min(1.0, 2.0 * float(bdtr(min(b, c), b + c, 0.5)))


def permutation_p(observed: float, null: Sequence[float]) -> float:
    """P value of a permutation test in which larger is more extreme.

    Args:
        observed: the statistic of the data as they are.
        null: (m,) the same statistic after m random relabellings.

    Returns:
        (b + 1) / (m + 1) with b of the m at least as large as observed: never 0.

    Raises:
        InputError: when there is no relabelling, or a value is not finite.

    Reference: Phipson and Smyth, 2010, arXiv:1603.05766.
    """
    draws = np.asarray(null, dtype=np.float64)
    if draws.ndim != 1 or draws.size == 0 or not np.isfinite([observed, *draws]).all():
        raise InputError(f"a permutation test needs finite statistics, got {observed} against {draws.size}")
    return (int((draws >= observed).sum()) + 1) / (len(draws) + 1)
