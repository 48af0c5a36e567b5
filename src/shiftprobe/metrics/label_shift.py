"""Whether two sets hold their classes in other shares, and the shares of a set without labels."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.binomial import check_confidence
from shiftprobe.metrics.checks import InputError, as_numbers
from shiftprobe.metrics.per_class import within

Floats = NDArray[np.float64]

MIN_LABELLED = 30  # labelled images of a class below which intervals hold its share in .75 to .92 instead of .95
MIN_EXPECTED = 5  # expected predictions per class below which a normal interval says too much
MOST = 2**53  # of a count: beyond, float64 knows no units
NOISE = 2.0  # times the sampling noise of the confusion that its weakest direction must exceed
UNSURE = 0.25  # half-width of a share's interval beyond which it tells nothing


class LabelShift(NamedTuple):
    """Total variation distance between the class shares of two labelled sets; fractions."""

    distance: float  # share of images that would have to change class: 0 same shares, 1 no class in common
    low: float  # interval of the true distance; the observed one is biased upwards and may lie outside
    high: float
    p: float  # permutation test of no difference
    n: int
    m: int


class TargetShares(NamedTuple):
    """Class shares of a set without labels; None, with the reason, where predictions do not tell them; fractions."""

    shares: Floats | None  # (C,) add up to 1
    low: Floats | None  # (C,) interval of each alone
    high: Floats | None
    distance: float | None  # total variation between these shares and the labelled set's
    n: int  # images without labels
    reason: str = ""


def label_shift(
    x: ArrayLike,
    y: ArrayLike,
    classes: int,
    *,
    confidence: float = 0.95,
    permutations: int = 1000,
    rng: np.random.Generator,
) -> LabelShift:
    """Compare the class shares of two sets of labelled images.

    The observed distance is never 0 by chance alone, so the low end takes off what equal shares would show, and both
    ends allow for chance with the largest variance the distance can have: the interval errs on the wide side.

    Args:
        x: classes of shape (N,), from 0 to classes - 1.
        y: classes of shape (M,), of other images.
        classes: number of classes, C.
        confidence: of the interval, a fraction below 1.
        permutations: how often the images are dealt again; p is never below 1 / (permutations + 1).
        rng: deals them.

    Raises:
        InputError: when a set is empty, a class is not among them, confidence is no fraction, or permutations is
            below 1.

    Reference: Phipson and Smyth, 2010, arXiv:1603.05766, for p; McDiarmid, 1989, for the variance.
    """
    from scipy.special import ndtri

    check_confidence(confidence)
    if permutations < 1:
        raise InputError(f"permutations must be at least 1, got {permutations}")
    first, second = (np.bincount(within(side, name, classes), minlength=classes) for side, name in ((x, "x"), (y, "y")))
    n, m = int(first.sum()), int(second.sum())
    distance = float(_distance(first / n, second / m))
    dealt = rng.multivariate_hypergeometric(first + second, n, size=permutations)
    null = _distance(dealt / n, (first + second - dealt) / m)
    p = (int((null >= distance - 1e-12).sum()) + 1) / (permutations + 1)
    half = float(ndtri((1.0 + confidence) / 2.0)) * np.sqrt(1.0 / n + 1.0 / m) / 2.0
    low = max(0.0, distance - _bias(first / n, second / m, n, m) - half)
    return LabelShift(distance, float(low), float(min(1.0, distance + half)), p, n, m)


def bbse(confusion: ArrayLike, predicted: ArrayLike, confidence: float = 0.95) -> TargetShares:
    """Class shares of a set without labels, from its predictions and the mistakes made on labelled images.

    Black box shift estimation: the shares under which the labelled set's confusions would give these predictions.
    Right only where the classes come in other shares and each class looks as before; under a change of the images
    themselves it misleads. Intervals are of the delta method, for both sets' chance, with one made-up image in each
    cell of the confusions where their chance is concerned; shares below 0 are cut and the rest divided by its sum.

    Args:
        confusion: (C, C) counts of the labelled set, true classes down, predicted classes across.
        predicted: (C,) counts of predictions on the set without labels.
        confidence: of each interval, a fraction below 1.

    Returns:
        Shares, or the reason why there are none: a class with under 30 labelled images, too few predictions, or
        confusions that chance could have made.

    Raises:
        InputError: when shapes do not fit, or a value is no count.

    Reference: Lipton, Wang and Smola, 2018, arXiv:1802.03916.
    """
    from scipy.special import ndtri

    check_confidence(confidence)
    counts, seen = _counts(confusion, 2, "confusion"), _counts(predicted, 1, "predicted")
    if counts.shape != (len(seen), len(seen)):
        raise InputError(f"confusion must be square with one row per class, got {counts.shape} for {len(seen)} classes")
    labelled, n = counts.sum(axis=1), int(seen.sum())
    reason = _lacking(labelled, n)
    rates = counts.T / np.maximum(labelled, 1)  # column: what one true class is called
    reason = reason or _blurred(rates, labelled)
    if reason:
        return TargetShares(None, None, None, None, n, reason)
    shares, errors = _solved(rates, labelled, seen / n, n)
    half = float(ndtri((1.0 + confidence) / 2.0)) * errors
    if half.max() > UNSURE:
        why = f"chance leaves the share of class {int(half.argmax())} open by ±{100 * half.max():.0f} points"
        return TargetShares(None, None, None, None, n, why)
    if labelled.min() < MIN_LABELLED:
        few = f"class {int(labelled.argmin())} has {int(labelled.min())} labelled images"
        return TargetShares(None, None, None, None, n, f"{few}: at least {MIN_LABELLED} of each tell its mistakes")
    low, high = np.clip(shares - half, 0.0, 1.0), np.clip(shares + half, 0.0, 1.0)
    whole = np.clip(shares, 0.0, None)
    whole /= whole.sum()
    return TargetShares(whole, low, high, float(_distance(whole, labelled / labelled.sum())), n)


def _distance(p: Floats, q: Floats) -> Floats:
    return np.asarray(np.abs(p - q).sum(axis=-1) / 2.0)


def _bias(p: Floats, q: Floats, n: int, m: int) -> float:
    """By how much chance lengthens the distance, at most: in classes whose shares chance could have parted."""
    spread = np.sqrt(p * (1.0 - p) / n + q * (1.0 - q) / m)
    near = np.abs(p - q) < 3.0 * spread
    return float(np.sqrt(2.0 / np.pi) * spread[near].sum() / 2.0)


def _lacking(labelled: Floats, n: int) -> str:
    if not labelled.all():
        return f"class {int(labelled.argmin())} has no labelled image, so nothing is known of its mistakes"
    fewest = MIN_EXPECTED * len(labelled)
    return "" if n >= fewest else f"{n} predictions for {len(labelled)} classes: at least {fewest} are needed"


def _blurred(rates: Floats, labelled: Floats) -> str:
    """Why the confusions cannot be undone: a direction in which classes differ no more than by chance."""
    weakest = float(np.linalg.svd(rates, compute_uv=False)[-1])
    noise = float(np.sqrt(((1.0 - np.square(rates).sum(axis=0)) / labelled).mean()))
    if weakest > max(NOISE * noise, 1e-6):
        return ""
    return (
        f"the confusions cannot be undone: their smallest singular value, {weakest:.2g}, is within what chance "
        f"makes, {NOISE * noise:.2g}"
    )


def _solved(rates: Floats, labelled: Floats, seen: Floats, n: int) -> tuple[Floats, Floats]:
    """Shares and their standard errors, from the chance of both sets."""
    undo = np.linalg.inv(rates)
    shares = undo @ seen
    noise = (np.diag(seen) - np.outer(seen, seen)) / n
    weights = np.square(shares) / labelled
    likely = (rates * labelled + 1.0) / (labelled + len(labelled))  # a mistake that was not seen may yet be made
    noise += np.diag(likely @ weights) - (likely * weights) @ likely.T
    return shares, np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", undo, noise, undo), 0.0))


def _counts(values: ArrayLike, axes: int, name: str) -> Floats:
    counts = as_numbers(values, name)
    if (
        counts.ndim != axes
        or counts.size == 0
        or counts.dtype.kind not in "iu"
        or not 0 <= counts.min() <= counts.max() < MOST
    ):
        raise InputError(f"{name} holds counts of images from 0, got {counts.dtype} of {counts.shape}")
    return counts.astype(np.float64)
