"""Linear CKA of views too large to be held: one pass over batches, the same number as of the whole."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError, as_pair
from shiftprobe.metrics.cka import DEGENERATE, check_count, unbiased

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where a view's numbers are counted from: the mean of its first batch, in units of that batch's peak."""

    mean: Matrix  # (D,)
    unit: float

    def rows(self, x: Matrix) -> Matrix:
        """(N, D + 2): features, their squared length, and 1; products of such rows hold every sum that CKA needs."""
        if x.shape[1] != len(self.mean):
            raise InputError(f"every batch must hold the same features, got {x.shape[1]} after {len(self.mean)}")
        moved = (x - self.mean) / self.unit
        return np.column_stack([moved, np.square(moved).sum(axis=1), np.ones(len(x))])


def streamed_linear_cka(batches: Iterable[tuple[ArrayLike, ArrayLike]], *, debiased: bool = True) -> float:
    """Linear CKA of two views of the same images that arrive batch by batch, each looked at once.

    Exact: sums of products are counted from the first batch's mean, and the whole mean is taken out at the end.
    It differs from `linear_cka` of the whole by rounding, under 1e-9 even at a mean of 10,000 standard deviations.

    Args:
        batches: pairs of features, (n, D) and (n, E), of the same n images; n may differ from batch to batch.
            For memory-mapped views: `((x[i : i + 1024], y[i : i + 1024]) for i in range(0, len(x), 1024))`.
        debiased: leave out what chance alone adds.

    Returns:
        As `linear_cka`: 1 when y is a rotated and rescaled x; debiased, about 0 for unrelated views.

    Raises:
        InputError: as `linear_cka`, or when the number of features changes between batches.

    Reference: Kornblith et al., 2019, arXiv:1905.00414; debiased after Song et al., 2012, JMLR 13; sums over
        batches after Chan, Golub and LeVeque, 1983, The American Statistician 37(3).
    """
    origins: tuple[_Origin, _Origin] | None = None
    sums, peaks = [np.zeros((1, 1))] * 3, [0.0, 0.0]
    for pair in batches:
        views = as_pair(*pair)
        origins = origins or (_origin(views[0]), _origin(views[1]))
        peaks = [max(peak, float(np.abs(view).max())) for peak, view in zip(peaks, views, strict=True)]
        x, y = (origin.rows(view) for origin, view in zip(origins, views, strict=True))
        sums = [total + part for total, part in zip(sums, (x.T @ y, x.T @ x, y.T @ y), strict=True)]
    n = round(float(sums[0][-1, -1]))
    check_count(n)
    units = [origin.unit for origin in origins or ()]
    return _cka(sums, [peak / unit for peak, unit in zip(peaks, units, strict=True)], n, debiased=debiased)


def _origin(first: Matrix) -> _Origin:
    return _Origin(first.mean(axis=0), float(np.abs(first).max()) or 1.0)


def _cka(sums: list[Matrix], peaks: list[float], n: int, *, debiased: bool) -> float:
    """From products of rows over all images: x with y, x with x, y with y."""
    means = [own[:-2, -1] / n for own in sums[1:]]
    sides = ((0, 1), (0, 0), (1, 1))
    both, *own = (_centred(total, means[i], means[j]) for total, (i, j) in zip(sums, sides, strict=True))
    lengths = [float(np.trace(one[:-1, :-1])) for one in own]
    for length, peak, name in zip(lengths, peaks, "xy", strict=True):
        if length <= n * (1e-12 * peak) ** 2:  # rounding of float64, far under the steps of float32
            raise InputError(DEGENERATE.format("features", name))
    found = [
        _hsic(one, n, lengths[i] * lengths[j], debiased=debiased)
        for one, (i, j) in zip((both, *own), sides, strict=True)
    ]
    for value, length, name in zip(found[1:], lengths, "xy", strict=True):
        if value <= 1e-12 * length**2:
            raise InputError(DEGENERATE.format("features", name))
    return found[0] / math.sqrt(found[1] * found[2])


def _hsic(centred: Matrix, n: int, totals: float, *, debiased: bool) -> float:
    biased = float(np.square(centred[:-1, :-1]).sum())
    return unbiased(biased, float(centred[-1, -1]), totals, n) if debiased else biased


def _centred(total: Matrix, mean_x: Matrix, mean_y: Matrix) -> Matrix:
    """(D + 1, E + 1): the same sums of features and squared lengths, both now counted from the whole mean."""
    return _counted_from(mean_y, _counted_from(mean_x, total).T).T


def _counted_from(mean: Matrix, total: Matrix) -> Matrix:
    """As |x - mean|^2 = |x|^2 - 2 x.mean + |mean|^2, sums from another origin are sums of these sums."""
    features, lengths, ones = total[:-2], total[-2], total[-1]
    return np.vstack([features - np.outer(mean, ones), lengths - 2 * mean @ features + mean @ mean * ones])
