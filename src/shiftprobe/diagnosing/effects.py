"""Sums of arms by name, as experiments compare them."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from shiftprobe.diagnosing.contrasts import ArmsContrast, contrast

Weights = Mapping[str, float]
"""A sum of arms: `{"transfer": 1, "scratch": -1}` is the gain of transfer over scratch."""

BySeed = Mapping[str, Mapping[int, NDArray[np.bool_]]]
"""By arm and seed, (N,) which test images are right."""


def table(right: BySeed, arm: str, seeds: Sequence[int]) -> NDArray[np.bool_]:
    """(S, N): one arm with these seeds."""
    return np.stack([right[arm][seed] for seed in seeds])


def mean_of(right: BySeed, weights: Weights, seeds: Sequence[int]) -> float:
    """A sum of accuracies, over seeds and images."""
    return float(sum(weight * table(right, arm, seeds).mean() for arm, weight in weights.items()))


def effect_of(
    right: BySeed, weights: Weights, seeds: Sequence[int], groups: NDArray[np.int64] | None = None
) -> ArmsContrast:
    """A sum whose weights add up to 0, with its interval over seeds and images.

    Raises:
        InputError: when they add up to something else.
    """
    return contrast([(weight, table(right, arm, seeds)) for arm, weight in weights.items()], groups)


def minus(after: Weights, before: Weights) -> Weights:
    """The difference of two sums of arms, without arms that cancel."""
    both = {arm: after.get(arm, 0.0) - before.get(arm, 0.0) for arm in (*after, *before)}
    return {arm: weight for arm, weight in both.items() if weight}
