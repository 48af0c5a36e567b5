"""A score as a mean of one number per image: what each image contributes, to first order.

The numbers are the infinitesimal jackknife's pseudo-values: their mean is the score, and their spread over images is
the score's, which is how any score of two networks is compared on the same images. Scores that count classes alike
take the spread of each class as a sample's, n - 1 below the line, as DeLong's variance does: rare classes would else
look surer than they are.

Reference: Efron and Stein, 1981, Annals of Statistics 9(3); Jaeckel, 1972, Bell Laboratories memorandum 72-1215-10.
"""

import numpy as np
from numpy.typing import NDArray

from shiftprobe.metrics.scores.counted import Counted
from shiftprobe.metrics.scores.outputs import Outputs
from shiftprobe.metrics.scores.ranks import placements

Floats = NDArray[np.float64]


def of_top1(outputs: Outputs) -> Floats:
    """(N,) 1 where the answer is right, else 0."""
    return outputs.right.astype(np.float64)


def of_top5(outputs: Outputs) -> Floats:
    """(N,) 1 where the true class is among the five likeliest, else 0."""
    return outputs.near.astype(np.float64)


def of_balanced_accuracy(outputs: Outputs) -> Floats:
    """(N,) around the mean share right over the C classes that have images: N / (C n) of an image's own class of n."""
    counts = outputs.counts
    present = counts > 0
    shares = np.bincount(outputs.labels, weights=outputs.right, minlength=outputs.classes) / np.maximum(counts, 1)
    value = shares[present].mean()
    own = len(outputs) / (present.sum() * counts[outputs.labels])
    return as_samples(value + own * (outputs.right - shares[outputs.labels]), outputs)


def of_macro_f1(outputs: Outputs) -> Floats:
    """(N,) around the mean F1 over the classes that have images."""
    counted = Counted.of(outputs)
    moved = counted.f1 + counted.slope(outputs.labels, outputs.answers)
    return as_samples(moved, outputs)


def of_auroc(outputs: Outputs) -> Floats:
    """(N,) around the area under the ROC curve: placement values, weighted by the share of an image's class."""
    scores, second = outputs.ranking
    placed = placements(scores, second)
    found = np.empty(len(outputs))
    for mine, values in ((second, placed.of_second), (~second, placed.of_first)):
        found[mine] = placed.area + (values - placed.area) * len(outputs) / len(values)
    return as_samples(found, outputs)


def of_nll(outputs: Outputs) -> Floats:
    """(N,) minus the logarithm of the true class's probability, nats."""
    return -outputs.likely


def as_samples(values: Floats, outputs: Outputs) -> Floats:
    """(N,) numbers moved apart around the mean of their class, so that its variance is that of a sample of n."""
    counts = outputs.counts
    means = np.bincount(outputs.labels, weights=values, minlength=outputs.classes) / np.maximum(counts, 1)
    apart = np.sqrt(counts / np.maximum(counts - 1, 1))
    return np.asarray(means[outputs.labels] + (values - means[outputs.labels]) * apart[outputs.labels])
