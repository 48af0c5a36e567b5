"""Which images one arm has right and the other wrong beyond what another seed would do to either."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError
from shiftprobe.stats.discrete_fdr import discrete_benjamini_hochberg

FDR = 0.05  # of the images that are called
FEWEST_SEEDS = 2
AT_ONCE = 1000  # images whose relabellings are counted together

Counts = NDArray[np.int64]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFlips:
    """Image by image, how two arms differ over their seeds."""

    effect: Numbers  # (N,) share of trainings and conditions in which a is right, minus that of b; -1 to 1
    p: Numbers  # (N,) two-sided, over all ways to share the trainings out between the arms
    q: Numbers  # (N,) false discovery rate at which the image is called
    jitters: NDArray[np.bool_]  # (N,) whether two seeds of one arm disagree in a condition
    smallest: float  # p that an image can reach with so many seeds

    @property
    def n(self) -> int:
        """How many images."""
        return len(self.effect)

    def called(self, level: float = FDR) -> NDArray[np.bool_]:
        """Which images differ beyond seed noise; `level` is the one they were judged at."""
        return self.q <= level


def image_flips(a: ArrayLike, b: ArrayLike, level: float = FDR) -> ImageFlips:
    """Test every image: would its answers look the same if the trainings had been dealt out to the arms by lot?

    A training counts once per image, by the share of conditions in which it has the image right, so that doses, which
    share their seeds and images, are never taken for repetitions. Given an image's 2S shares, every deal of S of them
    to arm a is as likely as any other under the null: that the arm moves nothing on this image. Where seeds of both
    arms agree more than strangers would (they share their training images), the test errs on the safe side.

    Args:
        a: (S, D, N) booleans, whether the training of each seed has each image right in each condition.
        b: (S, D, N) booleans, the other arm with the same seeds and conditions.
        level: false discovery rate at which images are called.

    Returns:
        Effects, exact p values, and p values adjusted over all images.

    Raises:
        InputError: when shapes differ, an axis is empty, there are fewer than two seeds, or a value is no boolean.
    """
    first, second = np.asarray(a), np.asarray(b)
    if first.shape != second.shape or first.ndim != 3 or not first.size:  # noqa: PLR2004 - seeds, conditions, images
        raise InputError(f"both arms need (seeds, conditions, images), got {first.shape} and {second.shape}")
    if first.dtype.kind != "b" or second.dtype.kind != "b":
        raise InputError(f"right or wrong per image needs booleans, got {first.dtype} and {second.dtype}")
    seeds, conditions = first.shape[:2]
    if seeds < FEWEST_SEEDS:
        raise InputError(f"seed noise needs at least {FEWEST_SEEDS} seeds, got {seeds}")
    counts = np.concatenate([first.sum(axis=1), second.sum(axis=1)]).T.astype(np.int64)  # (N, 2S)
    gap = counts[:, :seeds].sum(axis=1) - counts[:, seeds:].sum(axis=1)
    dealt, which = np.unique(np.sort(counts, axis=1), axis=0, return_inverse=True)
    which = which.reshape(-1)
    tails = list(_tails(dealt, seeds, conditions))
    p = np.array([tails[row][abs(value)] for row, value in zip(which.tolist(), gap.tolist(), strict=True)])
    supports = [np.unique(one[one > 0]) for one in tails]
    return ImageFlips(
        effect=gap / (seeds * conditions),
        p=p,
        q=discrete_benjamini_hochberg(p, supports, which, level),
        jitters=_jitters(first) | _jitters(second),
        smallest=smallest_p(seeds),
    )


def _jitters(right: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray((right.any(axis=0) & ~right.all(axis=0)).any(axis=0))


def smallest_p(seeds: int) -> float:
    """What an image reaches that all trainings of one arm have right and all of the other wrong."""
    return 2.0 / math.comb(2 * seeds, seeds)


def _tails(counts: Counts, seeds: int, conditions: int) -> Iterator[Numbers]:
    """Per row, the share of deals whose gap is at least so large; 0 where no deal has that gap."""
    highest = seeds * conditions
    for start in range(0, len(counts), AT_ONCE):
        some = counts[start : start + AT_ONCE]
        ways = _deals(some, seeds, conditions)  # (rows, highest + 1), by the sum that falls to arm a
        for row, total in zip(ways, some.sum(axis=1).tolist(), strict=True):
            gaps = np.abs(2 * np.arange(highest + 1) - total)
            by_gap = np.bincount(gaps, row, minlength=highest + 1)[: highest + 1]
            tail = np.cumsum(by_gap[::-1])[::-1] / row.sum()
            yield np.where(by_gap > 0, tail, 0.0)


def _deals(counts: Counts, seeds: int, conditions: int) -> Numbers:
    """How many choices of so many of each row's trainings have which sum; a float, exact up to 26 seeds."""
    rows, trainings = counts.shape
    ways = np.zeros((rows, seeds + 1, seeds * conditions + 1))
    ways[:, 0, 0] = 1.0
    for place in range(trainings):
        for value in range(conditions + 1):
            here = counts[:, place] == value
            ways[here, 1:, value:] += ways[here, :-1, : ways.shape[2] - value]
    return np.asarray(ways[:, seeds])
