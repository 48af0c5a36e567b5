"""A known loss: some right answers made wrong, in the proportions of the classes, as sure as they were."""

import math
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.error_rates.population import Population
from shiftprobe.auditing.types import Predictions

Index: TypeAlias = NDArray[np.int64]


def corrupted(population: Population, loss: float) -> Population:
    """The population of a checkpoint that answers so large a share of all images wrongly that it had right.

    One order of the images decides which these are at every look, as far as they are right there.

    Args:
        population: of the checkpoint as it is.
        loss: fraction of all images, rounded up to an image.
    """
    rng = population.rng("corrupted")
    order = rng.permutation(len(population))
    looks = {place: wronged(seen, population.labels, loss, order) for place, seen in population.looks.items()}
    target, seen = population.ready.target, population.on_target
    if target is not None and target.labels is not None and seen is not None:
        seen = wronged(seen, target.labels, loss, rng.permutation(len(target)))
    return replace(population, looks=looks, on_target=seen)


def wronged(seen: Predictions, labels: Index, loss: float, order: Index) -> Predictions:
    """The same answers, of which some that were right are wrong, in the proportions of the classes among them.

    The two largest scores change places: the answer is wrong and as sure as before.

    Args:
        seen: answers to N images.
        labels: (N,) which answers are right.
        loss: fraction of all images, rounded up to an image.
        order: (N,) in which order images are taken.
    """
    right = order[seen.right(labels)[order]]
    by_class = right[np.argsort(labels[right], kind="stable")]
    count = min(len(right), math.ceil(loss * len(labels) - 1e-9))
    rows, logits = by_class[np.arange(count) * len(right) // max(1, count)], np.array(seen.logits)
    if logits.shape[1] > 1 and len(rows):
        second, first = np.argpartition(logits[rows], -2, axis=1)[:, -2:].T
        swapped = logits[rows, second], logits[rows, first]
        logits[rows, first], logits[rows, second] = swapped
    return replace(seen, logits=logits)
