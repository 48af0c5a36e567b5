"""What the parts of the feature bank share."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.floating[Any]]

Named: TypeAlias = dict[str, Floats]
"""One value per image (N,) by the statistic's name."""

TINY = 0.002
"""Half a grey level as a fraction of 255; keeps logarithms of nothing finite."""


def half(grey: Floats) -> Floats:
    """Means of 2 x 2 pixels; an odd last row or column is left out."""
    size = grey.shape[1] // 2 * 2
    cut = grey[:, :size, :size]
    smaller: Floats = (cut[:, ::2, ::2] + cut[:, 1::2, ::2] + cut[:, ::2, 1::2] + cut[:, 1::2, 1::2]) / 4
    return smaller


def quantiles(values: Floats, shares: tuple[int, ...]) -> Floats:
    """Per image, the value at each percentage (len(shares), N): the nearest of those there are."""
    flat = values.reshape(len(values), -1)
    ranks = [round((flat.shape[1] - 1) * share / 100) for share in shares]
    ordered: Floats = np.partition(flat, sorted(set(ranks)), axis=1)[:, ranks].T
    return ordered
