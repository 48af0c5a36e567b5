"""Whether two sets of features come from one distribution, and how far apart they lie if not."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError, as_features

Matrix = NDArray[np.float64]

MIN_IMAGES_PER_SIDE = 2  # images per side: an unbiased mean leaves each image's kernel with itself out


class Mmd(NamedTuple):
    """Maximum mean discrepancy of n and m images: unbiased and squared, its p value, and its size."""

    mmd2: float
    p: float
    effect: float  # share of the kernel's variance that lies between the two sides
    n: int
    m: int


def mmd(x: ArrayLike, y: ArrayLike, *, permutations: int = 1000, rng: np.random.Generator) -> Mmd:
    """Test of two independent sets of images with a Gaussian kernel, by permuting who belongs to which side.

    The kernel is exp(-d2 / (2 * median(d2))), the median over all pairs of the pooled images. With centred kernel
    rows the statistic is one quadratic form in who is on the first side, so all permutations are one product.

    `effect` is MMD^2 / 4 over the total variance in the kernel's space, that of an even mixture of both sides: the
    R^2 of an analysis of variance. Unlike MMD^2 over its permutation spread it does not grow with the number of
    images, and it is bounded. Compare it among sides of equal number: of unequal ones far apart the median is a
    distance within the larger side, and the effect ends between 0.4 and 0.7.

    Args:
        x: features of shape (N, D), of images that are not in y; N at least 2.
        y: features of shape (M, D).
        permutations: how often sides are dealt again, at least 1; p is never below 1 / (permutations + 1).
        rng: deals the sides.

    Returns:
        mmd2 about 0 without a difference, possibly below, at most 2; p in (0, 1]; effect at most 1, about 0
        (possibly below) without a difference, towards 1 as sides of equal number move apart.

    Raises:
        InputError: when D differs, a side has fewer than 2 images, a value is not finite, all images of a side or
            half of all pairs have the same features, or permutations is below 1.

    Reference: Gretton et al., 2012, JMLR 13; p = (b + 1) / (m + 1): Phipson and Smyth, 2010, SAGMB 9(1).
    """
    first, second = as_sides(x, y, MIN_IMAGES_PER_SIDE)
    if permutations < 1:
        raise InputError(f"permutations must be at least 1, got {permutations}")
    n, m = len(first), len(second)
    kernel = _kernel(np.concatenate([first, second]))
    within_x, within_y = kernel[:n, :n].sum() / (n * (n - 1)), kernel[n:, n:].sum() / (m * (m - 1))
    across = kernel[:n, n:].mean()
    mmd2 = float(within_x + within_y - 2 * across)
    total = 1 - float(within_x + within_y + 2 * across) / 4
    return Mmd(mmd2, _permuted(kernel, n, permutations, rng), mmd2 / 4 / total, n, m)


def as_sides(x: ArrayLike, y: ArrayLike, fewest: int) -> tuple[Matrix, Matrix]:
    """Two sets of images, (N, D) and (M, D), as float64.

    Raises:
        InputError: as `as_features`, or when D differs, a side has too few images, or all of its images have the
            same features.
    """
    sides = as_features(x, "x"), as_features(y, "y")
    if sides[0].shape[1] != sides[1].shape[1]:
        raise InputError(f"x and y must hold the same features, got {sides[0].shape[1]} and {sides[1].shape[1]}")
    for side, name in zip(sides, "xy", strict=True):
        if len(side) < fewest:
            raise InputError(f"{name} must hold at least {fewest} images, got {len(side)}")
        if np.ptp(side, axis=0).max() <= 1e-12 * np.abs(side).max():  # rounding of float64
            raise InputError(f"all {len(side)} images have the same features in {name}: nothing to test")
    return sides


def _kernel(pooled: Matrix) -> Matrix:
    """Gaussian kernel of all pairs, (N + M, N + M), 0 on the diagonal."""
    pooled = pooled - pooled.mean(axis=0)  # large means cost digits
    lengths = np.square(pooled).sum(axis=1)
    squared = pooled @ pooled.T
    squared *= -2.0
    squared += lengths[:, None]
    squared += lengths[None, :]
    size = len(squared)
    others = squared.ravel()[:-1].reshape(size - 1, size + 1)[:, 1:]  # all but the diagonal, without a copy
    median = float(np.median(others))
    if median <= 1e-12 * lengths.max():  # rounding of float64
        raise InputError("half of all pairs of images have the same features: the median distance is 0")
    squared /= -2.0 * median
    kernel = np.exp(squared, out=squared)
    np.fill_diagonal(kernel, 0.0)
    return kernel


def _permuted(kernel: Matrix, n: int, permutations: int, rng: np.random.Generator) -> float:
    """Share of dealings with a statistic at least as large as the true one, which is counted among them."""
    size = len(kernel)
    # Terms that belong to one image cancel in the unbiased statistic. With rows that sum to 0 it is s'Ks up to a
    # factor, for s = 1 on the first side, and float32 keeps enough digits.
    means = kernel.sum(axis=0) / (size - 2)
    means -= means.sum() / (2 * (size - 1))
    kernel = kernel - means[:, None] - means[None, :]
    np.fill_diagonal(kernel, 0.0)
    sides = np.zeros((permutations + 1, size), dtype=np.float32)
    sides[:, :n] = 1.0
    rng.permuted(sides[1:], axis=1, out=sides[1:])
    found = np.einsum("ps,ps->p", sides @ kernel.astype(np.float32), sides, dtype=np.float64)
    slack = 1e-5 * float(np.abs(found).max())  # the same dealing twice differs by rounding
    return float(np.count_nonzero(found >= found[0] - slack)) / (permutations + 1)
