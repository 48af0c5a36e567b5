"""Two families at once, in either order: a coarse look at pairs of kinds, then at families, then all images."""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.monitor import Monitor
from shiftprobe.locate.fine import refined
from shiftprobe.locate.fit_space import FitSpace, Option, chain_of
from shiftprobe.locate.nearest_dose import nearest_on_track
from shiftprobe.locate.shift_kinds import kind_of
from shiftprobe.locate.singles import GRID, Single

Array = NDArray[np.float64]
Pair = tuple[str, str]  # in the order applied

COARSE_IMAGES = 32  # images in the coarse look at a pair
NODES = (0.3, 0.8)  # doses at which two shifts are really applied together
STEPS = np.linspace(0, 1, 17)  # doses between which the surrogate chooses
KINDS = 40  # pairs of kinds looked at
KEPT = 6  # pairs in whose kinds every family is tried
FINALISTS = 4  # pairs looked at with all images
COARSE = (0.2, 0.5, 0.8)  # doses at which a family is tried in another's place
SWAPS = 3  # pairs of those looked at with all images


class PairGuess(NamedTuple):
    """A pair with the distance and doses that the surrogate gives it."""

    distance: float
    pair: Pair
    doses: tuple[float, float]


def doubles(space: FitSpace, found: Sequence[Single], monitor: Monitor | None = None) -> list[Option]:
    """The nearest pairs of families of different kinds, with all images about their best doses, nearest first."""
    tracks = {single.name: single.means for single in found}
    pairs = _of_different_kinds(space, tracks)
    guesses = _look(space, tracks, [p for pair in pairs for p in (pair, pair[::-1])], "pairs of shifts", monitor)
    wider = [pair for guess in guesses[:KEPT] for pair in _relatives(guess.pair, tracks)]
    seen = {guess.pair for guess in guesses}
    more = _look(space, tracks, [p for p in dict.fromkeys(wider) if p not in seen], "their relatives", monitor)
    return _fitted(space, sorted(guesses + more)[:FINALISTS], "nearest pairs", monitor)


def swapped(space: FitSpace, best: Option, names: Sequence[str], monitor: Monitor | None = None) -> list[Option]:
    """The nearest pairs in which any family takes the place of one of the best pair, the other kept at its dose."""
    (first, second), (a, b) = best.names, best.best(space)[1]
    others = [name for name in names if name not in best.names]
    ways: list[tuple[Pair, tuple[float | None, float | None]]] = [((name, second), (None, b)) for name in others]
    ways += [((first, name), (a, None)) for name in others]
    chains = {(pair, dose): chain_of(pair, _filled(kept, dose)) for pair, kept in ways for dose in COARSE}
    if monitor:
        monitor.begin("other families in a pair", len(chains))
    space.cache.fill(chains.values(), COARSE_IMAGES, monitor)
    target, doses = space.target.mean(0)[None], np.array(COARSE)
    guesses = []
    for pair, kept in ways:
        means = np.stack([space.mean(chains[pair, dose], COARSE_IMAGES) for dose in COARSE])
        found = nearest_on_track(doses, means[None], target)
        guesses.append(PairGuess(float(found.distance[0]), pair, _filled(kept, float(found.place[0]))))
    return _fitted(space, sorted(guesses)[:SWAPS], "nearest of these", monitor)


def _filled(kept: tuple[float | None, float | None], dose: float) -> tuple[float, float]:
    """Both doses, the missing one filled in."""
    first, second = kept
    return dose if first is None else first, dose if second is None else second


def _fitted(space: FitSpace, guesses: Sequence[PairGuess], what: str, monitor: Monitor | None) -> list[Option]:
    """Each pair with all images about its best doses, nearest first."""
    if monitor:
        monitor.begin(what, len(guesses))
    options = []
    for guess in guesses:
        options.append(refined(space, guess.pair, guess.doses))
        if monitor:
            monitor.step()
    return sorted(options, key=lambda option: option.best(space)[0])


def _of_different_kinds(space: FitSpace, tracks: dict[str, Array]) -> list[Pair]:
    """For every two kinds the two families that come nearest if their effects simply add up; nearest first."""
    names = list(tracks)
    zero, away = space.source.mean(0), (space.target - space.source.mean(0)).mean(0)
    moves = np.stack([_between(tracks[name])[1:] - zero for name in names])  # (F, 16, D)
    flat = moves.reshape(-1, moves.shape[2])
    products, towards = flat @ flat.T, flat @ away
    lengths = np.diag(products) - 2 * towards
    both = (lengths[:, None] + lengths + 2 * products).reshape(len(names), moves.shape[1], len(names), -1)
    least = both.min((1, 3))  # (F, F), less the squared distance of the target
    best: dict[Pair, tuple[float, Pair]] = {}
    for i, j in zip(*np.triu_indices(len(names), 1), strict=True):
        first, second = kind_of(names[i]), kind_of(names[j])
        key = (min(first, second), max(first, second))
        if first != second and (key not in best or least[i, j] < best[key][0]):
            best[key] = (float(least[i, j]), (names[i], names[j]))
    return [pair for _, pair in sorted(best.values())[:KINDS]]


def _between(means: Array) -> Array:
    """A track (9, D) at the surrogate's 17 doses."""
    at = STEPS * len(GRID)
    low = np.minimum(at.astype(int), len(GRID) - 1)
    between: Array = means[low] + (at - low)[:, None] * (means[low + 1] - means[low])
    return between


def _look(
    space: FitSpace, tracks: dict[str, Array], pairs: list[Pair], what: str, monitor: Monitor | None
) -> list[PairGuess]:
    chains = [chain_of(pair, doses) for pair in pairs for doses in product(NODES, NODES)]
    if monitor:
        monitor.begin(what, len(chains))
    space.cache.fill(chains, COARSE_IMAGES, monitor)
    return sorted(_guess(space, tracks, pair) for pair in pairs)


def _guess(space: FitSpace, tracks: dict[str, Array], pair: Pair) -> PairGuess:
    """The best doses on a surrogate: the two effects added up, and between the nodes what each did to the other's."""
    zero = space.source.mean(0)
    first, second = (_between(tracks[name]) - zero for name in pair)
    weights = _weights()
    at = [int(np.abs(STEPS - node).argmin()) for node in NODES]
    real = np.stack([space.mean(chain_of(pair, doses), COARSE_IMAGES) - zero for doses in product(NODES, NODES)])
    extra = real.reshape(len(NODES), len(NODES), -1) - first[at][:, None] - second[at]
    means = first[:, None] + second[None] + np.einsum("is,jt,ijd->std", weights, weights, extra, optimize=True)
    left = ((space.target.mean(0) - zero - means) ** 2).sum(2)
    i, j = np.unravel_index(left.argmin(), left.shape)
    return PairGuess(float(left[i, j]), pair, (float(STEPS[i]), float(STEPS[j])))


def _weights() -> Array:
    """How much each node counts at each dose (2, 17): nothing at 0, linear between."""
    return np.stack([np.interp(STEPS, (0, *NODES), row) for row in ((0, 1, 0), (0, 0, 1))])


def _relatives(pair: Pair, names: dict[str, Array]) -> list[Pair]:
    """The pairs in which one of the two is replaced by a family of its kind."""
    firsts = [(name, pair[1]) for name in names if kind_of(name) == kind_of(pair[0])]
    return firsts + [(pair[0], name) for name in names if kind_of(name) == kind_of(pair[1])]
