"""How well a linear classifier tells two sets of features apart, on images it was not trained on."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError
from shiftprobe.metrics.two_sample import as_sides

Matrix = NDArray[np.float64]

LEVEL = 0.975  # of Student's distribution that lies below an interval's half-width


class DomainScore(NamedTuple):
    """Area under the ROC curve with its 95 % interval, proxy A-distance, and different images of both sides."""

    auc: float
    low: float
    high: float
    proxy_a_distance: float
    n: int
    m: int


class _Held(NamedTuple):
    """What one fold's classifier did on the images it had not seen."""

    auc: float
    variance: float
    error: float


def domain_classifier(x: ArrayLike, y: ArrayLike, *, folds: int = 5, rng: np.random.Generator) -> DomainScore:
    """Cross-validated linear discriminant with shrunk covariance, told to name the side of an image.

    In each fold the area under the curve is taken among its held-out images only (scores of different classifiers
    have no common scale), with DeLong's variance; folds are averaged. As folds share training images, the variance
    of their mean is not a fold's over the folds: it is widened as Nadeau and Bengio say (without, intervals of two
    like sets miss 0.5 in 15 % of trials; with it, in about 4 %). The interval has the form of Wilson's, with as many
    images as that variance is worth: it keeps its width where every held-out image is right. Its quantile is Student's
    with the smaller side's images less the folds as degrees of freedom, for so many tell the variance.

    Images with exactly the same features count once on each side: a copy in another fold would be known by heart.
    Copies that differ in a digit are not found; leave them out first.

    Args:
        x: features of shape (N, D), of images that are not in y; N, without copies, at least twice the folds.
        y: features of shape (M, D).
        folds: parts of the cross-validation, at least 2.
        rng: deals images to folds.

    Returns:
        auc in [0, 1]: 0.5 when the sides cannot be told apart, 1 when no image of x looks more like y than an image
        of y. Proxy A-distance 2 (1 - 2 error), in [-2, 2]: 0 and, at 1, 2; error is the mean of both sides'.

    Raises:
        InputError: when D differs, a side has too few images for its folds, a value is not finite, all images of
            a side have the same features, or folds is below 2.

    Reference: Ben-David et al., 2010, Machine Learning 79 (A-distance); Ledoit and Wolf, 2004, Journal of
        Multivariate Analysis 88(2); DeLong et al., 1988, Biometrics 44(3); Nadeau and Bengio, 2003, Machine
        Learning 52.
    """
    if folds < 2:  # noqa: PLR2004 -- one fold leaves nothing to train on
        raise InputError(f"folds must be at least 2, got {folds}")
    sides = [_different(side, name, 2 * folds) for side, name in zip(as_sides(x, y, 2 * folds), "xy", strict=True)]
    scale = np.concatenate(sides).std(axis=0)  # of both together, so it knows no side
    first, second = (side / np.where(scale > 0.0, scale, 1.0) for side in sides)
    parts = [rng.permutation(len(side)) % folds for side in sides]
    held = [_held_out(first, second, parts[0] == fold, parts[1] == fold) for fold in range(folds)]
    auc, variance, error = (float(np.mean(column)) for column in zip(*held, strict=True))
    low, high = _interval(auc, variance * (1 / folds + 1 / (folds - 1)), min(len(first), len(second)), folds)
    return DomainScore(auc, low, high, 2 * (1 - 2 * error), len(first), len(second))


def _held_out(x: Matrix, y: Matrix, held_x: NDArray[np.bool_], held_y: NDArray[np.bool_]) -> _Held:
    """Train on the images that are not held out, judge on those that are."""
    mean_x, mean_y = x[~held_x].mean(axis=0), y[~held_y].mean(axis=0)
    within = np.concatenate([x[~held_x] - mean_x, y[~held_y] - mean_y])
    weights = np.linalg.solve(_shrunk(within), mean_y - mean_x)
    middle = (mean_x + mean_y) / 2
    scores_x, scores_y = (x[held_x] - middle) @ weights, (y[held_y] - middle) @ weights
    above = np.sign(scores_y[:, None] - scores_x[None, :]) / 2 + 0.5  # a tie counts half
    variance = above.mean(axis=1).var(ddof=1) / len(scores_y) + above.mean(axis=0).var(ddof=1) / len(scores_x)
    error = ((scores_x > 0).mean() + (scores_y <= 0).mean()) / 2
    return _Held(float(above.mean()), float(variance), float(error))


def _shrunk(centred: Matrix) -> Matrix:
    """Covariance of centred features, shrunk to a multiple of the identity as Ledoit and Wolf choose."""
    n, d = centred.shape
    covariance = centred.T @ centred / n
    level = float(np.trace(covariance)) / d
    spread = float(np.square(covariance).sum()) - d * level**2
    noise = (float(np.square(np.square(centred).sum(axis=1)).mean()) - float(np.square(covariance).sum())) / n
    amount = min(max(noise / spread, 1e-6), 1.0) if spread > 0 else 1.0  # never 0: a dead feature has no inverse
    covariance *= 1 - amount
    covariance[np.diag_indices(d)] += amount * level
    return np.asarray(covariance)


def _different(side: Matrix, name: str, fewest: int) -> Matrix:
    """The images of a side without exact copies, in their order."""
    first = np.sort(np.unique(side, axis=0, return_index=True)[1])
    if len(first) < fewest:
        raise InputError(f"{name} must hold at least {fewest} different images, got {len(first)} of {len(side)}")
    return side[first]


def _interval(auc: float, variance: float, fewest: int, folds: int) -> tuple[float, float]:
    """Wilson's interval of a share with this variance; with no variance, that of the smaller side's images."""
    from scipy.special import stdtrit

    z = float(stdtrit(fewest - folds, LEVEL))
    n = auc * (1 - auc) / variance if variance > 0 and 0 < auc < 1 else float(fewest)
    shrink = 1 + z * z / n
    centre = (auc + z * z / (2 * n)) / shrink
    half = z * math.sqrt(auc * (1 - auc) / n + (z / (2 * n)) ** 2) / shrink
    return max(0.0, min(auc, centre - half)), min(1.0, max(auc, centre + half))
