"""Classes of unequal size in a training: what an image's loss weighs, or how often an image is met."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from shiftprobe.core import seeding
from shiftprobe.core.errors import DataError


def class_weights(labels: NDArray[np.int64], classes: int) -> Tensor:
    """What the loss of an image weighs by its class: as much for a class as a whole, whatever its size.

    N / (classes that have images x images of the class), so that the mean over the N images is 1 and the rate keeps its
    meaning. For `torch.nn.functional.cross_entropy(..., weight=)`, which divides by the weights it met.

    Args:
        labels: (N,) class numbers of the training images, from 0 to classes - 1.
        classes: of the head.

    Returns:
        (classes,) float32 on the CPU; 0 for a class without an image.

    Raises:
        DataError: when there is no image, or a class is not the head's.

    Reference: King and Zeng, 2001, Political Analysis 9(2).
    """
    counts = _counts(labels, classes)
    whole = len(labels) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    return torch.from_numpy(np.where(counts > 0, whole, 0.0).astype(np.float32))


def balanced_order(labels: NDArray[np.int64], seed: int, epoch: int) -> NDArray[np.int64]:
    """The images that one epoch meets, in order: N draws in which every class comes as often, up to one.

    The images of a class come in a drawn order, all of them once before one comes again; which classes have the odd
    draws is drawn anew for every epoch. The same for all arms of a seed, at any batch size.

    Args:
        labels: (N,) class numbers of the training images.
        seed: of the training.
        epoch: from 0.

    Returns:
        (N,) positions into `labels`; those of rare classes several times.

    Raises:
        DataError: when there is no image.
    """
    if not len(labels):
        raise DataError("wanted training images to draw from, got none")
    rng = seeding.generator(seed, "balanced order", epoch)
    present = rng.permutation(np.unique(labels))
    share, odd = divmod(len(labels), len(present))
    drawn = [
        _repeated(np.flatnonzero(labels == label), share + (place < odd), rng) for place, label in enumerate(present)
    ]
    return np.asarray(rng.permutation(np.concatenate(drawn)))


def _repeated(places: NDArray[np.int64], count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """So many of some places: whole rounds of all of them, each in a drawn order, and a part of one more."""
    rounds = [rng.permutation(places) for _ in range(-(-count // len(places)))]
    return np.concatenate([*rounds, places[:0]])[:count]


def _counts(labels: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    if not len(labels) or labels.min() < 0 or labels.max() >= classes:
        raise DataError(f"wanted training images of classes 0 to {classes - 1}, got {len(labels)} or one of another")
    return np.bincount(labels, minlength=classes)
