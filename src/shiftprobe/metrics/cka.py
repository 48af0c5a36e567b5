"""Centred kernel alignment: how alike two views of the same images are, whatever their axes."""

import math
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError, as_pair

Matrix = NDArray[np.float64]
Number = TypeVar("Number", float, Matrix)

MIN_IMAGES = 4  # the debiased estimator divides by n - 3
DEGENERATE = "the {} of {} hold no structure to compare (constant, or only one image differs)"


def linear_cka(x: ArrayLike, y: ArrayLike, *, debiased: bool = True) -> float:
    """Linear CKA of two views of the same N images.

    Args:
        x: features of shape (N, D), N at least 4.
        y: features of shape (N, E); D and E may differ.
        debiased: leave out what chance alone adds. Two independent Gaussian sets (N = 50, D = 2048)
            score 0.975 biased and -0.018 debiased.

    Returns:
        1 when y is a rotated and rescaled x. In [0, 1] biased; debiased, about 0 for unrelated views
        and possibly slightly below.

    Raises:
        InputError: when N differs or is below 4, a value is not finite, or a view is degenerate
            (all images alike, or all but one).

    Reference: Kornblith et al., 2019, arXiv:1905.00414; debiased after Song et al., 2012, JMLR 13.
    """
    first, second = _views(x, y)
    n, (d, e) = len(first), (first.shape[1], second.shape[1])
    # both ways are exact; the cheaper one by its multiplications
    if n * (d + e) > d * d + e * e + d * e:
        return _in_feature_space(first, second, debiased=debiased)
    return _in_gram_space(first @ first.T, second @ second.T, debiased=debiased)


def rbf_cka(x: ArrayLike, y: ArrayLike, *, threshold: float = 1.0, debiased: bool = True) -> float:
    """CKA with a Gaussian kernel, which sees neighbourhoods where the linear one sees directions.

    The Gram matrix is exp(-d2 / (2 * threshold^2 * median(d2))), the median taken over the whole
    matrix of squared distances.

    Args:
        x: features of shape (N, D), N at least 4.
        y: features of shape (N, E); D and E may differ.
        threshold: kernel width in units of the median distance, above 0.
        debiased: leave out what chance alone adds.

    Returns:
        1 when y is a rotated and rescaled x. In [0, 1] biased; debiased, about 0 for unrelated views
        and possibly slightly below.

    Raises:
        InputError: as `linear_cka`, or when threshold is not above 0, or half of the distances are 0.

    Reference: Kornblith et al., 2019, arXiv:1905.00414.
    """
    if not (threshold > 0.0 and math.isfinite(threshold)):
        raise InputError(f"threshold is a kernel width above 0, got {threshold}")
    first, second = _views(x, y)
    return _in_gram_space(_rbf_gram(first, threshold), _rbf_gram(second, threshold), debiased=debiased)


def _views(x: ArrayLike, y: ArrayLike) -> tuple[Matrix, Matrix]:
    first, second = as_pair(x, y)
    check_count(len(first))
    return _standing_at_zero(first, "x"), _standing_at_zero(second, "y")


def check_count(n: int) -> None:
    """Refuse fewer images than the debiased estimator can use.

    Raises:
        InputError: when n is below 4.
    """
    if n < MIN_IMAGES:
        raise InputError(f"CKA needs at least {MIN_IMAGES} images, got {n}")


def _standing_at_zero(x: Matrix, name: str) -> Matrix:
    """Mean removed and largest value 1: CKA does not change, rounding and overflow do not arise."""
    peak = np.abs(x).max()
    centred = x / peak - (x / peak).mean(axis=0) if peak > 0 else x
    spread = np.abs(centred).max()
    if spread <= 1e-12:  # noqa: PLR2004 -- rounding of float64, far under the steps of float32
        raise InputError(DEGENERATE.format("features", name))
    return np.asarray(centred / spread)


def _in_feature_space(x: Matrix, y: Matrix, *, debiased: bool) -> float:
    own_x, own_y = _alignment(x, x, debiased=debiased), _alignment(y, y, debiased=debiased)
    for own, view, name in ((own_x, x, "x"), (own_y, y, "y")):
        if own <= 1e-12 * np.square(view).sum() ** 2:
            raise InputError(DEGENERATE.format("features", name))
    return _alignment(x, y, debiased=debiased) / math.sqrt(own_x * own_y)


def _alignment(x: Matrix, y: Matrix, *, debiased: bool) -> float:
    """HSIC of two centred views up to a factor that CKA cancels."""
    biased = float(np.square(x.T @ y).sum())
    if not debiased:
        return biased
    rows_x, rows_y = np.square(x).sum(axis=1), np.square(y).sum(axis=1)
    return unbiased(biased, float(rows_x @ rows_y), float(rows_x.sum() * rows_y.sum()), len(x))


def unbiased(biased: Number, paired: Number, totals: Number, n: int) -> Number:
    """HSIC of centred views without what chance alone adds, up to the same factor as the biased one.

    Args:
        biased: sum of squares of the views' cross products, (D, E); a number, or an array of many pairs.
        paired: sum over images of the product of both squared lengths.
        totals: product of both sums of squared lengths.
        n: images, at least 4.

    Returns:
        About 0 for unrelated views, possibly below; of one view with itself 0 when it is degenerate.

    Reference: Song et al., 2012, JMLR 13, eq. 5, for views whose mean is 0.
    """
    return biased - n / (n - 2) * paired + totals / ((n - 1) * (n - 2))


def _in_gram_space(gram_x: Matrix, gram_y: Matrix, *, debiased: bool) -> float:
    centre = _u_centred if debiased else _centred
    first, second = centre(gram_x), centre(gram_y)
    norms = []
    for centred, gram, name in ((first, gram_x, "x"), (second, gram_y, "y")):
        norms.append(float(np.linalg.norm(centred)))
        if norms[-1] <= 1e-9 * np.linalg.norm(gram):
            raise InputError(DEGENERATE.format("similarities", name))
    return float(np.vdot(first, second)) / math.prod(norms)


def _centred(gram: Matrix) -> Matrix:
    means = gram.mean(axis=0)
    return np.asarray(gram - means[:, None] - means[None, :] + means.mean())


def _u_centred(gram: Matrix) -> Matrix:
    """The Gram matrix whose inner products are unbiased: no image is compared with itself."""
    n = len(gram)
    hollow = gram.copy()
    np.fill_diagonal(hollow, 0.0)
    means = hollow.sum(axis=0) / (n - 2)
    means -= means.sum() / (2 * (n - 1))
    hollow -= means[:, None]
    hollow -= means[None, :]
    np.fill_diagonal(hollow, 0.0)
    return hollow


def _rbf_gram(x: Matrix, threshold: float) -> Matrix:
    lengths = np.square(x).sum(axis=1)
    squared = np.maximum(lengths[:, None] + lengths[None, :] - 2.0 * (x @ x.T), 0.0)
    np.fill_diagonal(squared, 0.0)
    median = float(np.median(squared))
    if median <= 1e-12:  # noqa: PLR2004 -- rounding: the largest feature is 1
        raise InputError("half of the images have the same features: the median distance is 0")
    return np.asarray(np.exp(squared / (-2.0 * threshold**2 * median)))
