"""All images about the best doses of one or two shifts, as near as the curve between them asks."""

from collections.abc import Sequence
from itertools import product

import numpy as np

from shiftprobe.locate.fit_space import Array, FitSpace, Option, chain_of

REACH = 0.08  # half the width of the doses about the best, to begin with
TRIES = 6  # moves and halvings
WRONG = 0.25  # part of the noise by which a distance between the doses may be off


def refined(space: FitSpace, names: Sequence[str], doses: Sequence[float]) -> Option:
    """The option about these doses, moved until the best lies within, then halved until lines between them hold.

    How far a line is off is seen by really applying the best dose.
    """
    reach = REACH
    for _ in range(TRIES):
        option = _about(space, names, doses, reach)
        distance, best = option.best(space)
        if _inside(best, option.nodes):
            rows = space.rows(chain_of(names, best), len(space.source))
            if abs(space.distance(rows) - distance) < WRONG * space.noise(rows).sum():
                break
            reach /= 2
        doses = best
    return option


def _about(space: FitSpace, names: Sequence[str], doses: Sequence[float], reach: float) -> Option:
    nodes = tuple(_nodes(dose, reach, 3 if len(names) == 1 else 2) for dose in doses)
    chains = [chain_of(names, each) for each in product(*nodes)]
    count = len(space.source)
    space.cache.fill(chains, count)
    rows = np.stack([space.rows(chain, count) for chain in chains])
    return Option(names=tuple(names), nodes=nodes, rows=rows.reshape(*map(len, nodes), *rows.shape[1:]))


def _nodes(dose: float, reach: float, count: int) -> Array:
    """So many doses about one, kept between 0 and 1."""
    middle = min(max(dose, reach), 1 - reach)
    return np.round(np.linspace(middle - reach, middle + reach, count), 3)


def _inside(best: Sequence[float], nodes: Sequence[Array]) -> bool:
    """Whether each dose lies between the outer ones, or at an end of the dial."""
    return all(ends[0] < dose < ends[-1] or dose in {0.0, 1.0} for dose, ends in zip(best, nodes, strict=True))
