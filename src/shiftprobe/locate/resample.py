"""How sure a fit is: images of both sets drawn again, statistics already computed."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.seeding import generator
from shiftprobe.locate.fit_space import FitSpace, Option
from shiftprobe.locate.location import Choice
from shiftprobe.locate.shift_kinds import kind_of

Array = NDArray[np.float64]

RESAMPLES = 200
TAILS = (0.025, 0.975)
ROUGH = 0.03  # added to both sides of a dose's interval: what resampling does not see (docs/locate.md, calibration)


class Sureness(NamedTuple):
    """95 % intervals and what was chosen how often."""

    doses: tuple[tuple[float, float], ...]  # of the best option
    explained: tuple[float, float]
    families: tuple[Choice, ...]
    kinds: tuple[Choice, ...]


def resampled(space: FitSpace, options: Sequence[Option], left: Array, seed: int) -> Sureness:
    """The first option's intervals, and how often each option, refitted, comes nearest.

    Args:
        space: where the fit took place.
        options: the nearest combinations, the chosen one first.
        left: the rows (N, D) of the source under the chosen one.
        seed: of the draws.
    """
    rng = generator(seed, "locate", "resamples")
    weights, theirs = _weights(rng, len(space.source)), _weights(rng, len(space.target))
    targets = theirs @ space.target
    fits = [option.nearest(weights, targets) for option in options]
    # a resample's distance holds the noise twice: once of the images, once of drawing them again
    before = ((weights @ space.source - targets) ** 2).sum(1) - 2 * space.noise(space.source).sum()
    after = fits[0].distance - 2 * space.noise(left).sum()
    part = np.clip(1 - after / np.maximum(before, 1e-9), 0, 1)
    winners = [options[index] for index in np.stack([fit.distance for fit in fits]).argmin(0)]
    return Sureness(
        doses=tuple(_rough(*_interval(doses)) for doses in fits[0].place.T),
        explained=_interval(part),
        families=_choices(winners, str),
        kinds=_choices(winners, kind_of),
    )


def _weights(rng: np.random.Generator, count: int) -> Array:
    return np.asarray(rng.multinomial(count, np.full(count, 1 / count), RESAMPLES) / count)


def _interval(values: Array) -> tuple[float, float]:
    low, high = np.quantile(values, TAILS)
    return float(low), float(high)


def _rough(low: float, high: float) -> tuple[float, float]:
    return max(low - ROUGH, 0.0), min(high + ROUGH, 1.0)


def _choices(winners: Sequence[Option], word: Callable[[str], str]) -> tuple[Choice, ...]:
    """Shares of what won, most frequent first, whatever the order in which it is applied."""
    counts = Counter(tuple(sorted(map(word, option.names))) for option in winners)
    return tuple(Choice(names=names, share=count / len(winners)) for names, count in counts.most_common())
