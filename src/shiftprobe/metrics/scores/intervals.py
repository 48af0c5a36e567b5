"""Interval of each score over the images it rests on; how often they hold the truth is in docs/statistics.md."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.binomial import clopper_pearson
from shiftprobe.metrics.checks import InputError, as_floats
from shiftprobe.metrics.intervals import mean_interval
from shiftprobe.metrics.per_class import MADE_UP, balanced_accuracy
from shiftprobe.metrics.scores.counted import Counted
from shiftprobe.metrics.scores.outputs import Outputs
from shiftprobe.metrics.scores.ranks import placements

Ends = tuple[float, float]
Floats = NDArray[np.float64]


def of_top1(outputs: Outputs, confidence: float = 0.95) -> Ends:
    """Exact binomial ends of the share of right answers (Clopper and Pearson, 1934, Biometrika 26(4))."""
    return clopper_pearson(int(outputs.right.sum()), len(outputs), confidence)


def of_top5(outputs: Outputs, confidence: float = 0.95) -> Ends:
    """Exact binomial ends of the share of true classes among the five likeliest."""
    return clopper_pearson(int(outputs.near.sum()), len(outputs), confidence)


def of_balanced_accuracy(outputs: Outputs, confidence: float = 0.95) -> Ends:
    """Ends of the mean over classes of the share right; see `metrics.balanced_accuracy`."""
    found = balanced_accuracy(outputs.labels, outputs.answers, outputs.classes, confidence)
    return found.low, found.high


def of_macro_f1(outputs: Outputs, confidence: float = 0.95) -> Ends:
    """Ends of the mean F1 over the classes that have images, by as many images as would tell as much about a share.

    The variance is the delta method's over the cells of the confusion matrix, to which every class that has images
    gives four made-up ones, two of them right, as for balanced accuracy.

    Reference: Takahashi et al., 2022, Applied Intelligence 52, for the delta method; Korn and Graubard, 1998, Survey
        Methodology 24(2).
    """
    counted = Counted.of(outputs)
    padded, counts = counted.padded, outputs.counts
    sample = counts / np.maximum(counts - 1, 1)  # n - 1 below the line, class by class
    seen = float((padded.slope(outputs.labels, outputs.answers) ** 2 * sample[outputs.labels]).sum())
    variance = (seen + _of_made_up(padded, counted.present, sample)) / padded.images.sum() / len(outputs)
    return effective_ends(counted.f1, padded.f1, variance, confidence)


def _of_made_up(padded: Counted, present: NDArray[np.bool_], sample: Floats) -> float:
    """The made-up images' part of the sum of squared slopes over all cells: that of a row in closed form."""
    down, classes = padded.unit * padded.each, len(present)
    strays = (classes - 4) * down**2 + 2.0 * down * down.sum() + (down**2).sum()  # sum over all other answers
    own = (2.0 * padded.unit - 2.0 * down) ** 2
    return float(MADE_UP / 2 * (sample * (own + strays / max(classes - 1, 1)))[present].sum())


def of_auroc(outputs: Outputs, confidence: float = 0.95) -> Ends:
    """Ends of the area under the ROC curve, by as many images as would tell as much about a share.

    The variance is DeLong's, with two made-up images in either class, one ranked above and one below all others:
    DeLong's own interval has no width where every image is ranked rightly, and holds a high area too seldom, on the
    logit scale too (`benchmarks/score_coverage.csv`).

    Reference: DeLong, DeLong and Clarke-Pearson, 1988, Biometrics 44(3); Korn and Graubard, 1998, Survey Methodology
        24(2).
    """
    scores, second = outputs.ranking
    padded = placements(
        np.concatenate([scores, [np.inf, -np.inf, np.inf, -np.inf]]),
        np.concatenate([second, [True, True, False, False]]),
    )
    return effective_ends(placements(scores, second).area, padded.area, padded.variance, confidence)


def of_nll(outputs: Outputs, confidence: float = 0.95) -> Ends:
    """Student's t ends of a mean without an upper bound: one image the network is surely wrong on may move it far."""
    mean, low, high = mean_interval(-outputs.likely, confidence)
    return (0.0, math.inf) if low is None or high is None else (max(0.0, low), max(high, mean))


def bounded_mean(values: ArrayLike, least: float, most: float, confidence: float = 0.95) -> tuple[float, float, float]:
    """Mean of costs, or of anything between two bounds, with its interval.

    Clopper-Pearson with as many images as would tell as much about a share, four made-up images among them, half at
    each bound.

    Args:
        values: (N,) one per image, within the bounds.
        least: the lower bound.
        most: the upper bound, above it.
        confidence: of the two-sided interval, a fraction below 1.

    Returns:
        Mean, low, high, within the bounds.

    Raises:
        InputError: when there is no image, a value lies outside, or the bounds are none.

    Reference: Korn and Graubard, 1998, Survey Methodology 24(2).
    """
    numbers = as_floats(values, "values")
    if not math.isfinite(most - least) or least >= most:
        raise InputError(f"costs lie between two bounds, the lower one first, got {least} and {most}")
    if numbers.ndim != 1 or not numbers.size or not ((numbers >= least) & (numbers <= most)).all():
        raise InputError(f"wanted costs from {least:g} to {most:g}, one per image, got shape {numbers.shape}")
    shares = (numbers - least) / (most - least)
    padded = np.concatenate([shares, [0.0, 0.0, 1.0, 1.0]])
    value, centre = float(shares.mean()), float(padded.mean())
    low, high = effective_ends(value, centre, float(padded.var()) / len(shares), confidence)
    return least + value * (most - least), least + low * (most - least), least + high * (most - least)


def effective_ends(value: float, centre: float, variance: float, confidence: float) -> Ends:
    """Clopper-Pearson ends with as many images as would give a share of `centre` this variance."""
    effective = centre * (1.0 - centre) / variance
    return clopper_pearson(value * effective, effective, confidence)
