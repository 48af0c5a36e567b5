"""Intervals: of a share of images, of a mean."""

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from shiftprobe.metrics.checks import InputError, as_floats


def wilson(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson score interval of a proportion: how far the test images alone may mislead.

    Args:
        successes: how many of the n images were right, 0 to n.
        n: how many images there were, at least 1.
        confidence: share of such intervals that hold the true proportion, strictly between 0 and 1.

    Returns:
        Low and high end, fractions in [0, 1].

    Raises:
        InputError: when successes is not within 0 and n, n is below 1, or confidence is no such share.

    Reference: Wilson, 1927, JASA 22(158).
    """
    if n < 1 or not 0 <= successes <= n:
        raise InputError(f"a proportion needs 0 <= successes <= n and n >= 1, got {successes} of {n}")
    if not 0.0 < confidence < 1.0:
        raise InputError(f"confidence is a fraction between 0 and 1, got {confidence}; write 0.95 for 95 %")
    z = NormalDist().inv_cdf((1.0 + confidence) / 2.0)
    share, shrink = successes / n, 1.0 + z * z / n
    centre = (share + z * z / (2 * n)) / shrink
    half = z * math.sqrt(share * (1.0 - share) / n + (z / (2 * n)) ** 2) / shrink
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return low, high


def widening(count: int) -> float:
    """By how much 95 % intervals of so many measures must be stretched to hold for all of them at once.

    Args:
        count: how many are looked at, at least 1.

    Returns:
        A factor of the half width, 1 for a single one (Bonferroni, normal).

    Raises:
        InputError: when count is below 1.
    """
    if count < 1:
        raise InputError(f"wanted at least one interval, got {count}")
    normal = NormalDist()
    return normal.inv_cdf(1 - 0.05 / 2 / count) / normal.inv_cdf(1 - 0.05 / 2)


def mean_interval(values: ArrayLike, confidence: float = 0.95) -> tuple[float, float | None, float | None]:
    """A mean with its Student t interval.

    Args:
        values: (n,) independent numbers.
        confidence: of the interval, a fraction.

    Returns:
        Mean, low, high; no ends for a single number, which has no spread.

    Raises:
        InputError: when there is no number, one is not finite, or confidence is no fraction.
    """
    from scipy.special import stdtrit

    numbers = as_floats(values, "values").ravel()
    if not numbers.size or not np.isfinite(numbers).all():
        raise InputError(f"wanted finite numbers, at least one, got {numbers.size}")
    if not 0.0 < confidence < 1.0:
        raise InputError(f"confidence is a fraction between 0 and 1, got {confidence}; write 0.95 for 95 %")
    mean, n = float(numbers.mean()), numbers.size
    if n == 1:
        return mean, None, None
    half = float(stdtrit(n - 1, (1 + confidence) / 2)) * float(numbers.std(ddof=1)) / n**0.5
    return mean, mean - half, mean + half
