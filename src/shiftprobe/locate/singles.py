"""Every family alone, on a coarse track of doses."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.monitor import Monitor
from shiftprobe.locate.fine import refined
from shiftprobe.locate.fit_space import FitSpace, Option
from shiftprobe.locate.nearest_dose import nearest_on_track
from shiftprobe.locate.space import within
from shiftprobe.locate.statistics_cache import Chain, StatisticsCache

Array = NDArray[np.float64]

GRID = tuple(i / 8 for i in range(1, 9))
COARSE_IMAGES = 64  # images in the coarse look
FINALISTS = 6  # families looked at with all images
DENSE = tuple(i / 32 for i in range(1, 33))
FEWER = 32  # images in the dense look
VALLEYS = 4  # doses of the dense look from which a fit begins


@dataclass(frozen=True, slots=True, kw_only=True)
class Single:
    """A family's coarse track and its point nearest to the target."""

    name: str
    means: Array  # (9, D) at doses 0, 1/8 .. 1
    distance: float
    dose: float


def coarse_chains(names: Sequence[str]) -> list[Chain]:
    """What the coarse look needs."""
    return [((name, dose),) for name in names for dose in GRID]


def scatter(cache: StatisticsCache, names: Sequence[str]) -> Array:
    """Mean covariance (D, D) of the source's first images under every family and dose."""
    chains = coarse_chains(names)
    total: Array = sum((within(cache.rows(chain, COARSE_IMAGES)) for chain in chains), start=np.zeros(()))
    return total / len(chains)


def singles(space: FitSpace, names: Sequence[str]) -> list[Single]:
    """Every family with its coarse best dose, nearest first."""
    target, doses = space.target.mean(0)[None], np.array([0.0, *GRID])
    found = []
    for name in names:
        means = np.stack([space.source.mean(0), *(space.mean(((name, dose),), COARSE_IMAGES) for dose in GRID)])
        best = nearest_on_track(doses, means[None], target)
        found.append(Single(name=name, means=means, distance=float(best.distance[0]), dose=float(best.place[0])))
    return sorted(found, key=lambda single: single.distance)


def finalists(space: FitSpace, found: Sequence[Single], monitor: Monitor | None = None) -> list[Option]:
    """The nearest families with all images about their best doses, nearest first."""
    return fitted(space, [(single.name, single.dose) for single in found[:FINALISTS]], "nearest shifts", monitor)


def second_look(space: FitSpace, found: Sequence[Single], monitor: Monitor | None = None) -> list[Option]:
    """The nearest families fitted again from the lowest valleys of a dense track, nearest first.

    Between the doses of the coarse track some have a life of their own: `pixelate`, where a block is a whole number
    of pixels, `webp` and `jpeg`, where a value falls into another step.
    """
    names = [single.name for single in found[:FINALISTS]]
    chains = [((name, dose),) for name in names for dose in DENSE]
    if monitor:
        monitor.begin("a closer look", len(chains))
    space.cache.fill(chains, FEWER, monitor)
    valleys = sorted(valley for name in names for valley in _valleys(space, name))
    return fitted(space, [(name, dose) for _, name, dose in valleys[:VALLEYS]], "lowest valleys", monitor)


def _valleys(space: FitSpace, name: str) -> list[tuple[float, str, float]]:
    """The doses of the dense track that are nearer to the target than both beside them, with their distance."""
    means = np.stack([space.mean(((name, dose),), FEWER) for dose in DENSE])
    distances = ((means - space.target.mean(0)) ** 2).sum(1)
    walled = np.concatenate([[np.inf], distances, [np.inf]])
    low = (walled[1:-1] <= walled[:-2]) & (walled[1:-1] <= walled[2:])
    return [(float(distances[i]), name, DENSE[i]) for i in np.flatnonzero(low)]


def fitted(
    space: FitSpace, starts: Sequence[tuple[str, float]], what: str, monitor: Monitor | None = None
) -> list[Option]:
    """One family each, with all images about the best dose near a start; nearest first."""
    if monitor:
        monitor.begin(what, len(starts))
    options = []
    for name, dose in starts:
        options.append(refined(space, (name,), (dose,)))
        if monitor:
            monitor.step()
    return sorted(options, key=lambda option: option.best(space)[0])
