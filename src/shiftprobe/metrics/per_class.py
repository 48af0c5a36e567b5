"""Classes one by one, and the accuracy that counts each of them alike."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.binomial import check_confidence, clopper_pearson
from shiftprobe.metrics.checks import InputError, as_labels
from shiftprobe.metrics.intervals import wilson

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Labels = NDArray[np.int64]

MADE_UP = 4  # images per class, half of them right, when its spread is guessed


class ClassRow(NamedTuple):
    """One class; what has no value, because the class has no image or no wrong answer, is None."""

    label: int
    n: int
    right: int
    accuracy: float | None  # a fraction
    low: float | None  # 95 % Wilson interval
    high: float | None
    mistaken_for: int | None  # the most frequent wrong answer; of equal ones the smallest class number
    mistaken: int  # how often


class ClassTable(NamedTuple):
    """All classes of a head, in order of their number."""

    rows: tuple[ClassRow, ...]

    @property
    def rights(self) -> tuple[int, ...]:
        """Images right, per class."""
        return tuple(row.right for row in self.rows)

    @property
    def ns(self) -> tuple[int, ...]:
        """Images, per class."""
        return tuple(row.n for row in self.rows)

    @property
    def absent(self) -> tuple[int, ...]:
        """Classes without an image."""
        return tuple(row.label for row in self.rows if row.n == 0)


class Balanced(NamedTuple):
    """Mean over classes of the share of each that is right, with its interval; fractions."""

    value: float
    low: float
    high: float
    n: int  # images
    classes: int  # that have images, over which the mean is taken
    effective: float  # images that would tell as much about a plain accuracy, for `effective_gate`


def by_class(labels: ArrayLike, predictions: ArrayLike, classes: int) -> ClassTable:
    """Count each class by itself: how often it is right, and what it is mistaken for.

    Args:
        labels: true classes of shape (N,), from 0 to classes - 1.
        predictions: predicted classes of shape (N,), from 0 to classes - 1.
        classes: number of classes of the head.

    Raises:
        InputError: when lengths differ, there is no image, or a class is not among them.
    """
    table = confusions(labels, predictions, classes)
    ends = zip(table.indptr[:-1], table.indptr[1:], strict=True)
    rows = ((table.indices[start:stop], table.data[start:stop]) for start, stop in ends)
    return ClassTable(tuple(_row(label, *counted) for label, counted in enumerate(rows)))


def balanced_accuracy(labels: ArrayLike, predictions: ArrayLike, classes: int, confidence: float = 0.95) -> Balanced:
    """Mean over classes of the share of each class that is right, so that rare classes count as much.

    Classes without an image are left out. The interval is Clopper-Pearson's with an effective number of images:
    as many as would give a plain accuracy the same spread. A class with all images right has no spread of its own,
    so for the spread each class is given four made-up images, two of them right. Of a class with fewer than ten
    images no interval can know much (docs/statistics.md).

    Args:
        labels: true classes of shape (N,), from 0 to classes - 1.
        predictions: predicted classes of shape (N,), from 0 to classes - 1.
        classes: number of classes of the head.
        confidence: of the two-sided interval, a fraction below 1.

    Returns:
        Fractions in [0, 1]; 1 when every image is right.

    Raises:
        InputError: as `by_class`, or when confidence is no such fraction.

    Reference: Korn and Graubard, 1998, Survey Methodology 24(2), for the interval of a weighted share; Agresti and
        Coull, 1998, The American Statistician 52(2), for the made-up images.
    """
    check_confidence(confidence)
    table = confusions(labels, predictions, classes)
    n = table.sum(axis=1)
    right, n = table.diagonal()[n > 0], n[n > 0]
    value, effective = float((right / n).mean()), _effective(right, n)
    low, high = clopper_pearson(value * effective, effective, confidence)
    return Balanced(value, low, high, int(n.sum()), len(n), effective)


def confusion(labels: ArrayLike, predictions: ArrayLike, classes: int) -> Labels:
    """Count images by true class (rows) and predicted class (columns), (C, C).

    Args:
        labels: true classes of shape (N,), from 0 to classes - 1.
        predictions: predicted classes of shape (N,), from 0 to classes - 1.
        classes: number of classes, C.

    Raises:
        InputError: as `by_class`.
    """
    return np.asarray(confusions(labels, predictions, classes).toarray())


def confusions(labels: ArrayLike, predictions: ArrayLike, classes: int) -> "csr_array":
    """As `confusion`, but only the cells that hold an image: N of them at most, where C x C may not fit in memory."""
    from scipy.sparse import coo_array

    truth, guess = within(labels, "labels", classes), within(predictions, "predictions", classes)
    if len(truth) != len(guess):
        raise InputError(f"each image needs a label and a prediction, got {len(truth)} and {len(guess)}")
    ones = np.ones(len(truth), np.int64)
    return coo_array((ones, (truth, guess)), shape=(classes, classes)).tocsr()  # adds up what falls into one cell


def within(values: ArrayLike, name: str, classes: int) -> Labels:
    """Class numbers (N,) that a head of so many classes can say.

    Raises:
        InputError: when there is no class, no image, or one is not from 0 to classes - 1.
    """
    if classes < 1:
        raise InputError(f"a head has at least 1 class, got {classes}")
    numbers = as_labels(values, name)
    if numbers.min() < 0 or numbers.max() >= classes:
        found = f"{numbers.min()} to {numbers.max()}"
        raise InputError(f"{name} of {classes} classes run from 0 to {classes - 1}, got {found}")
    return numbers


def _row(label: int, answers: Labels, counts: Labels) -> ClassRow:
    """One class, from the answers that its images were given, in growing order, and how often each."""
    n, own = int(counts.sum()), answers == label
    if n == 0:
        return ClassRow(label, 0, 0, None, None, None, None, 0)
    right, wrong = int(counts[own].sum()), counts[~own]
    worst = int(wrong.argmax()) if len(wrong) else None
    mistaken = (None, 0) if worst is None else (int(answers[~own][worst]), int(wrong[worst]))
    return ClassRow(label, n, right, right / n, *wilson(right, n), *mistaken)


def _effective(right: Labels, n: Labels) -> float:
    smooth = (right + MADE_UP / 2) / (n + MADE_UP)
    centre = float(smooth.mean())
    variance = float((smooth * (1.0 - smooth) / n).sum()) / len(n) ** 2
    return centre * (1.0 - centre) / variance
