"""Answering only when sure: risk against coverage, and the threshold that keeps a promised risk."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.binomial import check_confidence, clopper_pearson
from shiftprobe.metrics.calibration import softmax
from shiftprobe.metrics.checks import InputError, as_floats, as_numbers

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


class RiskCoverage(NamedTuple):
    """Error of the images answered against their share, from the surest image down; fractions."""

    coverage: Floats  # (K,) share answered, one per distinct confidence, increasing to 1
    risk: Floats  # (K,) share of wrong ones among them
    threshold: Floats  # (K,) the lowest confidence answered
    aurc: float  # mean risk over all coverages: 0 when nothing is wrong
    excess: float  # aurc less that of an order that puts every wrong image last: 0 is best
    n: int


class Selective(NamedTuple):
    """A confidence above which answers keep a promised risk; None, with the reason, where none does; fractions."""

    threshold: float | None  # answer only where the confidence is larger than this
    rejected: float | None  # share of images not answered
    low: float | None  # its 95 % interval
    high: float | None
    risk: float | None  # observed share of wrong ones among those answered
    bound: float | None  # upper end of their true risk, at the confidence asked for
    accepted: int  # images answered
    n: int
    reason: str = ""


def risk_coverage(confidence: ArrayLike, right: ArrayLike) -> RiskCoverage:
    """Trace how the error falls when the least sure images are left unanswered.

    Images of equal confidence are answered together; for the area they stand in random order.

    Args:
        confidence: (N,) how sure each answer is, in [0, 1]; or logits (N, C), whose largest probability counts.
        right: (N,) booleans, whether each answer is right.

    Raises:
        InputError: when shapes differ, there is no image, or a value is out of range.

    Reference: Geifman et al., 2019, arXiv:1805.08206.
    """
    sure, correct = sides(confidence, right)
    counts, wrong, values = by_confidence(sure, correct)
    n = len(sure)
    ranks = np.arange(1, n + 1)
    expected = np.interp(ranks, [0, *counts], [0, *wrong])
    aurc = float((expected / ranks).mean())
    best = np.maximum(ranks - int(correct.sum()), 0)
    return RiskCoverage(counts / n, wrong / counts, values, aurc, aurc - float((best / ranks).mean()), n)


def rejecting(confidence: ArrayLike, right: ArrayLike, risk: float, confidence_level: float = 0.95) -> Selective:
    """Find the lowest threshold whose answers keep a promised risk, with a guarantee.

    A binary search over the observed confidences holds an exact binomial upper bound of the risk of what lies above
    against the promise; each of its log2(N) looks has an equal share of the error allowed. For new images of the
    same kind the true risk above the threshold exceeds the promise at most 1 - confidence_level of the time, as long
    as surer answers are not worse. Under a shift it holds nothing.

    Args:
        confidence: (N,) how sure each answer is, in [0, 1]; or logits (N, C), whose largest probability counts.
        right: (N,) booleans, whether each answer is right.
        risk: largest share of wrong answers wanted, strictly between 0 and 1.
        confidence_level: of the guarantee, a fraction below 1.

    Returns:
        The threshold and what it costs; None with the reason where no threshold keeps the promise.

    Raises:
        InputError: when shapes differ, there is no image, or a value is out of range.

    Reference: Geifman and El-Yaniv, 2017, arXiv:1705.08500.
    """
    check_confidence(confidence_level)
    if not 0.0 < risk < 1.0:
        raise InputError(f"the wanted risk lies between 0 and 1, got {risk}; write 0.02 for 2 %")
    sure, correct = sides(confidence, right)
    counts, wrong, values = by_confidence(sure, correct)
    n = len(sure)
    share = (1.0 - confidence_level) / n.bit_length()  # a search among n takes no more looks

    def bound(k: int) -> float:
        return clopper_pearson(int(wrong[k]), int(counts[k]), 1.0 - 2.0 * share)[1]

    k = lowest(len(counts), bound, risk)
    if k is None:
        return Selective(None, None, None, None, None, None, 0, n, _reason(n, risk, share))
    accepted = int(counts[k])
    low, high = clopper_pearson(n - accepted, n)
    seen = float(wrong[k] / accepted)
    return Selective(next_below(values, k), 1.0 - accepted / n, low, high, seen, bound(k), accepted, n)


def lowest(count: int, bound: Callable[[int], float], risk: float) -> int | None:
    """The last of some distinct confidences, along a binary search, down to which the risk is proven to be kept.

    Args:
        count: how many distinct confidences there are.
        bound: upper end of the risk of what is as sure as the k-th of them, from the surest down.
        risk: the largest share of wrong answers wanted.
    """
    first, last, found = 0, count - 1, None
    while first <= last:
        middle = (first + last) // 2
        if bound(middle) <= risk:
            found, first = middle, middle + 1
        else:
            last = middle - 1
    return found


def next_below(values: Floats, k: int) -> float:
    """The highest confidence that is not answered where the k-th is the last that is; 0 where all are."""
    return float(values[k + 1]) if k + 1 < len(values) else 0.0


def _reason(n: int, risk: float, share: float) -> str:
    fewest = int(np.ceil(np.log(share) / np.log1p(-risk)))
    if n < fewest:
        return f"{n:,} images cannot prove a risk of {100 * risk:.3g} %: at least {fewest:,}, all right, are needed"
    return f"no threshold keeps the risk at {100 * risk:.3g} %: too many wrong answers are as sure as right ones"


def by_confidence(sure: Floats, correct: NDArray[np.bool_]) -> tuple[Counts, Counts, Floats]:
    """Images and wrong ones at or above each distinct confidence, from the surest down, and these confidences."""
    values, place = np.unique(-sure, return_inverse=True)
    counts = np.bincount(place).cumsum()
    wrong = np.bincount(place, weights=~correct).cumsum().astype(np.int64)
    return counts, wrong, -values


def sides(confidence: ArrayLike, right: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    """(N,) how sure each answer is, and whether it is right.

    Raises:
        InputError: as `risk_coverage`.
    """
    sure, correct = as_floats(confidence, "confidence"), as_numbers(right, "right")
    if sure.ndim == 2:  # noqa: PLR2004 -- logits: images by classes
        sure = softmax(sure).max(axis=1)
    if sure.ndim != 1 or sure.size == 0 or not ((sure >= 0.0) & (sure <= 1.0)).all():
        raise InputError(f"confidences are fractions from 0 to 1, one per image, got shape {sure.shape}")
    if correct.shape != sure.shape or correct.dtype.kind != "b":
        raise InputError(f"each confidence needs a boolean, got {correct.dtype} of {correct.shape} for {sure.shape}")
    return sure, correct
