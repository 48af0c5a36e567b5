"""Where one further draw lies, seen from a few of its kind: the null of whatever is "no better than random"."""

from collections.abc import Sequence
from math import sqrt

from shiftprobe.stats.summary import summarize


def prediction_half(draws: Sequence[float], confidence: float = 0.95) -> float:
    """Half of the t prediction interval for one further draw of the same kind, around the mean of these.

    t with n - 1 degrees of freedom, times the sample std, times sqrt(1 + 1/n). The range of n draws holds a further one
    with a probability of (n - 1) / (n + 1) only: of five, two times in three.

    Args:
        draws: (n,) one number per draw.
        confidence: two-sided.

    Returns:
        0 where there is one draw, which tells nothing of another; nothing is added for it.

    Raises:
        InputError: when there is none, or one is not finite.

    Reference: Hahn and Meeker, 1991, Statistical Intervals, section 4.7.
    """
    from scipy.special import stdtrit

    found = summarize(draws)
    if found.std is None:
        return 0.0
    return float(stdtrit(found.n - 1, (1.0 + confidence) / 2.0)) * found.std * sqrt(1.0 + 1.0 / found.n)
