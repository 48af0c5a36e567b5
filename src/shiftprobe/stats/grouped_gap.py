"""Confidence less accuracy where images come in groups."""

import numpy as np
from numpy.typing import ArrayLike

from shiftprobe.stats.grouped_gate import grouped_gate
from shiftprobe.stats.image_spread import image_spread


def grouped_overconfidence(
    sure: ArrayLike, right: ArrayLike, groups: ArrayLike, confidence: float = 0.95
) -> tuple[float, float]:
    """Both ends of the interval of mean confidence less accuracy.

    It holds two: the t interval over groups, and mean confidence less the interval of the accuracy as `grouped_gate`
    has it. The first alone is too short where the few groups that would be wrong happen not to be (docs/statistics.md).

    Args:
        sure: (N,) confidence of each answer, in [0, 1].
        right: (N,) booleans, which answers were right.
        groups: (N,) labels of what belongs together, at least 2 different ones.
        confidence: of the two-sided interval, a fraction below 1.

    Raises:
        InputError: as `grouped_gate` and `image_spread`.
    """
    chances, hits = np.asarray(sure, dtype=np.float64), np.asarray(right)
    share = grouped_gate(hits, groups, 0.5, confidence)
    low, high = image_spread(chances - hits, groups=groups).ends(confidence)
    mean = float(chances.mean())
    return min(low, mean - share.high), max(high, mean - share.low)
