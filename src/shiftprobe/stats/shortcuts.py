"""What a classifier reaches from one property of the pictures alone, and whether the checkpoint's errors follow it."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shiftprobe.metrics.binomial import clopper_pearson, tails
from shiftprobe.stats.gate import tied
from shiftprobe.stats.multiplicity import holm
from shiftprobe.stats.slices import Column, Marks, fewer_right

LEAVES = 64  # of a tree at most
LEAF, OF_ALL = 5, 0.01  # images of a leaf, and their share of the half that trains
MAX_NAMES = 100  # of a property whose values are names
FEWEST_OF_CLASS = 10  # images of a class on the half that trains, for it to be the one that is told


class PropertyTest(NamedTuple):
    """What one property says of the classes, on the half that did not train; fractions."""

    by: str
    label: int | None  # the class it tells from all others; None: it names classes in general
    n: int
    right: int  # images whose class (or whether it is that class) the property names
    low: float  # exact interval of that share
    high: float
    majority: float  # the share that always saying the commonest reaches
    p: float  # exact, one-sided, against the majority's share
    p_holm: float  # over the properties
    points_right: Marks  # (N,) of the half that did not train, whether the property names the class rightly
    found: bool

    @property
    def lift(self) -> float:
        """Of what the majority leaves, the share that the property names: 0 nothing, 1 all."""
        return (self.right / self.n - self.majority) / (1 - self.majority) if self.majority < 1 else 0.0


class Misled(NamedTuple):
    """How accurate the checkpoint is where a property names the class rightly, and where it does not."""

    aligned_n: int
    aligned_right: int
    misled_n: int
    misled_right: int
    p: float  # exact, one-sided, against "as accurate where it misleads"; 1 where it never does


def property_tests(
    columns: Mapping[str, Column], labels: NDArray[np.int64], first: Marks, lift: float, confidence: float = 0.95
) -> tuple[PropertyTest, ...]:
    """How well each property alone names the classes: a shallow tree grown on one half, judged on the other.

    Of each property one question is judged, the one that the half which trains answers best: does it name the classes,
    or does it tell one class from all others. It is found where Holm over the properties rejects that it is no better
    than the commonest answer, and where of what that leaves it names `lift` or more.

    Args:
        columns: (N,) per property; those of more than 100 names are left out.
        labels: (N,) classes.
        first: (N,) the half that trains.
        lift: a fraction.
        confidence: of the intervals and of the family.

    Reference: Breiman et al., 1984, Classification and Regression Trees; Geirhos et al., 2020, arXiv:2004.07780, for
        shortcuts.
    """
    tests = [_tested(by, column, labels, first, confidence) for by, column in columns.items() if _usable(column)]
    adjusted = holm([one.p for one in tests]).tolist()
    level = tied(1 - confidence)
    return tuple(
        one._replace(p_holm=p, found=p <= level and one.lift >= lift) for one, p in zip(tests, adjusted, strict=True)
    )


def misled(points_right: Marks, right: Marks) -> Misled:
    """Whether the checkpoint's errors follow a property.

    Args:
        points_right: (M,) whether the property names the class of each image rightly.
        right: (M,) whether the checkpoint does.
    """
    k, n = int(right[~points_right].sum()), int((~points_right).sum())
    p = fewer_right(k, n, int(right.sum()), len(right)) if 0 < n < len(right) else 1.0
    return Misled(len(right) - n, int(right.sum()) - k, n, k, p)


def _usable(column: Column) -> bool:
    different = len(np.unique(column))
    return different > 1 and (column.dtype.kind == "f" or different <= MAX_NAMES)


def _tested(by: str, column: Column, labels: NDArray[np.int64], first: Marks, confidence: float) -> PropertyTest:
    from sklearn.tree import DecisionTreeClassifier

    rows = column[:, None] if column.dtype.kind == "f" else column[:, None] == np.unique(column[first])[None, :]
    leaf = max(LEAF, round(OF_ALL * int(first.sum())))
    tree = DecisionTreeClassifier(max_leaf_nodes=LEAVES, min_samples_leaf=leaf, random_state=0)
    said = np.asarray(tree.fit(rows[first], labels[first]).predict(rows), np.int64)
    label = _told_best(said[first], labels[first])
    hit = said == labels if label is None else (said == label) == (labels == label)
    points_right, kept = hit[~first], labels[~first]
    majority = _majority(kept, label)
    right, n = int(points_right.sum()), len(kept)
    low, high = clopper_pearson(right, n, confidence)
    p = tails(right, n, majority).above
    return PropertyTest(by, label, n, right, low, high, majority, p, p, points_right, found=False)


def _told_best(said: NDArray[np.int64], labels: NDArray[np.int64]) -> int | None:
    """The class that is told from all others better than classes are named at all; None where none is."""
    best, found = _lift(float((said == labels).mean()), _majority(labels, None)), None
    for label, count in zip(*np.unique(labels, return_counts=True), strict=True):
        agreed = float(((said == label) == (labels == label)).mean())
        told = _lift(agreed, _majority(labels, int(label)))
        if count >= FEWEST_OF_CLASS and told > best:
            best, found = told, int(label)
    return found


def _lift(share: float, majority: float) -> float:
    return (share - majority) / (1 - majority) if majority < 1 else 0.0


def _majority(labels: NDArray[np.int64], label: int | None) -> float:
    """What always giving the commonest answer reaches."""
    if label is None:
        return float(np.bincount(labels).max() / len(labels))
    share = float((labels == label).mean())
    return max(share, 1 - share)
