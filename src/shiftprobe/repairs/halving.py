"""Images dealt into parts that hold each class alike, and orders whose every beginning does."""

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]


def halves(labels: Index, rng: np.random.Generator) -> tuple[Index, Index]:
    """Two halves of some images, each class in both as equally as it can be; (N,) labels in, growing places out."""
    first, second = folds(labels, 2, rng)
    return first, second


def folds(labels: Index, count: int, rng: np.random.Generator) -> list[Index]:
    """The same, in so many parts."""
    shuffled = rng.permutation(len(labels))
    order = shuffled[np.argsort(labels[shuffled], kind="stable")]
    return [np.sort(order[start::count]) for start in range(count)]


def stratified_order(labels: Index, rng: np.random.Generator) -> Index:
    """All places in a drawn order whose every beginning holds the classes in nearly the shares of the whole.

    Args:
        labels: (N,) classes.
        rng: draws the order.

    Returns:
        (N,) each place once.
    """
    shuffled = rng.permutation(len(labels))
    at = np.empty(len(labels))
    for one in np.unique(labels):
        places = shuffled[labels[shuffled] == one]
        at[places] = (np.arange(len(places)) + rng.random()) / len(places)
    return np.asarray(np.argsort(at, kind="stable"), np.int64)
