"""A share of images, exactly: Clopper-Pearson ends and the two tails of the binomial test."""

from typing import NamedTuple

from shiftprobe.metrics.checks import InputError


class Tails(NamedTuple):
    """One-sided exact p values of a share against a threshold."""

    below: float  # against "the true share is at least the threshold": small where it truly lies below
    above: float  # against "the true share is less than the threshold": small where it truly reaches it


def clopper_pearson(right: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """Exact two-sided interval of a share: it never holds the truth less often than it says.

    Args:
        right: how many of n were right, 0 to n; a fraction where n is an effective number.
        n: how many there were, above 0.
        confidence: share of such intervals that hold the true share, strictly between 0 and 1.

    Returns:
        Low and high end, fractions in [0, 1].

    Raises:
        InputError: when right is not within 0 and n, n is not above 0, or confidence is no such share.

    Reference: Clopper and Pearson, 1934, Biometrika 26(4); with effective numbers Korn and Graubard, 1998,
        Survey Methodology 24(2).
    """
    from scipy.special import betaincinv

    check_share(right, n)
    check_confidence(confidence)
    tail = (1.0 - confidence) / 2.0
    low = 0.0 if right <= 0.0 else float(betaincinv(right, n - right + 1.0, tail))
    high = 1.0 if right >= n else float(betaincinv(right + 1.0, n - right, 1.0 - tail))
    return low, high


def tails(right: float, n: float, threshold: float) -> Tails:
    """Exact one-sided binomial tests of a share against a threshold, one for each side.

    A p value is at most (1 - confidence) / 2 exactly where the Clopper-Pearson interval leaves the threshold on
    that side. A threshold of 0 is reached by every share: above is 0 there.

    Args:
        right: how many of n were right, 0 to n.
        n: how many there were, above 0.
        threshold: a fraction in [0, 1].

    Raises:
        InputError: when right is not within 0 and n, n is not above 0, or the threshold is no fraction.

    Reference: Clopper and Pearson, 1934, Biometrika 26(4).
    """
    from scipy.special import betainc

    check_share(right, n)
    check_fraction("threshold", threshold)
    below = 1.0 if right >= n else float(betainc(n - right, right + 1.0, 1.0 - threshold))
    above = 1.0 if right <= 0.0 else float(betainc(right, n - right + 1.0, threshold))
    return Tails(below, 0.0 if threshold == 0.0 else above)


def check_share(right: float, n: float) -> None:
    """Refuse what is no count of right ones among n.

    Raises:
        InputError: when right is not within 0 and n, or n is not above 0.
    """
    if not (n > 0 and 0 <= right <= n):
        raise InputError(f"a share needs 0 <= right <= n and n above 0, got {right} of {n}")


def check_confidence(confidence: float) -> None:
    """Refuse what is no level of confidence.

    Raises:
        InputError: when it is not strictly between 0 and 1.
    """
    if not 0.0 < confidence < 1.0:
        raise InputError(f"confidence is a fraction between 0 and 1, got {confidence}; write 0.95 for 95 %")


def check_fraction(name: str, value: float) -> None:
    """Refuse what is no fraction.

    Raises:
        InputError: when it is not within 0 and 1.
    """
    if not 0.0 <= value <= 1.0:
        raise InputError(f"{name} is a fraction from 0 to 1, got {value}; write 0.9 for 90 %")
