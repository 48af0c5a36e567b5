"""Confidence optimal transport: how sure a network can be where each class is given out only as often as it occurs."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.calibration import softmax
from shiftprobe.metrics.checks import InputError, as_features, as_floats, as_labels, as_shares

Vector = NDArray[np.float64]

AT_ONCE = 500  # images matched at once: time grows with their cube


def transported_confidence(logits: ArrayLike, shares: ArrayLike) -> Vector:
    """Probability of the class that each image is given when all classes are given out in their shares, (N,).

    The probabilities are moved to one-hot labels at the least total cost; moving p to the label y costs 1 - p_y, the
    largest difference between the two. The mean of what comes out is the COT estimate of accuracy. More than 500
    images are matched in parts, every k-th image each.

    Args:
        logits: (N, C).
        shares: of each class among the images, of shape (C,), adding up to 1.

    Returns:
        [0, 1] per image; the mean is at most the mean confidence, and equal to it where no class is answered more
        often than it occurs.

    Raises:
        InputError: when the logits are no table or not finite, or there is not one share per class.

    Reference: Lu et al., 2023, arXiv:2302.05018 (COT) and arXiv:2305.15640 (with COTT).
    """
    from scipy.optimize import linear_sum_assignment

    probabilities, wanted = softmax(logits), as_shares(shares)
    if probabilities.shape[1] != len(wanted):
        raise InputError(f"each class needs a share, got {len(wanted)} for {probabilities.shape[1]} classes")
    parts = -(-len(probabilities) // AT_ONCE)
    given = np.empty(len(probabilities))
    for start in range(parts):
        some = probabilities[start::parts]
        labels = np.repeat(np.arange(len(wanted)), _counts(wanted, len(some)))
        images, places = linear_sum_assignment(some[:, labels], maximize=True)
        given[start::parts] = some[images, labels[places]]
    return given


def transport_threshold(logits: ArrayLike, labels: ArrayLike) -> float:
    """The threshold of COTT: on these images as many transported confidences lie at or above it as answers are right.

    Args:
        logits: (N, C), of labelled images that judge nothing afterwards.
        labels: classes of shape (N,), from 0 to C - 1; their shares are those that are given out.

    Returns:
        A `transported_confidence`; with ties the share at or above it may be larger. Infinity when none is right.

    Raises:
        InputError: when logits and labels do not fit together, or a value is not finite.

    Reference: Lu et al., 2023, arXiv:2305.15640.
    """
    table, truth = as_features(logits, "logits"), as_labels(labels, "labels")
    if len(table) != len(truth) or truth.min() < 0 or truth.max() >= table.shape[1]:
        raise InputError(
            f"each of {len(table)} images needs a label from 0 to {table.shape[1] - 1}, got {len(truth)} from "
            f"{truth.min()} to {truth.max()}"
        )
    shares = np.bincount(truth, minlength=table.shape[1]) / len(truth)
    right = int((table.argmax(axis=1) == truth).sum())
    return float(np.sort(transported_confidence(table, shares))[::-1][right - 1]) if right else np.inf


def thresholded_transport(transported: ArrayLike, threshold: float) -> float:
    """COTT: the share of transported confidences that reach the threshold of known images.

    Args:
        transported: (N,), of `transported_confidence`.
        threshold: of `transport_threshold`, on other images.

    Returns:
        [0, 1], an estimate of accuracy.

    Raises:
        InputError: when there is none, or one is not finite.

    Reference: Lu et al., 2023, arXiv:2305.15640.
    """
    return float((as_floats(transported, "transported confidences") >= threshold).mean())


def _counts(shares: Vector, n: int) -> NDArray[np.int64]:
    """Images of each class among n: rounded down, and those with the largest remainders get what is left."""
    exact = shares / shares.sum() * n
    whole = np.floor(exact).astype(np.int64)
    whole[np.argsort(whole - exact, kind="stable")[: n - int(whole.sum())]] += 1
    return np.asarray(whole)
