"""A known loss: answers of some images made wrong, class by class, with the confidence that they had."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.error_rates.population import Population
from shiftprobe.auditing.types import Predictions


def corrupted(population: Population, loss: float) -> Population:
    """The population of a checkpoint that answers at least so large a share of every class wrongly that it had right.

    The same draw decides which images these are at every look, as far as they are right there.

    Args:
        population: of the checkpoint as it is.
        loss: fraction of each class's images, rounded up to an image.
    """
    rng = population.rng("corrupted")
    order = rng.permutation(len(population))
    looks = {place: wronged(seen, population.labels, loss, order) for place, seen in population.looks.items()}
    target, seen = population.ready.target, population.on_target
    if target is not None and target.labels is not None and seen is not None:
        seen = wronged(seen, target.labels, loss, rng.permutation(len(target)))
    return replace(population, looks=looks, on_target=seen)


def wronged(seen: Predictions, labels: NDArray[np.int64], loss: float, order: NDArray[np.int64]) -> Predictions:
    """The same answers, of which a share of each class's images that were right is wrong.

    The two largest scores change places: the answer is wrong and as sure as before.

    Args:
        seen: answers to N images.
        labels: (N,) which answers are right.
        loss: fraction of each class's images.
        order: (N,) in which order images are taken.
    """
    right, chosen = seen.right(labels)[order], []
    for label in np.unique(labels):
        mine = labels[order] == label
        chosen.append(order[mine & right][: math.ceil(loss * int(mine.sum()) - 1e-9)])
    rows, logits = np.concatenate(chosen), np.array(seen.logits)
    if logits.shape[1] > 1 and len(rows):
        second, first = np.argpartition(logits[rows], -2, axis=1)[:, -2:].T
        swapped = logits[rows, second], logits[rows, first]
        logits[rows, first], logits[rows, second] = swapped
    return replace(seen, logits=logits)
