"""Top-1 accuracy with the uncertainty its test images leave."""

from typing import NamedTuple

from numpy.typing import ArrayLike

from shiftprobe.metrics.checks import InputError, as_labels
from shiftprobe.metrics.intervals import wilson


class Accuracy(NamedTuple):
    """Share of images classified right, its 95 % Wilson interval, and the images it rests on."""

    value: float
    low: float
    high: float
    n: int


def accuracy(labels: ArrayLike, predictions: ArrayLike) -> Accuracy:
    """Share of predictions that equal their label.

    Args:
        labels: true classes, whole numbers of shape (N,).
        predictions: predicted classes, whole numbers of shape (N,).

    Returns:
        Fractions in [0, 1]; 1 when every image is right.

    Raises:
        InputError: when the two differ in length, are empty, or hold anything but whole numbers.
    """
    truth, guess = as_labels(labels, "labels"), as_labels(predictions, "predictions")
    if len(truth) != len(guess):
        raise InputError(f"each image needs a label and a prediction, got {len(truth)} and {len(guess)}")
    right, n = int((truth == guess).sum()), len(truth)
    return Accuracy(right / n, *wilson(right, n), n)
