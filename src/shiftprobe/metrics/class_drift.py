"""How far features moved between two sets of images, whatever classes they hold."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError, as_features, as_labels

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

MIN_CLASS_IMAGES = 5  # images of a class, below which it has no mean of its own


def class_drift(
    features: ArrayLike, predictions: ArrayLike, known_features: ArrayLike, known_predictions: ArrayLike
) -> float:
    """How far features moved within the classes they are answered as; blind to classes in other proportions.

    The Frechet distance of normal distributions, feature by feature: between the means in each predicted class, and
    between the spreads within classes, in units of the known set's spread; less what so few images give by chance.
    Classes that the known images are answered as fewer than 5 times are taken together as one.

    Args:
        features: (N, D), of new images.
        predictions: predicted classes of shape (N,).
        known_features: (M, D), of images where the network is at home.
        known_predictions: predicted classes of shape (M,).

    Returns:
        Standard deviations, 0 or more: about 0 without a change other than of the classes' proportions.

    Raises:
        InputError: when D differs, features and predictions do not fit together, or no feature varies.
    """
    new, old = as_features(features, "features"), as_features(known_features, "known features")
    here, there = as_labels(predictions, "predictions"), as_labels(known_predictions, "known predictions")
    if new.shape[1] != old.shape[1] or len(new) != len(here) or len(old) != len(there):
        got = f"{new.shape} with {len(here)} and {old.shape} with {len(there)}"
        raise InputError(f"wanted one prediction per image and equal features, got {got}")
    rest = 1 + max(int(here.max()), int(there.max()))
    group = np.where(np.bincount(there, minlength=rest) < MIN_CLASS_IMAGES, rest, np.arange(rest))
    moved, home = _classes(new, group[here], rest + 1), _classes(old, group[there], rest + 1)
    alive = home.spread > 1e-6 * np.sqrt(np.square(old).mean())  # rounding of float64
    if not alive.any():
        raise InputError("no feature varies within a class of the known images: distances have no unit")
    unit = home.spread[alive]
    means = (np.square((moved.means - home.means)[:, alive] / unit)).mean(axis=1)
    chance = 1.0 / np.maximum(moved.sizes, 1) + 1.0 / np.maximum(home.sizes, 1)
    spreads = np.square(moved.spread[alive] / unit - 1.0).mean() - 0.5 / len(new) - 0.5 / len(old)
    return float(np.sqrt(max(0.0, ((means - chance) * moved.sizes).sum() / len(new) + max(0.0, spreads))))


class _Classes(NamedTuple):
    """Mean features of each class, images of each, and the spread of features around their class."""

    means: Matrix  # (C, D); that of all images where a class has none
    sizes: NDArray[np.int64]
    spread: Vector  # (D,)


def _classes(features: Matrix, classes: NDArray[np.int64], count: int) -> _Classes:
    sizes = np.bincount(classes, minlength=count)
    sums = np.zeros((count, features.shape[1]))
    np.add.at(sums, classes, features)
    means = sums / np.maximum(sizes, 1)[:, None]
    means[sizes == 0] = features.mean(axis=0)
    free = max(len(features) - np.count_nonzero(sizes), 1)  # each mean took a degree of freedom
    return _Classes(means, sizes, np.sqrt(np.square(features - means[classes]).sum(axis=0) / free))
