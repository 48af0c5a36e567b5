"""Accuracy guessed without labels: what a network says of itself, held against what is possible; all from arrays.

Each measure is a mean over images of how likely the answer is right, `weights`. Alone it is blind to a network that
piles up on one class and is sure of it; `possible` mends that with what is known of the classes' shares.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.calibration import softmax
from shiftprobe.metrics.checks import InputError, as_features, as_floats, as_labels, as_shares

Vector = NDArray[np.float64]


def negative_entropy(logits: ArrayLike) -> Vector:
    """How sure each answer is: minus the entropy of its probabilities, (N,).

    Args:
        logits: (N, C).

    Returns:
        Nats, from -log C (every class is given the same) to 0 (sure).

    Raises:
        InputError: when the logits are no table, or hold NaN or infinity.
    """
    probabilities = softmax(logits)
    tiny = np.finfo(np.float64).tiny  # 0 log 0 is 0
    return np.asarray((probabilities * np.log(np.maximum(probabilities, tiny))).sum(axis=1))


def confidence_threshold(logits: ArrayLike, labels: ArrayLike) -> float:
    """The score of Average Thresholded Confidence: on these images as many answers lie at or above it as are right.

    Args:
        logits: (N, C), of labelled images that judge nothing afterwards.
        labels: classes of shape (N,).

    Returns:
        Nats, a `negative_entropy`; with ties the share at or above it may be larger. Infinity when none is right.

    Raises:
        InputError: when logits and labels do not fit together, or a value is not finite.

    Reference: Garg et al., 2022, arXiv:2201.04234.
    """
    right = _right(logits, labels)
    scores = np.sort(negative_entropy(logits))[::-1]
    count = int(right.sum())
    return float(scores[count - 1]) if count else np.inf


def thresholded_confidence(logits: ArrayLike, threshold: float) -> Vector:
    """Average Thresholded Confidence before the mean: 1 where an answer is sure enough to be counted right, (N,).

    Args:
        logits: (N, C).
        threshold: of `confidence_threshold`, on other images.

    Returns:
        0 or 1 per image; their mean estimates accuracy.

    Raises:
        InputError: as `negative_entropy`.

    Reference: Garg et al., 2022, arXiv:2201.04234.
    """
    return np.asarray((negative_entropy(logits) >= threshold).astype(np.float64))


def confidence_gap(logits: ArrayLike, labels: ArrayLike) -> float:
    """Accuracy less mean confidence on labelled images: what the confidence elsewhere is corrected by.

    Args:
        logits: (N, C).
        labels: classes of shape (N,).

    Returns:
        [-1, 1]: below 0 when the network is too sure, 0 when calibrated on average.

    Raises:
        InputError: when logits and labels do not fit together, or a value is not finite.
    """
    return float(_right(logits, labels).mean() - softmax(logits).max(axis=1).mean())


def corrected_confidence(logits: ArrayLike, gap: float) -> Vector:
    """Difference of confidences before the mean: confidence in each answer plus the gap of known images, (N,).

    Accuracy there is that of the known images less the difference of both mean confidences.

    Args:
        logits: (N, C).
        gap: of `confidence_gap`, on other images.

    Returns:
        [0, 1] per image; their mean estimates accuracy, exactly when the gap stays the same and nothing is clipped.

    Raises:
        InputError: as `negative_entropy`.

    Reference: Guillory et al., 2021, arXiv:2107.03315.
    """
    return np.asarray(np.clip(softmax(logits).max(axis=1) + gap, 0.0, 1.0))


def agreement(first: ArrayLike, second: ArrayLike) -> Vector:
    """Whether two classifiers give the same answer: 1 per image where they do, (N,).

    Args:
        first: predicted classes of shape (N,).
        second: those of another classifier for the same images.

    Returns:
        0 or 1 per image; the mean over images tends to lie on a line with accuracy, shift by shift.

    Raises:
        InputError: when they differ in length, are empty, or hold anything but whole numbers.

    Reference: Jiang et al., 2022, arXiv:2106.13799; Baek et al., 2022, arXiv:2206.13089.
    """
    one, other = as_labels(first, "first"), as_labels(second, "second")
    if len(one) != len(other):
        raise InputError(f"each image needs an answer of both, got {len(one)} and {len(other)}")
    return np.asarray((one == other).astype(np.float64))


def possible(weights: ArrayLike, predictions: ArrayLike, shares: ArrayLike) -> float:
    """Estimated accuracy that respects the classes: no more answers of a class are right than it has images.

    In each predicted class the weights are summed, and cut at the class's share plus one standard deviation of a
    share counted over N images. With all weights 1 this is 1 less the total variation between the predictions' shares
    and the classes', the most that is possible.

    Args:
        weights: how likely each answer is right, in [0, 1], of shape (N,).
        predictions: predicted classes of shape (N,), from 0 to C - 1.
        shares: of each class among the images, of shape (C,), adding up to 1.

    Returns:
        [0, 1], at most the mean of the weights; equal to it when no class is answered more often than it occurs.

    Raises:
        InputError: when the three do not fit together, or the shares do not add up to 1.
    """
    values, answers, wanted = as_floats(weights, "weights"), as_labels(predictions, "predictions"), as_shares(shares)
    if not ((values >= 0.0) & (values <= 1.0)).all():
        raise InputError(f"weights are chances within [0, 1], got {values.min()} to {values.max()}")
    if values.shape != answers.shape:
        raise InputError(f"each image needs a weight and a prediction, got {values.shape} and {answers.shape}")
    if answers.min() < 0 or answers.max() >= len(wanted):
        raise InputError(f"predictions must lie between 0 and {len(wanted) - 1}, got {answers.min()}, {answers.max()}")
    most = wanted + np.sqrt(wanted * (1.0 - wanted) / len(values))
    given = np.bincount(answers, weights=values, minlength=len(wanted)) / len(values)
    return float(min(np.minimum(given, most).sum(), 1.0))


def share_change(predictions: ArrayLike, shares: ArrayLike) -> float:
    """Total variation between the predictions' shares and the classes'.

    Args:
        predictions: predicted classes of shape (N,), from 0 to C - 1.
        shares: of each class, of shape (C,), adding up to 1.

    Returns:
        [0, 1]: 0 when every class is answered as often as it occurs; above 0 by chance alone when N is small.

    Raises:
        InputError: when a prediction has no share, or the shares do not add up to 1.

    Reference: the label-shift test of Lipton et al., 2018, arXiv:1802.03916, rests on the same shares.
    """
    answers, wanted = as_labels(predictions, "predictions"), as_shares(shares)
    found = np.bincount(answers, minlength=len(wanted)) / len(answers)
    if len(found) > len(wanted):
        raise InputError(f"predictions must lie between 0 and {len(wanted) - 1}, got {answers.max()}")
    return float(np.abs(found - wanted).sum() / 2.0)


def _right(logits: ArrayLike, labels: ArrayLike) -> NDArray[np.bool_]:
    table, truth = as_features(logits, "logits"), as_labels(labels, "labels")
    if len(table) != len(truth):
        raise InputError(f"each image needs logits and a label, got {len(table)} and {len(truth)}")
    return np.asarray(table.argmax(axis=1) == truth)
