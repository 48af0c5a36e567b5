"""Whether a network is as often right as it says; all from logits and labels."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError, as_features, as_labels

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]

BINS = 15
COLDEST, HOTTEST = 1e-3, 1e3  # temperatures between which one is looked for


class Overconfidence(NamedTuple):
    """Mean confidence less accuracy, its 95 % interval, and the images it rests on; fractions."""

    value: float
    low: float
    high: float
    n: int


def softmax(logits: ArrayLike) -> Matrix:
    """Probabilities (N, C) of logits (N, C), rows that add up to 1.

    Raises:
        InputError: when the logits are no table, or hold NaN or infinity.
    """
    return np.asarray(np.exp(_log_softmax(as_features(logits, "logits"))))


def mean_confidence(logits: ArrayLike) -> float:
    """Mean over images of the largest probability.

    Args:
        logits: (N, C).

    Returns:
        [1 / C, 1]: 1 when the network never doubts.

    Raises:
        InputError: as `softmax`.
    """
    return float(softmax(logits).max(axis=1).mean())


def calibration_error(logits: ArrayLike, labels: ArrayLike, bins: int = BINS) -> float:
    """Expected calibration error (ECE) of the top answer, over bins of equal width.

    Images are sorted by confidence, the largest probability, into bins ((b - 1) / B, b / B]. The error is the mean
    over bins, weighted by their images, of |accuracy - mean confidence|.

    Args:
        logits: (N, C).
        labels: classes of shape (N,), from 0 to C - 1.
        bins: how many of them, B.

    Returns:
        [0, 1]: 0 when every bin is as often right as it says. Biased upwards: a calibrated network on few images
        does not score 0; compare at equal N, or see `cumulative_error`.

    Raises:
        InputError: when logits and labels do not fit together, a value is not finite, or bins is below 1.

    Reference: Guo, Pleiss, Sun and Weinberger, 2017, arXiv:1706.04599.
    """
    images, confidence, right = confidence_bins(logits, labels, bins).T
    return float(np.abs(right - confidence).sum() / images.sum())


def confidence_bins(logits: ArrayLike, labels: ArrayLike, bins: int = BINS) -> Matrix:
    """What a reliability diagram is drawn from.

    Args:
        logits: (N, C).
        labels: classes of shape (N,), from 0 to C - 1.
        bins: how many bins of equal width, B.

    Returns:
        (B, 3), for each bin from unsure to sure: images, the sum of their confidence, how many of them are right.

    Raises:
        InputError: as `calibration_error`.
    """
    if bins < 1:
        raise InputError(f"bins must be 1 or more, got {bins}")
    confidence, right = _top(*_checked(logits, labels))
    place = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    columns = (None, confidence, right)
    return np.stack([np.bincount(place, weights=column, minlength=bins) for column in columns], axis=1)


def cumulative_error(logits: ArrayLike, labels: ArrayLike) -> float:
    """Calibration error without bins: the largest gap that confidence and right answers open up when summed.

    Images are put in order of confidence; the error is the largest |sum of (confidence - right)| over the first k of
    them, divided by N. Images of equal confidence count together.

    Args:
        logits: (N, C).
        labels: classes of shape (N,), from 0 to C - 1.

    Returns:
        [0, 1]: 0 when calibrated; at least |overconfidence|.

    Raises:
        InputError: when logits and labels do not fit together, or a value is not finite.

    Reference: Gupta et al., 2021, arXiv:2006.12800 (KS error).
    """
    confidence, right = _top(*_checked(logits, labels))
    levels, place = np.unique(confidence, return_inverse=True)
    gaps = np.bincount(place, weights=confidence - right, minlength=len(levels))
    return float(np.abs(np.cumsum(gaps)).max() / len(right))


def brier_score(logits: ArrayLike, labels: ArrayLike) -> float:
    """Multi-class Brier score: mean over images of the squared distance of the probabilities from the truth.

    Args:
        logits: (N, C).
        labels: classes of shape (N,), from 0 to C - 1.

    Returns:
        [0, 2], summed over classes: 0 when sure and right, 1 - 1 / C when every class is given the same, 2 when sure
        and always wrong.

    Raises:
        InputError: when logits and labels do not fit together, or a value is not finite.

    Reference: Brier, 1950, Monthly Weather Review 78(1).
    """
    table, classes = _checked(logits, labels)
    return float(np.square(np.exp(_log_softmax(table)) - np.eye(table.shape[1])[classes]).sum(axis=1).mean())


def negative_log_likelihood(logits: ArrayLike, labels: ArrayLike) -> float:
    """Mean over images of minus the log probability of the true class.

    Args:
        logits: (N, C).
        labels: classes of shape (N,), from 0 to C - 1.

    Returns:
        Nats, 0 or more: 0 when sure and right, log C when every class is given the same; without upper end.

    Raises:
        InputError: when logits and labels do not fit together, or a value is not finite.
    """
    table, classes = _checked(logits, labels)
    return float(-_log_softmax(table)[np.arange(len(table)), classes].mean())


def overconfidence(logits: ArrayLike, labels: ArrayLike) -> Overconfidence:
    """Mean confidence less accuracy, with the 95 % interval that the test images leave.

    A t interval over images, to which two made-up ones are added, one surely wrong and one rightly unsure: a network
    that is always right and sure would else have an interval without width (docs/probes-readout.md).

    Args:
        logits: (N, C).
        labels: classes of shape (N,), from 0 to C - 1.

    Returns:
        [-1, 1]: above 0 when it is less often right than it says, 0 when both agree on average.

    Raises:
        InputError: when logits and labels do not fit together, or a value is not finite.

    Reference: made-up images after Bonett and Price, 2012, Journal of Educational and Behavioral Statistics 37(4).
    """
    from scipy.special import stdtrit

    confidence, right = _top(*_checked(logits, labels))
    gaps = confidence - right
    padded = np.concatenate([gaps, [1.0, -1.0]])
    half = float(stdtrit(len(padded) - 1, 0.975) * padded.std(ddof=1) / np.sqrt(len(padded)))
    centre = float(padded.mean())
    return Overconfidence(float(gaps.mean()), max(-1.0, centre - half), min(1.0, centre + half), len(gaps))


def temperature(logits: ArrayLike, labels: ArrayLike) -> float:
    """The number by which logits are divided so that their negative log likelihood is smallest.

    Found by bisection: the likelihood is convex in one over the temperature. To be fitted on other images than those
    it is judged on.

    Args:
        logits: (N, C).
        labels: classes of shape (N,), from 0 to C - 1.

    Returns:
        Above 0: 1 when nothing is to be changed, above 1 when the network was too sure.

    Raises:
        InputError: when logits and labels do not fit together, a value is not finite, or no temperature between 1e-3
            and 1e3 is best, as when every image is right or the logits know nothing of the labels.

    Reference: Guo, Pleiss, Sun and Weinberger, 2017, arXiv:1706.04599.
    """
    table, classes = _checked(logits, labels)
    low, high = np.log(1.0 / HOTTEST), np.log(1.0 / COLDEST)
    if _slope(table, classes, low) >= 0.0 or _slope(table, classes, high) <= 0.0:
        raise InputError(
            "no temperature is best: every image is right, or the logits know nothing of the labels; take more images"
        )
    for _ in range(60):  # halvings: to the last bit of float64
        middle = (low + high) / 2.0
        low, high = (low, middle) if _slope(table, classes, middle) > 0.0 else (middle, high)
    return float(np.exp(-(low + high) / 2.0))


def _slope(table: Matrix, classes: Labels, log_inverse: float) -> float:
    """How the negative log likelihood grows with one over the temperature."""
    probabilities = np.exp(_log_softmax(table * np.exp(log_inverse)))
    return float((np.einsum("nc,nc->n", probabilities, table) - table[np.arange(len(table)), classes]).mean())


def _checked(logits: ArrayLike, labels: ArrayLike) -> tuple[Matrix, Labels]:
    table, classes = as_features(logits, "logits"), as_labels(labels, "labels")
    if len(table) != len(classes):
        raise InputError(f"each image needs logits and a label, got {len(table)} and {len(classes)}")
    if classes.min() < 0 or classes.max() >= table.shape[1]:
        last = table.shape[1] - 1
        raise InputError(f"labels must lie between 0 and {last}, got {classes.min()} to {classes.max()}")
    return table, classes


def _log_softmax(table: Matrix) -> Matrix:
    shifted = table - table.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def _top(table: Matrix, classes: Labels) -> tuple[Matrix, Matrix]:
    """Confidence in the top answer, and 1 where it is right; (N,) each."""
    return np.exp(_log_softmax(table)).max(axis=1), (table.argmax(axis=1) == classes).astype(np.float64)
