"""How far features move, in four readings: direction, shape, distribution, neighbourhoods; and whose move most."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError, as_features, as_labels, as_pair
from shiftprobe.metrics.distance import cosine_rows

Matrix = NDArray[np.float64]


class CosineSummary(NamedTuple):
    """Mean over images of the cosine, its 95 % interval over images, and how many there were."""

    mean: float
    low: float
    high: float
    n: int


class Frechet(NamedTuple):
    """Fréchet distance, squared as is the custom, and the same in units of x's own variance."""

    distance: float
    relative: float


class Overlap(NamedTuple):
    """Mean share of common neighbours, the share that chance alone gives, and how many images there were."""

    share: float
    chance: float
    n: int


class ClassMoves(NamedTuple):
    """How far each class moved: its number, mean 1 - cosine, and images; classes without images are left out."""

    classes: NDArray[np.int64]  # (C,), rising
    moved: Matrix  # (C,)
    images: NDArray[np.int64]  # (C,)


def cosine_summary(x: ArrayLike, y: ArrayLike) -> CosineSummary:
    """Mean cosine between each image's features and its own features elsewhere.

    Args:
        x: features of shape (N, D), for example of the clean images.
        y: features of shape (N, D), for example of the same images after the shift.

    Returns:
        Mean in [-1, 1]; 1 when no direction moved. Features after a ReLU share a direction before any
        shift: two different images may already score 0.9.

    Raises:
        InputError: as `cosine_rows`, or when all images of a view have the same features.
    """
    first, second = as_pair(x, y)
    _centred(first, "x")
    _centred(second, "y")
    cosines = cosine_rows(first, second)
    mean, n = float(cosines.mean()), len(cosines)
    half = 1.96 * float(cosines.std(ddof=1)) / n**0.5
    return CosineSummary(mean, max(-1.0, mean - half), min(1.0, mean + half), n)


def procrustes(x: ArrayLike, y: ArrayLike) -> float:
    """What of y the best rotation of x reaches, both centred and of length 1.

    It is the nuclear norm (sum of singular values) of the cross product of both: |x'y|* / (|x| |y|). The squared
    Procrustes distance is 2 - 2 times it. CKA takes the squares of the same singular values, so a few strong
    directions rule it; here weak directions count too.

    Args:
        x: features of shape (N, D).
        y: features of shape (N, E); D and E may differ.

    Returns:
        Similarity in [0, 1]; 1 when y is a rotated, moved and rescaled x. Biased upwards when N is not much
        larger than D and E: two unrelated views of N = 1,000 and D = 512 score about 0.6.

    Raises:
        InputError: when N differs, a value is not finite, or all images of a view have the same features.

    Reference: Schönemann, 1966, Psychometrika 31(1); as a similarity of representations: Ding et al., 2021,
        arXiv:2108.01661.
    """
    first, second = as_pair(x, y)
    first, second = (_short(_centred(view, name)) for view, name in ((first, "x"), (second, "y")))
    reached = np.linalg.svd(first.T @ second, compute_uv=False).sum()
    return min(1.0, float(reached / (np.linalg.norm(first) * np.linalg.norm(second))))


def frechet(x: ArrayLike, y: ArrayLike) -> Frechet:
    """Distance of two sets of features as if each were a Gaussian cloud; the images need not be the same.

    |mean difference|^2 + trace(Sx + Sy - 2 (Sx Sy)^(1/2)), with the sample covariances Sx and Sy.

    Args:
        x: features of shape (N, D), for example of the clean images; its trace(Sx) is the unit of `relative`.
        y: features of shape (M, D).

    Returns:
        Both at least 0; 0 for equal means and covariances. A relative distance of 1 is as much as the clean images
        scatter around their mean. Biased upwards when N and M are not much larger than D.

    Raises:
        InputError: when D differs, a value is not finite, or all images of a set have the same features.

    Reference: Dowson and Landau, 1982, Journal of Multivariate Analysis 12(3); on features: Heusel et al., 2017,
        arXiv:1706.08500.
    """
    first, second = as_features(x, "x"), as_features(y, "y")
    if first.shape[1] != second.shape[1]:
        raise InputError(f"x and y must hold the same features, got {first.shape[1]} and {second.shape[1]}")
    apart = float(np.square(first.mean(axis=0) - second.mean(axis=0)).sum())
    one, other = (_centred(view, name) / (len(view) - 1) ** 0.5 for view, name in ((first, "x"), (second, "y")))
    own, theirs = float(np.square(one).sum()), float(np.square(other).sum())
    distance = max(0.0, apart + own + theirs - 2 * _common(one, other))
    return Frechet(distance, distance / own)


def neighbour_overlap(x: ArrayLike, y: ArrayLike, *, k: int = 10) -> Overlap:
    """Mean share of each image's k nearest images (Euclidean) that are the same in both views.

    Args:
        x: features of shape (N, D).
        y: features of shape (N, E); D and E may differ.
        k: neighbours, from 1 to N - 2.

    Returns:
        Share in [0, 1]; 1 when every image keeps its neighbours, k / (N - 1) by chance.

    Raises:
        InputError: when N differs, a value is not finite, k is out of range, or all images of a view have the
            same features.

    Reference: mutual k-nearest neighbours, Huh et al., 2024, arXiv:2405.07987.
    """
    first, second = as_pair(x, y)
    n = len(first)
    if not 1 <= k <= n - 2:
        raise InputError(f"k must lie between 1 and the {n} images less 2, got {k}")
    one, other = (_nearest(_centred(view, name), k) for view, name in ((first, "x"), (second, "y")))
    known = np.zeros((n, n), dtype=bool)
    np.put_along_axis(known, one, values=True, axis=1)
    return Overlap(float(np.take_along_axis(known, other, axis=1).mean()), k / (n - 1), n)


def class_moves(x: ArrayLike, y: ArrayLike, labels: ArrayLike) -> ClassMoves:
    """Which classes' features move most: mean 1 - cosine over the images of each class.

    Args:
        x: features of shape (N, D), for example of the clean images.
        y: features of shape (N, D), for example of the same images after the shift.
        labels: classes, whole numbers of shape (N,).

    Returns:
        Means in [0, 2], class by class; 0 when no direction of its images moved.

    Raises:
        InputError: as `cosine_rows`, or when an image has no label.
    """
    moved, classes = 1.0 - cosine_rows(x, y), as_labels(labels, "labels")
    if len(moved) != len(classes):
        raise InputError(f"each image needs a label, got {len(moved)} and {len(classes)}")
    seen, codes, images = np.unique(classes, return_inverse=True, return_counts=True)
    return ClassMoves(seen, np.bincount(codes, weights=moved) / images, images)


def _centred(x: Matrix, name: str) -> Matrix:
    """Without its mean; refused when nothing is left."""
    peak, centred = float(np.abs(x).max()), x - x.mean(axis=0)
    if np.abs(centred).max() <= 1e-12 * peak:  # rounding of float64, far under the steps of float32
        raise InputError(f"all {len(x)} images have the same features in {name}: nothing to compare")
    return np.asarray(centred)


def _short(x: Matrix) -> Matrix:
    """With fewer images than features: the same up to a rotation, in as many features as images (rows of R)."""
    return x if len(x) >= x.shape[1] else np.asarray(np.linalg.qr(x.T, mode="r")).T


def _common(one: Matrix, other: Matrix) -> float:
    """Trace of (Sx Sy)^(1/2) for Sx = one' one, Sy = other' other."""
    if min(len(one), len(other)) < one.shape[1]:  # fewer images than features: the same singular values
        return float(np.linalg.svd(one @ other.T, compute_uv=False).sum())
    eigenvalues, axes = np.linalg.eigh(one.T @ one)
    half = (other @ axes) * np.sqrt(np.maximum(eigenvalues, 0.0))
    return float(np.sqrt(np.maximum(np.linalg.eigvalsh(half.T @ half), 0.0)).sum())


def _nearest(x: Matrix, k: int) -> NDArray[np.int64]:
    """(N, k) positions of each image's nearest others, in no order."""
    lengths = np.square(x).sum(axis=1)
    squared = lengths[None, :] - 2.0 * (x @ x.T)  # a row's own length orders nothing
    np.fill_diagonal(squared, np.inf)
    return np.asarray(np.argpartition(squared, k, axis=1)[:, :k])
