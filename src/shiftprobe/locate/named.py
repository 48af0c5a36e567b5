"""What the parts of the feature bank share."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.floating[Any]]

Named: TypeAlias = dict[str, Floats]
"""One value per image (N,) by the statistic's name."""

TINY = 0.002
"""Half a grey level as a fraction of 255; keeps logarithms of nothing finite."""


_MEDIAN = (
    (1, 2), (4, 5), (7, 8), (0, 1), (3, 4), (6, 7), (1, 2), (4, 5), (7, 8), (0, 3), (5, 8), (4, 7), (3, 6), (1, 4),
    (2, 5), (4, 7), (4, 2), (6, 4), (4, 2),
)  # fmt: skip


def half(grey: Floats) -> Floats:
    """Means of 2 x 2 pixels; an odd last row or column is left out."""
    size = grey.shape[1] // 2 * 2
    cut = grey[:, :size, :size]
    smaller: Floats = (cut[:, ::2, ::2] + cut[:, 1::2, ::2] + cut[:, ::2, 1::2] + cut[:, 1::2, 1::2]) / 4
    return smaller


def means(values: NDArray[Any]) -> Floats:
    """The mean of each image (N,), over whatever other axes there are: of floats and truths faster than numpy's own."""
    axes = tuple(range(1, values.ndim))
    if values.dtype == np.bool_:
        return np.asarray(np.add.reduce(values.view(np.uint8), axis=axes, dtype=np.uint32) / values[0].size)
    if values.dtype == np.float32:
        return np.asarray(np.einsum(values, [0, *axes], [0]) / np.float32(values[0].size))
    return np.asarray(values.mean(axes))


def spreads(values: Floats) -> Floats:
    """The standard deviation of each image (N,)."""
    away = values - means(values)[:, None]
    return np.sqrt(means(away * away))


def median(levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The median of the 3 x 3 around each pixel, (N, S, S), edges repeated; by a network of 19 comparisons.

    Reference: Devillard, 1998, after Paeth, Graphics Gems, 1990.
    """
    padded = np.pad(levels, ((0, 0), (1, 1), (1, 1)), mode="edge")
    size = levels.shape[1]
    p = [padded[:, y : y + size, x : x + size] for y in range(3) for x in range(3)]
    for one, other in _MEDIAN:
        p[one], p[other] = np.minimum(p[one], p[other]), np.maximum(p[one], p[other])
    return p[4]


def quantiles(values: Floats, shares: tuple[int, ...]) -> Floats:
    """Per image, the value at each percentage (len(shares), N): the nearest of those there are."""
    flat = values.reshape(len(values), -1)
    ranks = [round((flat.shape[1] - 1) * share / 100) for share in shares]
    ordered = np.sort(flat, axis=1)  # numpy sorts whole rows eight times as fast as it finds two places in them
    chosen: Floats = ordered[:, ranks].T
    return chosen
