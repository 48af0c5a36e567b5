"""Scores that rank checkpoints for a labelled target without training on it; rough, and no forecast of accuracy."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError, as_features, as_labels
from shiftprobe.metrics.moments import Labels, Matrix, as_table, blocks, directions, moments

STEPS, SETTLED = 11, 0.01  # as the authors of LogME stop
ORDINARY = (1e-2, 1e2)  # root mean square of features from which the authors' first guess, precisions of 1, gets there


class _Directions(NamedTuple):
    """Features in the basis of their own directions."""

    lengths: Matrix  # (R,) squared singular values, all above 0
    along: Matrix  # (R, C) squared length of each class's indicator along each of them
    counts: Matrix  # (C,) images of each class


def log_me(features: ArrayLike, labels: ArrayLike) -> float:
    """LogME: how well a Bayesian linear regression on the features explains the labels.

    Mean over classes and images of the log evidence of one against the rest, at the prior and noise that make it
    largest. MacKay's fixed point looks for them and stops where the authors' code does, after 11 steps or at one of
    under 1 %: with N far above D within 1e-3 of the largest value; 0.002 below it was seen at N = D, 0.02 with fewer.
    The steps begin at precisions of 1, which features in another unit are too far from: those whose root mean square
    lies outside 0.01 to 100 are first brought to one of 1, and beyond there the unit does not matter.

    Args:
        features: (N, D), in memory or memory-mapped; not centred.
        labels: classes of shape (N,), from 0 to C - 1.

    Returns:
        Nats per image, any number; larger is better. To be compared for one target only: it moves with the number
        of classes, and with D as soon as N is not much larger.

    Raises:
        InputError: when features and labels do not fit together, a value is not finite, a class has no image, there
            is one class only, all images have the same features, or these explain the labels perfectly or not at
            all, where the fixed point runs away.

    Reference: You, Liu, Wang and Long, 2021, arXiv:2102.11005.
    """
    table, classes = _labelled(features, labels)
    found = _directions(table, classes)
    n = len(classes)
    evidence = [_evidence(found, found.along[:, c], float(count), n) for c, count in enumerate(found.counts)]
    score = float(np.mean(evidence)) / n
    if not np.isfinite(score):
        raise InputError(f"the features of {n} images explain their labels perfectly or not at all: take more images")
    return score


def h_score(features: ArrayLike, labels: ArrayLike) -> float:
    """H-score: variance between class means in units of the features' own covariance, tr(cov(f)^-1 cov(E[f|y])).

    Args:
        features: (N, D), in memory or memory-mapped; N well above D, for noise alone scores about (C - 1) D / N.
        labels: classes of shape (N,), from 0 to C - 1.

    Returns:
        [0, C - 1]: 0 when all class means are alike, C - 1 when a linear map tells the classes without error.

    Raises:
        InputError: when features and labels do not fit together, a value is not finite, a class has no image, there
            is one class only, all images have the same features, or they span as many dimensions as N images can,
            where every labelling scores C - 1.

    Reference: Bao et al., 2019, ICIP, "An information-theoretic approach to transferability".
    """
    table, classes = _labelled(features, labels)
    n, counts = len(classes), np.bincount(classes)
    full = f"{n} images in {table.shape[1]} dimensions score C - 1 with any labels: take more images"
    if n <= table.shape[1]:
        raise InputError(full)
    sums = moments(table, classes[None], len(counts), np.array(table[0], dtype=np.float64), "features")
    offset = sums.sums / n
    scatter = sums.squares - np.outer(sums.sums, offset)
    scale = np.where(sums.squares.diagonal() > 0, np.sqrt(np.maximum(scatter.diagonal(), 0.0)), 0.0)
    inverse = np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > 0)  # units fall out, and rounding with them
    values, vectors = directions(scatter * inverse[:, None] * inverse)
    if len(values) == n - 1:
        raise InputError(full)
    between = (sums.class_sums[0] - counts[:, None] * offset) / np.sqrt(counts)[:, None]
    return float(np.square((between * inverse) @ vectors / np.sqrt(values)).sum())


def leep(probabilities: ArrayLike, labels: ArrayLike) -> float:
    """LEEP: log likelihood of the target's labels when read off the source's answers through their joint frequencies.

    Args:
        probabilities: (N, Z) of the source's classes, rows that add up to 1.
        labels: the target's classes of shape (N,), from 0 to C - 1.

    Returns:
        Nats per image, at most 0: 0 when the source's answers determine the label; what the class shares alone give,
        -log C when balanced, when they say nothing about it.

    Raises:
        InputError: when the two do not fit together, a row is no distribution, a class has no image, or there is one
            class only.

    Reference: Nguyen et al., 2020, arXiv:2002.12462.
    """
    answers, classes = as_features(probabilities, "probabilities"), _classes(labels)
    _check_length(len(answers), len(classes))
    if answers.min() < 0.0 or not np.allclose(answers.sum(axis=1), 1.0, atol=1e-4):
        raise InputError("each row of probabilities must be 0 or more and add up to 1; pass a softmax, not logits")
    joint = np.eye(classes.max() + 1)[classes].T @ answers
    met = joint.sum(axis=0) > 0.0
    given = joint[:, met] / joint[:, met].sum(axis=0)  # (C, Z): of each label, given a source class
    return float(np.log(np.einsum("nz,nz->n", given[classes], answers[:, met])).mean())


def nce(source_labels: ArrayLike, target_labels: ArrayLike) -> float:
    """NCE: minus the conditional entropy of the target's labels, given a source label for each image.

    Args:
        source_labels: whole numbers of shape (N,), true ones or the source's answers.
        target_labels: classes of shape (N,), from 0 to C - 1.

    Returns:
        Nats per image, in [-log C, 0]: 0 when the source label determines the target's.

    Raises:
        InputError: when the two do not fit together, a class has no image, or there is one class only.

    Reference: Tran, Nguyen and Hassner, 2019, arXiv:1908.08142.
    """
    given, classes = as_labels(source_labels, "source_labels"), _classes(target_labels)
    _check_length(len(given), len(classes))
    answers = np.eye(len(np.unique(given)))[np.unique(given, return_inverse=True)[1]]
    return leep(answers, classes)  # LEEP of answers without doubt


def _labelled(features: ArrayLike, labels: ArrayLike) -> tuple[NDArray[Any], Labels]:
    table, classes = as_table(features, "features"), _classes(labels)
    _check_length(len(table), len(classes))
    if (table == table[0]).all():
        raise InputError("every image has the same features")
    return table, classes


def _check_length(images: int, labels: int) -> None:
    if images != labels:
        raise InputError(f"each image needs a label, got {images} and {labels}")


def _classes(labels: ArrayLike) -> Labels:
    """Classes from 0 to C - 1, C at least 2, each with an image."""
    classes = as_labels(labels, "labels")
    if classes.min() < 0:
        raise InputError(f"classes are numbered from 0, got {classes.min()}")
    counts = np.bincount(classes)
    if len(counts) == 1:
        raise InputError("a score needs at least 2 classes, got one")
    if not counts.all():
        raise InputError(f"class {int(counts.argmin())} has no image; number the classes that have some from 0")
    return classes


def _directions(table: NDArray[Any], classes: Labels) -> _Directions:
    """The features' own directions, in the unit in which the fixed point is looked for."""
    found = _as_they_come(table, classes)
    size = float(np.sqrt(found.lengths.sum() / table.size))
    if ORDINARY[0] <= size <= ORDINARY[1]:
        return found
    return found._replace(lengths=found.lengths / size**2)


def _as_they_come(table: NDArray[Any], classes: Labels) -> _Directions:
    n, width = table.shape
    indicators = np.bincount(classes).astype(np.float64)
    if n > width:
        sums = moments(table, classes[None], len(indicators), np.zeros(width), "features")
        lengths, vectors = directions(sums.squares)
        return _Directions(lengths, np.square(vectors.T @ sums.class_sums[0].T) / lengths[:, None], indicators)
    whole = np.concatenate([block for _, block in blocks(table, "features")])
    lengths, images = directions(whole @ whole.T)
    return _Directions(lengths, np.square(images.T @ np.eye(len(indicators))[classes]), indicators)


def _evidence(found: _Directions, along: Matrix, count: float, n: int) -> float:
    """The largest log evidence of one class against the rest, in nats."""
    lengths, outside = found.lengths, max(count - float(along.sum()), 0.0)
    prior = noise = 1.0  # precisions
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for _ in range(STEPS):
            ratio = prior / noise
            used = (lengths / (lengths + ratio)).sum()
            size = (lengths * along / np.square(lengths + ratio)).sum()
            error = (along * np.square(ratio / (lengths + ratio))).sum() + outside
            prior, noise = used / size, (n - used) / error
            if abs(prior / noise - ratio) / ratio < SETTLED:
                break
        determinant = (np.log(prior) - np.log(prior + noise * lengths)).sum()
        fit = n * np.log(noise) - noise * error - prior * size - n * np.log(2 * np.pi)
    return float(determinant + fit) / 2.0
