"""Classes or domains one by one where images come in groups: the mean over them, and the worst of them."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError
from shiftprobe.metrics.per_class import balanced_accuracy, within
from shiftprobe.stats.gate import Gate, Worst, effective_gate, worst_gate
from shiftprobe.stats.grouped_gate import grouped_gate, padded_share, paid
from shiftprobe.stats.image_spread import FEWEST_GROUPS

Floats = NDArray[np.float64]


def grouped_balanced_gate(
    labels: ArrayLike,
    predictions: ArrayLike,
    groups: ArrayLike,
    classes: int,
    *,
    threshold: float,
    confidence: float = 0.95,
) -> Gate:
    """Hold balanced accuracy against its threshold where images come in groups.

    The variance is the larger of two: that of each class between its groups, two made-up groups in each, with what
    classes share where a group holds images of several (what they undo is not credited); and that of groups as wholes,
    two made-up ones among them that hold images of every class. Degrees of freedom are groups less classes; below 9 the
    word is "cannot tell" and both p values are 1.

    Args:
        labels: true classes of shape (N,), from 0 to classes - 1.
        predictions: predicted classes of shape (N,).
        groups: (N,) labels of what belongs together.
        classes: number of classes of the head.
        threshold: the balanced accuracy that must be reached, a fraction.
        confidence: of the two-sided interval, a fraction below 1.

    Raises:
        InputError: when lengths differ, or as `balanced_accuracy`.

    Reference: Korn and Graubard, 1998, Survey Methodology 24(2).
    """
    alone = balanced_accuracy(labels, predictions, classes, confidence)
    truth = within(labels, "labels", classes)
    sizes, sums = _tables(truth, truth == within(predictions, "predictions", classes), groups)
    df = float(len(sizes) - alone.classes)
    padded = [padded_share(n[n > 0], k[n > 0]) for n, k in zip(sizes.T, sums.T, strict=True)]
    shares = np.array([share for share, _ in padded])
    apart = sum(spread for _, spread in padded) + _shared(sizes, sums, shares)
    variance = max(apart, _as_one(sizes, sums)) / alone.classes**2
    centre = float(shares.mean())
    effective = min(alone.effective, centre * (1.0 - centre) / variance * paid(alone.n, df, (1.0 + confidence) / 2.0))
    found = effective_gate(alone.value, effective, alone.n, threshold, confidence)._replace(groups=len(sizes))
    return found if df >= FEWEST_GROUPS - 1 else found._replace(word="cannot tell", p_above=1.0, p_below=1.0)


def grouped_worst(
    right: ArrayLike, parts: ArrayLike, groups: ArrayLike, threshold: float, confidence: float = 0.95
) -> Worst:
    """The lowest share of several classes or domains where images come in groups, each part by its own groups.

    A part with under 10 groups cannot tell, and so cannot pass; another may still fail.

    Args:
        right: (N,) booleans, which images were right.
        parts: (N,) labels of the classes or domains; members stand in the order of their sorted labels.
        groups: (N,) labels of what belongs together.
        threshold: the share every part must reach, a fraction.
        confidence: of the two-sided interval, a fraction below 1.

    Raises:
        InputError: as `grouped_gate`.

    Reference: as `worst_of` and `grouped_gate`.
    """
    hits, where, names = np.asarray(right), np.asarray(parts), np.asarray(groups)
    if where.shape != hits.shape or names.shape != hits.shape:
        raise InputError(f"each image needs a part and a group, got {where.shape} and {names.shape} for {hits.shape}")
    masks = [where == part for part in np.unique(where)]
    wide = 1.0 - (1.0 - confidence) / max(1, len(masks))
    members = tuple(grouped_gate(hits[mask], names[mask], threshold, confidence) for mask in masks)
    ends = [grouped_gate(hits[mask], names[mask], threshold, wide).high for mask in masks]
    return worst_gate(members, min(ends, default=1.0), confidence)


def _tables(labels: NDArray[np.int64], right: NDArray[np.bool_], groups: ArrayLike) -> tuple[Floats, Floats]:
    """(G, C) images of each group by class, and how many were right; classes without images are left out."""
    names = np.asarray(groups)
    if names.shape != labels.shape:
        raise InputError(f"each image needs a group, got {names.shape} for {labels.shape}")
    place, row = np.unique(labels, return_inverse=True)[1], np.unique(names, return_inverse=True)[1]
    shape = (int(row.max()) + 1, int(place.max()) + 1)
    sizes, sums = np.zeros(shape), np.zeros(shape)
    np.add.at(sizes, (row, place), 1.0)
    np.add.at(sums, (row, place), right.astype(np.float64))
    return sizes, sums


def _shared(sizes: Floats, sums: Floats, shares: Floats) -> float:
    """What classes vary together, summed over their pairs, by the groups that hold images of several; at least 0."""
    parts = (sums - shares * sizes) / sizes.sum(axis=0)
    return max(0.0, float((parts.sum(axis=1) ** 2 - (parts**2).sum(axis=1)).sum()))


def _as_one(sizes: Floats, sums: Floats) -> float:
    """Variance of the sum of all classes' shares between groups, with two made-up groups of mean size among them."""
    mean, count = sizes.mean(axis=0), len(sizes)
    padded, hits = np.vstack([sizes, mean, mean]), np.vstack([sums, mean, 0.0 * mean])
    total = padded.sum(axis=0)
    parts = ((hits - hits.sum(axis=0) / total * padded) / total).sum(axis=1)
    return float((count + 2) / (count + 1) * (parts**2).sum())
