"""Two shares of different images, side by side."""

from math import hypot
from typing import NamedTuple

from shiftprobe.metrics.checks import InputError


class ShareGap(NamedTuple):
    """A difference of two shares with its interval; fractions in [-1, 1]."""

    value: float
    low: float
    high: float


def difference_of_shares(a_right: int, a_n: int, b_right: int, b_n: int, confidence: float = 0.95) -> ShareGap:
    """Share a less share b, of images that are not the same.

    Args:
        a_right: how many of a's images were right.
        a_n: how many images a has, at least 1.
        b_right: the same of b.
        b_n: the same of b.
        confidence: of the interval, a fraction below 1.

    Raises:
        InputError: when a count is not within its whole, or confidence is no such fraction.

    Reference: Newcombe, 1998, Statistics in Medicine 17(8), method 10 (hybrid score); as in statsmodels.
    """
    from statsmodels.stats.proportion import confint_proportions_2indep

    for right, n in ((a_right, a_n), (b_right, b_n)):
        if n < 1 or not 0 <= right <= n:
            raise InputError(f"a share needs 0 <= right <= n and n >= 1, got {right} of {n}")
    if not 0.0 < confidence < 1.0:
        raise InputError(f"confidence is a fraction between 0 and 1, got {confidence}; write 0.95 for 95 %")
    low, high = confint_proportions_2indep(a_right, a_n, b_right, b_n, method="newcomb", alpha=1 - confidence)
    return ShareGap(a_right / a_n - b_right / b_n, float(low), float(high))


def difference_of_intervals(a: tuple[float, float, float], b: tuple[float, float, float]) -> ShareGap:
    """Share a less share b of different images, each (value, low, high) with an interval of its own.

    Reference: Newcombe, 1998, Statistics in Medicine 17(8), method 10, with these intervals for Wilson's.
    """
    value = a[0] - b[0]
    low, high = hypot(a[0] - a[1], b[2] - b[0]), hypot(a[2] - a[0], b[0] - b[1])
    return ShareGap(value, max(-1.0, value - low), min(1.0, value + high))
