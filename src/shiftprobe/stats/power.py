"""How many seeds an equivalence test needs."""

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from shiftprobe.metrics.checks import InputError

PLANNED = 0.9  # chance that people plan with
STIRLING = 1e3  # from here the next term of Stirling's series is under 1e-11

Nodes = tuple[NDArray[np.float64], NDArray[np.float64]]


def tost_power(n: int, sd: float, margin: float, alpha: float = 0.05) -> float:
    """Chance that a paired TOST certifies equivalence when the true difference is 0.

    Exact up to quadrature: the mean and the sd of the differences are independent, so the chance
    that |mean| + t * sd / sqrt(n) falls inside the margin is one integral over the observed sd.

    Args:
        n: pairs of runs, at least 2.
        sd: true standard deviation of the paired differences, above 0, in the unit of margin.
        margin: largest difference that still counts as equal, above 0.
        alpha: level of each one-sided test.

    Returns:
        Power in [0, 1].

    Raises:
        InputError: when an argument is out of range.

    Reference: Schuirmann, 1987, J. Pharmacokinetics and Biopharmaceutics 15(6); Owen, 1965,
        Biometrika 52(3/4).
    """
    from scipy.special import ndtr, stdtrit

    _check(sd, margin, alpha)
    if n < 2:  # noqa: PLR2004 -- one pair has no spread
        raise InputError(f"a paired test needs at least 2 pairs, got {n}")
    df, room = n - 1, margin * math.sqrt(n) / sd
    t = float(stdtrit(df, 1.0 - alpha))
    reach = 9.0 / math.sqrt(2.0 * df)  # nine sd of the observed sd: what lies beyond is under 1e-12
    low, high = max(-1.0, -reach), min(room / t - 1.0, reach)
    if high <= low:
        return 0.0
    nodes, weights = _quadrature()
    excess = low + (high - low) * nodes  # observed sd over the true one, less 1
    inside = 2.0 * ndtr(room - t * (1.0 + excess)) - 1.0
    return min(1.0, float((high - low) * (weights @ (_chi_density(excess, df) * inside))))


def seeds_needed(sd: float, margin: float, power: float = 0.8, alpha: float = 0.05) -> int:
    """Smallest total number of seeds with which a paired TOST has this power at true difference 0.

    Args:
        sd: standard deviation of the paired differences, taken as known, above 0.
        margin: largest difference that still counts as equal, above 0, in the unit of sd.
        power: wanted chance to certify equivalence, a fraction below 1.
        alpha: level of each one-sided test.

    Returns:
        Number of seeds, at least 2.

    Raises:
        InputError: when an argument is out of range.

    Reference: as `tost_power`.
    """
    _check(sd, margin, alpha)
    if not 0.0 < power < 1.0:
        raise InputError(f"power is a fraction between 0 and 1, got {power}; write 0.8 for 80 %")
    low, high = 1, 2  # low is too few, high may do
    while tost_power(high, sd, margin, alpha) < power:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if tost_power(middle, sd, margin, alpha) < power:
            low = middle
        else:
            high = middle
    return high


def margin_of_seeds(n: int, sd: float, alpha: float = 0.05) -> float:
    """The margin that a paired TOST certifies from so many seeds whose differences average 0: half its interval.

    Args:
        n: pairs of runs, at least 2.
        sd: standard deviation of the paired differences, above 0.
        alpha: level of each one-sided test.

    Returns:
        A margin in the unit of sd; it falls a little faster than 1 / sqrt(n).

    Raises:
        InputError: when an argument is out of range.

    Reference: Schuirmann, 1987, J. Pharmacokinetics and Biopharmaceutics 15(6).
    """
    from scipy.special import stdtrit

    _check(sd, sd, alpha)
    if n < 2:  # noqa: PLR2004 -- one pair has no spread
        raise InputError(f"a paired test needs at least 2 pairs, got {n}")
    return float(stdtrit(n - 1, 1.0 - alpha)) * sd / math.sqrt(n)


def seeds_to_show(difference: float, sd: float, power: float = PLANNED, most: int = 1000) -> int | None:
    """Smallest total number of seeds with which a paired t test at 5 % shows a true difference.

    Args:
        difference: the true mean difference, not 0.
        sd: standard deviation of the paired differences, taken as known, above 0, in the same unit.
        power: wanted chance to show it, a fraction below 1.
        most: larger numbers are not looked for.

    Returns:
        Number of seeds, at least 2; None where more than `most` are needed.

    Raises:
        InputError: when sd is not above 0 or difference is 0.

    Reference: Cohen, 1988, Statistical Power Analysis, ch. 2, with the noncentral t.
    """
    from scipy.special import nctdtr, stdtrit

    _check(sd, abs(difference), 0.05)
    for n in range(2, most + 1):
        t, away = float(stdtrit(n - 1, 0.975)), abs(difference) / sd * math.sqrt(n)
        if 1.0 - float(nctdtr(n - 1, away, t)) >= power:
            return n
    return None


def _check(sd: float, margin: float, alpha: float) -> None:
    for name, value in (("sd", sd), ("margin", margin)):
        if not (value > 0.0 and math.isfinite(value)):
            raise InputError(f"{name} must be a number above 0, got {value}")
    if not 0.0 < alpha < 0.5:  # noqa: PLR2004 -- beyond one half a test errs more often than not
        raise InputError(f"alpha is a fraction between 0 and 0.5, got {alpha}; write 0.05 for 5 %")


def _chi_density(excess: NDArray[np.float64], df: int) -> NDArray[np.float64]:
    """Density of observed over true sd at 1 + excess, written so that nothing large cancels."""
    half = df / 2.0
    if half < STIRLING:
        rest = math.lgamma(half) - (half - 0.5) * math.log(half) + half - 0.5 * math.log(2.0 * math.pi)
    else:
        rest = 1.0 / (12.0 * half)
    away = excess + excess**2 / 2.0 - np.log1p(excess)
    return np.asarray(np.exp(0.5 * math.log(df / math.pi) - rest - df * away) / (1.0 + excess))


@cache
def _quadrature() -> Nodes:
    """Gauss-Legendre nodes and weights on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(96)
    return (nodes + 1.0) / 2.0, weights / 2.0
