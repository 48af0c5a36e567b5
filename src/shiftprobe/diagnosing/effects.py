"""What an intervention does, over seeds and test images together."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.results.diagnosis import Effect
from shiftprobe.stats.estimate import Estimate
from shiftprobe.stats.image_spread import image_spread
from shiftprobe.stats.together import Together

LEVEL = 0.95

Weights = Mapping[str, float]
"""A sum of arms: `{"transfer": 1, "scratch": -1}` is the gain of transfer over scratch."""


class Judged(NamedTuple):
    """An effect and its p of no effect, two-sided."""

    effect: Effect
    p: float


def judged(gaps: ArrayLike, groups: NDArray[np.int64] | None = None, *, widest: float = 1.0) -> Judged:
    """The mean of one number per seed and image, with the interval that seeds and test images leave together.

    Args:
        gaps: (S, N) differences within [-widest, widest]. With one seed the interval is that of the images alone.
        groups: (N,) images that count as one draw; None: all are independent.
        widest: the largest difference that one image can show; 2 where gaps are differences of differences.

    Returns:
        The effect, as a fraction of images.

    Raises:
        InputError: when there is no image, or a number is not finite or lies outside.
    """
    each = np.asarray(gaps, np.float64)
    images = image_spread(each.mean(axis=0), groups=groups, widest=widest)
    found = Together(images.difference, _over_seeds(each.mean(axis=1)), images)
    low, high = found.ends(LEVEL)
    effect = Effect(value=images.difference, low=low, high=high, n=each.shape[1], seeds=each.shape[0])
    return Judged(effect, found.p())


def _over_seeds(means: NDArray[np.float64]) -> Estimate | None:
    """What seeds leave open; None where there is one, or where all are equal."""
    n = len(means)
    if n < 2 or np.ptp(means) == 0:  # noqa: PLR2004 - a spread needs two
        return None
    sd = float(means.std(ddof=1))
    return Estimate(float(means.mean()), sd, sd / n**0.5, n - 1)


def combined(
    right: Mapping[str, Mapping[int, NDArray[np.bool_]]], weights: Weights, seeds: Sequence[int]
) -> NDArray[np.float64]:
    """(S, N): a sum of arms, seed by seed and image by image.

    Args:
        right: by arm and seed, (N,) which test images are right.
        weights: of arms that have all these seeds.
        seeds: which.
    """
    return np.stack([_of_seed(right, weights, seed) for seed in seeds])


def _of_seed(right: Mapping[str, Mapping[int, NDArray[np.bool_]]], weights: Weights, seed: int) -> NDArray[np.float64]:
    table = np.stack([weight * right[arm][seed].astype(np.float64) for arm, weight in weights.items()])
    return np.asarray(table.sum(axis=0), np.float64)


def widest_of(weights: Weights) -> float:
    """The largest difference that one image can show of a sum of arms."""
    return max(sum(w for w in weights.values() if w > 0), -sum(w for w in weights.values() if w < 0))


def minus(after: Weights, before: Weights) -> Weights:
    """The difference of two sums of arms, without arms that cancel."""
    both = {arm: after.get(arm, 0.0) - before.get(arm, 0.0) for arm in (*after, *before)}
    return {arm: weight for arm, weight in both.items() if weight}
