"""Of several ways to answer, the one that a half of the images chooses, judged by the other half; pure, no torch."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.measurements import PathPoint
from shiftprobe.core import seeding
from shiftprobe.metrics.intervals import wilson
from shiftprobe.repairs.halving import halves

CORRELATED = 0.5  # at most, between the means of two halves that judge what the other chose

Index: TypeAlias = NDArray[np.int64]
Right: TypeAlias = NDArray[np.bool_]
Halves: TypeAlias = tuple[Index, Index]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedWays:
    """Which images every way answers rightly, way 0 being the network as it is, and in which half each image is."""

    there: Right  # (K, N)
    halves: Halves  # places among the N
    home: Right | None = None  # (K, M); None: there is no home beside
    home_halves: Halves | None = None  # places among the M


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossChoice:
    """What each half chose, and every image answered by what the other half chose."""

    chosen: tuple[int, int]  # the way that the first and the second half choose
    there: Right  # (N,)
    home: Right | None  # (M,)


def dealt(labels: Index, clusters: Index | None, *address: int | str) -> Halves:
    """Two halves of some images, each class in both as equally as it can be; images of one group stay together.

    Args:
        labels: (N,) classes.
        clusters: (N,) which images belong together; None: each stands alone.
        address: of the draw.

    Returns:
        Growing places of either half.
    """
    rng = seeding.generator(*address, len(labels))
    if clusters is None:
        return halves(labels, rng)
    groups = rng.permutation(np.unique(clusters))
    first = np.isin(clusters, groups[::2])
    return np.flatnonzero(first), np.flatnonzero(~first)


def choose(ways: JudgedWays, half: int, margin: float) -> int:
    """The way that answers most images of a half rightly, among those that cost no more than the margin at home.

    Of equal ones the first counts, which is the nearest to the network as it is.

    Args:
        ways: of which.
        half: 0 or 1; its images there and at home decide.
        margin: of accuracy that may be lost at home, as that half counts it.
    """
    return int(np.where(affordable(ways, half, margin), scores(ways, half), -1.0).argmax())


def scores(ways: JudgedWays, half: int) -> NDArray[np.float64]:
    """(K,) the share of a half that each way answers rightly."""
    return np.asarray(ways.there[:, ways.halves[half]].mean(axis=1))


def affordable(ways: JudgedWays, half: int, margin: float) -> NDArray[np.bool_]:
    """(K,) whether each way costs no more than the margin at home, as a half counts it; way 0 always is."""
    if ways.home is None or ways.home_halves is None:
        return np.ones(len(ways.there), np.bool_)
    home = ways.home[:, ways.home_halves[half]].mean(axis=1)
    return np.asarray(home >= home[0] - margin)


def crossed_confidence(confidence: float) -> float:
    """At which confidence an interval over all images is taken, to hold for what halves chose as often as told.

    Where both halves choose the same way by the same luck, either judges it with the luck by which it chose: the two
    halves' means are correlated. A correlation of a half widens the interval by the root of 1.5; docs/audit-repairs.md
    has the simulation.

    Args:
        confidence: that is to hold.

    Returns:
        Of the interval to be taken; .984 for .95.
    """
    from scipy.special import ndtr, ndtri

    return float(2.0 * ndtr(math.sqrt(1.0 + CORRELATED) * ndtri((1.0 + confidence) / 2.0)) - 1.0)


def cross_chosen(ways: JudgedWays, margin: float, chosen: Sequence[int] | None = None) -> CrossChoice:
    """Every image answered by the way that the other half chooses.

    Args:
        ways: of which.
        margin: as `choose` has it.
        chosen: what the halves chose by a rule of their own; None: `choose`.
    """
    first, second = (choose(ways, half, margin) for half in (0, 1)) if chosen is None else chosen
    return CrossChoice(
        chosen=(first, second),
        there=_crossed(ways.there, ways.halves, (first, second)),
        home=None
        if ways.home is None or ways.home_halves is None
        else _crossed(ways.home, ways.home_halves, (first, second)),
    )


def _crossed(table: Right, parts: Halves, chosen: tuple[int, int]) -> Right:
    found = np.empty(table.shape[1], np.bool_)
    for half in (0, 1):
        judges = parts[1 - half]
        found[judges] = table[chosen[half], judges]
    return found


def path(weights: Sequence[float], ways: JudgedWays, confidence: float) -> tuple[PathPoint, ...]:
    """Accuracy at every mixing weight, with intervals of one share each.

    Args:
        weights: (K,) of the ways.
        ways: of all images.
        confidence: of each interval.
    """
    points = []
    for place, weight in enumerate(weights):
        there = _share(ways.there[place], confidence)
        home = (None, None, None) if ways.home is None else _share(ways.home[place], confidence)
        points.append(
            PathPoint(
                weight=weight,
                there=there[0],
                there_low=there[1],
                there_high=there[2],
                home=home[0],
                home_low=home[1],
                home_high=home[2],
            )
        )
    return tuple(points)


def _share(right: Right, confidence: float) -> tuple[float, float, float]:
    return (float(right.mean()), *wilson(int(right.sum()), len(right), confidence))
