"""Trainings that went astray: which ones, how many an arm must be expected to have, and words that hang on them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.binomial import clopper_pearson
from shiftprobe.metrics.checks import InputError
from shiftprobe.stats.arms import ArmsCompared

MIN_SEEDS = 3  # seeds; of two nobody can say which one went astray
FLOOR = 0.12  # below the median of the arm's seeds: a gap that no healthy seeds have, with a sd of up to 5 points
SUPPORTED = 0.06  # where the training loss or the commonest class says the same
SPREADS = 3.0  # standard deviations of the other seeds
LOSS = 3.0  # times the median final loss of the other seeds


@dataclass(frozen=True, slots=True)
class AstrayShare:
    """How many trainings of an arm went astray: a share with its exact 95 % interval."""

    count: int
    n: int
    low: float
    high: float


def astray(
    accuracies: ArrayLike, *, losses: Sequence[float | None] = (), majority: float | None = None
) -> NDArray[np.bool_]:
    """Which trainings of one arm went astray, where its seeds differ in nothing but their draws.

    A training is astray when its accuracy lies far below the median of the seeds: by more than 3 standard deviations
    of the seeds that do not lie so far below, and by 12 points, or by 6 where its final training loss is 3 times the
    median of the others or where it does not beat the commonest class and the median does. Fewer than three seeds tell
    nothing, and where most seeds fail together that is no accident (docs/statistics.md, simulations).

    Args:
        accuracies: (S,) test or validation accuracy of each seed, fractions.
        losses: (S,) training loss of each after its last epoch; none, or None for a seed, where it is not known.
        majority: share of the commonest class; None where it is not known.

    Returns:
        (S,) booleans.

    Raises:
        InputError: when there is no seed, an accuracy is not finite, or losses do not fit.
    """
    values = np.asarray(accuracies, dtype=np.float64)
    if values.ndim != 1 or values.size == 0 or not np.isfinite(values).all():
        raise InputError(f"one accuracy per seed is needed, got {values.tolist()}")
    if losses and len(losses) != len(values):
        raise InputError(f"losses need one number per seed, got {len(losses)} for {len(values)} seeds")
    if len(values) < MIN_SEEDS:
        return np.zeros(len(values), dtype=bool)
    below = np.median(values) - values
    supported = _high_loss(losses) if losses else np.zeros(len(values), dtype=bool)
    if majority is not None and np.median(values) > majority + SUPPORTED:
        supported = supported | (values <= majority)
    far = below > np.where(supported, SUPPORTED, FLOOR)
    rest = values[~far]
    spread = float(rest.std(ddof=1)) if len(rest) > 1 else 0.0
    return np.asarray(far & (below > SPREADS * spread))


def _high_loss(losses: Sequence[float | None]) -> NDArray[np.bool_]:
    """Whose final loss is far above that of the other seeds."""
    found = []
    for place, loss in enumerate(losses):
        others = [one for other, one in enumerate(losses) if other != place and one is not None]
        found.append(loss is not None and bool(others) and loss > LOSS * float(np.median(others)))
    return np.array(found)


def astray_share(count: int, n: int) -> AstrayShare:
    """How often trainings of this kind go astray, with the exact interval: 0 of 3 leave up to 71 %.

    Args:
        count: trainings that did.
        n: trainings in all.

    Raises:
        InputError: when count is not within 0 and n, or n is not above 0.

    Reference: Clopper and Pearson, 1934, Biometrika 26(4).
    """
    low, high = clopper_pearson(count, n)
    return AstrayShare(count, n, low, high)


def agreed(sound: ArmsCompared, every: ArmsCompared, count: int) -> ArmsCompared:
    """The comparison of the trainings that did not go astray; without a word where it hangs on leaving the others out.

    Args:
        sound: without the trainings that went astray.
        every: with all of them.
        count: how many went astray.
    """
    if sound.verdict == every.verdict:
        return sound
    them = f"{count} training that went astray" if count == 1 else f"{count} trainings that went astray"
    it = "it" if count == 1 else "them"
    return replace(
        sound,
        verdict="inconclusive",
        open="astray",
        p=_larger(sound.p, every.p),
        p_equivalence=_larger(sound.p_equivalence, every.p_equivalence),
        reason=f"the word hangs on {them}: without {it} {sound.verdict}, with {it} {every.verdict}",
    )


def _larger(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else max(one, other)
