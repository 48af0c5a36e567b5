"""What a linear classifier can read from frozen features."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.accuracy import accuracy
from shiftprobe.metrics.checks import InputError, as_features, as_labels
from shiftprobe.seeding import generator

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]

STRENGTHS = (1e-2, 1e-1, 1e0, 1e1, 1e2, 1e3, 1e4)


class ProbeScore(NamedTuple):
    """Test accuracy of a linear probe, its 95 % Wilson interval, test images, and ridge strength."""

    accuracy: float
    low: float
    high: float
    n: int
    strength: float


class _Ridge(NamedTuple):
    """Ridge regression onto classes, solved once for every strength.

    Weights at a strength are basis @ (targets / (eigenvalues + strength)).
    """

    mean: Matrix  # (D,)
    scale: Matrix  # (D,)
    basis: Matrix  # (D, R)
    eigenvalues: Matrix  # (R,)
    targets: Matrix  # (R, C)
    offset: Matrix  # (C,)


def ridge_probe(
    train_x: ArrayLike,
    train_y: ArrayLike,
    test_x: ArrayLike,
    test_y: ArrayLike,
    *,
    strengths: Sequence[float] = STRENGTHS,
    folds: int = 5,
    seed: int = 0,
) -> ProbeScore:
    """Ridge classifier on standardised features, its strength chosen inside the training part.

    The strength with the best cross-validated accuracy wins, the larger one in a tie. A class that
    only the test part holds is never predicted, so its images count as wrong.

    Args:
        train_x: features of shape (N, D).
        train_y: classes, whole numbers of shape (N,).
        test_x: features of shape (M, D).
        test_y: classes, whole numbers of shape (M,).
        strengths: penalties to choose from, each above 0, in scikit-learn's unit (`alpha`).
        folds: parts of the cross-validation, from 2 to N; each holds a like share of every class.
        seed: which images fall into which fold.

    Returns:
        Accuracy in [0, 1]; one over the number of classes is chance when they are balanced.

    Raises:
        InputError: when features and labels do not fit together, a value is not finite, the training
            part holds one class only, or strengths or folds are out of range.

    Reference: Hoerl and Kennard, 1970, Technometrics 12(1); probes after Alain and Bengio, 2016,
        arXiv:1610.01644.
    """
    x, y = _labelled(train_x, train_y, "train")
    held_x, held_y = _labelled(test_x, test_y, "test")
    if x.shape[1] != held_x.shape[1]:
        raise InputError(f"train and test must hold the same features, got {x.shape[1]} and {held_x.shape[1]}")
    classes, codes = np.unique(y, return_inverse=True)
    if len(classes) == 1:
        raise InputError(f"a probe needs at least 2 classes to train on, got only class {classes[0]}")
    if not 2 <= folds <= len(x):  # noqa: PLR2004 -- one fold leaves nothing to train on
        raise InputError(f"folds must lie between 2 and the {len(x)} training images, got {folds}")
    if not strengths or not all(0.0 < s < np.inf for s in strengths):
        raise InputError(f"strengths must be numbers above 0, got {tuple(strengths)}")
    one_hot = np.eye(len(classes))[codes]
    strength = _best_strength(x, one_hot, sorted(strengths, reverse=True), _deal(codes, folds, seed))
    guess = _predictions(_fit(x, one_hot), held_x, [strength])[0]
    return ProbeScore(*accuracy(held_y, classes[guess]), strength)


def _labelled(x: ArrayLike, y: ArrayLike, part: str) -> tuple[Matrix, Labels]:
    features, labels = as_features(x, f"{part}_x"), as_labels(y, f"{part}_y")
    if len(features) != len(labels):
        raise InputError(f"{part}: each image needs a label, got {len(features)} and {len(labels)}")
    return features, labels


def _deal(codes: Labels, folds: int, seed: int) -> Labels:
    """The fold of each image: shuffled, then dealt class by class like cards."""
    shuffled = generator("probe folds", seed).permutation(len(codes))
    by_class = shuffled[np.argsort(codes[shuffled], kind="stable")]
    fold = np.empty(len(codes), dtype=np.int64)
    fold[by_class] = np.arange(len(codes)) % folds
    return fold


def _best_strength(x: Matrix, one_hot: Matrix, strengths: list[float], fold: Labels) -> float:
    """The strength with most images right over all folds; the first of those in a tie."""
    right = np.zeros(len(strengths), dtype=np.int64)
    truth = one_hot.argmax(axis=1)
    for part in np.unique(fold):
        held = fold == part
        guesses = _predictions(_fit(x[~held], one_hot[~held]), x[held], strengths)
        right += [int((guess == truth[held]).sum()) for guess in guesses]
    return strengths[int(right.argmax())]


def _fit(x: Matrix, one_hot: Matrix) -> _Ridge:
    mean, offset = x.mean(axis=0), one_hot.mean(axis=0)
    scale = np.where(np.ptp(x, axis=0) > 0.0, x.std(axis=0), 1.0)  # a constant feature stays out
    z, targets = (x - mean) / scale, one_hot - offset
    if len(z) > z.shape[1]:
        eigenvalues, basis = np.linalg.eigh(z.T @ z)
        projected = basis.T @ (z.T @ targets)
    else:  # fewer images than features: the same solution from the smaller matrix
        eigenvalues, images = np.linalg.eigh(z @ z.T)
        basis, projected = z.T @ images, images.T @ targets
    return _Ridge(mean, scale, basis, np.maximum(eigenvalues, 0.0), projected, offset)


def _predictions(ridge: _Ridge, x: Matrix, strengths: Sequence[float]) -> list[Labels]:
    """Predicted class codes (M,), once per strength."""
    projected = ((x - ridge.mean) / ridge.scale) @ ridge.basis
    damped = (ridge.targets / (ridge.eigenvalues[:, None] + strength) for strength in strengths)
    return [(projected @ weights + ridge.offset).argmax(axis=1) for weights in damped]
