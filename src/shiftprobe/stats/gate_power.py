"""What a gate can see with the images it has, and how many it would need."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.words import whole_percent
from shiftprobe.metrics.binomial import check_confidence, check_fraction
from shiftprobe.metrics.checks import InputError
from shiftprobe.stats.gate import tied

MAX_IMAGES_NAMED = 10_000_000  # images beyond which no number is named
WANTED = 0.2
TEETH = 4  # of the saw that are looked at together
WIDEST = 100_000

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


def missed(n: int, threshold: float, loss: float, confidence: float = 0.95, family: int = 1) -> float:
    """Exact chance that a gate does not fail a checkpoint whose true share lies so far below the threshold.

    By symmetry `missed(n, 1 - threshold, gain)` is the chance that one so far above it does not pass.

    Args:
        n: images, at least 1.
        threshold: the share that must be reached, a fraction.
        loss: how far the true share lies below it, a fraction from 0 to the threshold.
        confidence: of the gate's two-sided interval, a fraction below 1.
        family: gates in the family; each is counted at 1 / family of the level, so that under Holm no more is missed.

    Returns:
        Probability in [0, 1]; 1 where n images can fail nothing.

    Raises:
        InputError: when an argument is out of range.

    Reference: Clopper and Pearson, 1934, Biometrika 26(4), for the test.
    """
    if n < 1:
        raise InputError(f"a gate needs at least 1 image, got {n}")
    level = _level(threshold, loss, confidence, family)
    return float(_missed(np.array([n]), threshold, loss, level)[0])


def images_needed(
    threshold: float, loss: float, wanted_miss: float = WANTED, *, confidence: float = 0.95, family: int = 1
) -> int | None:
    """Smallest number of images from which on a loss is missed no more often than wanted.

    The chance to miss falls like a saw: one image more can raise it a little. With this number, and with every
    larger one, it stays at or under the wanted share.

    Args:
        threshold: the share that must be reached, a fraction.
        loss: how far the true share lies below it, a fraction above 0, up to the threshold.
        wanted_miss: share of misses one could live with, strictly between 0 and 1.
        confidence: as `missed`.
        family: as `missed`.

    Returns:
        Number of images; None where it would exceed 10 million.

    Raises:
        InputError: when an argument is out of range.
    """
    level = _level(threshold, loss, confidence, family)
    if not 0.0 < wanted_miss < 1.0:
        raise InputError(f"the wanted share of misses lies between 0 and 1, got {wanted_miss}; write 0.2 for 20 %")
    if loss == 0.0:
        raise InputError("a loss of 0 is no loss: no number of images shows it; write 0.03 for 3 points")
    tooth = 1.0 / max(min(threshold, 1.0 - threshold), TEETH / WIDEST)
    width = math.ceil(TEETH * tooth) if threshold < 1.0 else 1

    def last_miss(start: int) -> int | None:
        """The last number of images, among a few teeth of the saw, with which more is missed than wanted."""
        over = np.flatnonzero(_missed(np.arange(start, start + width), threshold, loss, level) > wanted_miss)
        return start + int(over[-1]) if over.size else None

    return _first_good(last_miss, width)


def power_sentence(
    n: int, threshold: float, loss: float, wanted_miss: float = WANTED, *, confidence: float = 0.95, family: int = 1
) -> str:
    """What this gate misses, and how many images would cure it, in one sentence.

    Args:
        n: images, at least 1.
        threshold: the share that must be reached, a fraction.
        loss: how far the true share lies below it, a fraction above 0.
        wanted_miss: share of misses one could live with.
        confidence: as `missed`.
        family: as `missed`.

    Returns:
        "with 400 images this gate misses a 3-point loss 38 % of the time; 1,900 images would bring it to 20 %",
        images rounded up to two digits; its first half where no more is missed than wanted.

    Raises:
        InputError: when an argument is out of range.
    """
    miss = missed(n, threshold, loss, confidence, family)
    some = f"{n:,} image" if n == 1 else f"{n:,} images"
    said = f"with {some} this gate misses a {100 * loss:.3g}-point loss {_percent(miss)} of the time"
    if miss <= wanted_miss or _percent(miss) == _percent(wanted_miss):
        return said
    needed = images_needed(threshold, loss, wanted_miss, confidence=confidence, family=family)
    if needed is None:
        return f"{said}; even {MAX_IMAGES_NAMED:,} images would not bring it to {_percent(wanted_miss)}"
    return f"{said}; {_rounded_up(needed):,} images would bring it to {_percent(wanted_miss)}"


def _first_good(last_miss: Callable[[int], int | None], width: int) -> int | None:
    """The first start from which on nothing is missed; None beyond the most."""
    low, high = 0, 1
    while (found := last_miss(high)) is not None:
        if high == MAX_IMAGES_NAMED:
            return None
        low, high = found, min(2 * max(high, found), MAX_IMAGES_NAMED)
    while high - low > 1:
        middle = (low + high) // 2
        found = last_miss(middle)
        low, high = (low, middle) if found is None else (max(middle, min(found, high - 1)), high)
    for tooth in range(1, TEETH):  # the envelope itself is a saw, of smaller teeth
        found = last_miss(high + tooth * width)
        high = high if found is None else found + 1
    return high


def _level(threshold: float, loss: float, confidence: float, family: int) -> float:
    check_confidence(confidence)
    check_fraction("threshold", threshold)
    if not 0.0 <= loss <= threshold:
        raise InputError(f"a loss lies between 0 and the threshold {threshold}, got {loss}; write 0.03 for 3 points")
    if family < 1:
        raise InputError(f"a family has at least 1 gate, got {family}")
    return (1.0 - confidence) / 2.0 / family


def _missed(n: Counts, threshold: float, loss: float, level: float) -> Floats:
    from scipy.special import betainc

    most = most_failing(n, threshold, level)
    reached = betainc(np.maximum(most, 0) + 1.0, n - np.maximum(most, 0), threshold - loss)
    return np.where(most < 0, 1.0, reached)


def most_failing(n: Counts, threshold: float, level: float) -> Counts:
    """The most right ones of n with which a gate still fails; -1 where none does.

    Args:
        n: (k,) numbers of images.
        threshold: the share that must be reached.
        level: of the one-sided test.
    """
    from scipy.stats import binom

    most = binom.ppf(level, n, threshold).astype(np.int64)
    return np.asarray(np.where(binom.cdf(most, n, threshold) > tied(level), most - 1, most), dtype=np.int64)


def _percent(share: float) -> str:
    if share < 0.01:  # noqa: PLR2004 -- what rounds to 0 or 100 is not said to be so
        return "less than 1 %"
    return "more than 99 %" if share > 0.99 else whole_percent(share)  # noqa: PLR2004


def _rounded_up(count: int) -> int:
    step: int = 10 ** max(0, len(str(count)) - 2)
    return math.ceil(count / step) * step
