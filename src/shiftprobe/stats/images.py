"""The other error source: what the test images leave open, given the seeds that were run."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError
from shiftprobe.stats.compare import MARGIN, compare_paired, compare_summaries
from shiftprobe.stats.comparison import Comparison, Verdict
from shiftprobe.stats.exact import mcnemar
from shiftprobe.stats.image_spread import image_spread
from shiftprobe.stats.summary import summarize


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageInterval:
    """Difference of two accuracies, a - b, with the 95 % interval its test images leave; fractions."""

    difference: float
    low: float
    high: float
    n: int  # images


@dataclass(frozen=True, slots=True, kw_only=True)
class Flips:
    """How two networks differ image by image, in counts of images."""

    both: int
    a_only: int
    b_only: int
    neither: int
    p: float  # exact McNemar test, two-sided


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingGain:
    """Half-widths of the 95 % interval with and without pairing by seed, fractions; None where there is none."""

    paired_half: float | None
    unpaired_half: float | None
    unpaired_verdict: Verdict  # what the same numbers would be called without pairing

    @property
    def narrowed(self) -> float | None:
        """Share of the width that pairing took away: 0 nothing, near 1 nearly all, negative when it cost."""
        if self.paired_half is None or self.unpaired_half is None:
            return None
        return 1.0 - self.paired_half / self.unpaired_half


def image_interval(a: ArrayLike, b: ArrayLike) -> ImageInterval:
    """How far the test images alone may mislead about the difference of two arms, given these seeds.

    A t interval over the per-image differences of the seeds' mean correctness, to which two made-up
    images are added: one that only a gets right, one that only b gets right. With one seed this is the
    adjusted Wald interval. The bare t interval has no width when the arms never disagree and is too
    short when they seldom do (docs/statistics.md).

    Args:
        a: (S, N) booleans, whether each seed got each image right.
        b: (S, N) booleans, the other arm on the same seeds and images.

    Returns:
        The plain difference of mean accuracies inside its interval; ends within [-1, 1].

    Raises:
        InputError: when shapes differ, a table is empty, or holds anything but booleans.

    Reference: Bonett and Price, 2012, Journal of Educational and Behavioral Statistics 37(4).
    """
    first, second = _right(a, 2), _right(b, 2)
    _same(first, second)
    return gap_interval(first.mean(axis=0) - second.mean(axis=0))


def gap_interval(gaps: ArrayLike, widest: float = 1.0) -> ImageInterval:
    """`image_interval` of one number per image: a t interval to which the two extreme images are added.

    Args:
        gaps: (N,) differences within [-widest, widest], one per image.
        widest: the largest difference that one image can show; 2 where gaps are differences of differences.

    Raises:
        InputError: when there is no image, or a gap is not finite or lies outside.
    """
    found = image_spread(gaps, widest=widest)
    low, high = found.ends(0.95)
    return ImageInterval(difference=found.difference, low=low, high=high, n=found.n)


def flips(a: ArrayLike, b: ArrayLike) -> Flips:
    """Count the images on which two networks of one seed agree and disagree.

    Args:
        a: (N,) booleans, which images the first got right.
        b: (N,) booleans, which of the same images the second got right.

    Returns:
        Four counts that add up to N, with the exact McNemar p.

    Raises:
        InputError: when lengths differ, there are no images, or a value is no boolean.

    Reference: McNemar, 1947, Psychometrika 12(2).
    """
    first, second = _right(a, 1), _right(b, 1)
    _same(first, second)
    a_only, b_only = int((first & ~second).sum()), int((second & ~first).sum())
    both, neither = int((first & second).sum()), int((~first & ~second).sum())
    return Flips(both=both, a_only=a_only, b_only=b_only, neither=neither, p=mcnemar(a_only, b_only))


def pairing_gain(a: Sequence[float], b: Sequence[float], margin: float = MARGIN) -> PairingGain:
    """How much pairing by seed narrowed the interval: the paired t interval against Welch's on the same numbers.

    Args:
        a: (n,) one value per seed, fractions.
        b: (n,) the other arm's values for the same seeds in the same order.
        margin: the largest difference that counts as equal, for the verdict without pairing.

    Raises:
        InputError: as `compare_paired`.
    """
    paired, first, second = compare_paired(a, b, margin), summarize(a), summarize(b)
    unpaired = compare_summaries(first.mean, first.std, first.n, second.mean, second.std, second.n, margin)
    return PairingGain(paired_half=_half(paired), unpaired_half=_half(unpaired), unpaired_verdict=unpaired.verdict)


def _half(found: Comparison) -> float | None:
    return None if found.interval is None else (found.interval[1] - found.interval[0]) / 2.0


def _right(values: ArrayLike, axes: int) -> NDArray[np.bool_]:
    right = np.asarray(values)
    if right.ndim != axes or right.size == 0 or right.dtype.kind != "b":
        shape = "(N,)" if axes == 1 else "(S, N)"
        raise InputError(f"right or wrong per image needs booleans {shape}, got {right.dtype} of {right.shape}")
    return right


def _same(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> None:
    if first.shape != second.shape:
        raise InputError(f"both arms need the same seeds and images, got {first.shape} and {second.shape}")
