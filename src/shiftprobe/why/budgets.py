"""Label budgets: a smaller one that can train, and by how much a gain falls from one to another, paired by seed."""

from math import hypot
from typing import NamedTuple

from shiftprobe.core.types import UNSHIFTED
from shiftprobe.results.model import Contrast
from shiftprobe.stats import compare_paired
from shiftprobe.why.run_facts import PAIR, RunFacts


class GainFall(NamedTuple):
    """The gain with few labels less the gain with many, a fraction, over n seeds that have both."""

    difference: float
    low: float | None  # 95 % interval over seeds, and over test images where both gains have one
    high: float | None
    n: int

    @property
    def shown(self) -> bool:
        """Whether the gain is shown to be smaller with many labels."""
        return self.low is not None and self.low > 0.0


def fewer_labels(run: RunFacts, part: int) -> int | None:
    """A part of the smallest budget that holds an image of each class; None where there is no smaller one."""
    smallest = min(run.summary.budgets)
    fewer = max(run.classes, smallest // part)
    return fewer if fewer < smallest else None


def fall(run: RunFacts) -> GainFall | None:
    """How much less transfer gains over scratch with the most labels than with the fewest, on the unshifted target.

    Each seed has one difference of its two gains, with a t interval. What test images leave open of a difference of two
    gains on the same images is at most the sum of what they leave open of either, whatever the two have in common
    (Cauchy and Schwarz); it is added in quadrature. None where no seed has both.
    """
    budgets = (min(run.summary.budgets), max(run.summary.budgets))
    few, many = (_contrast(run, budget) for budget in budgets)
    return None if few is None or many is None else _between(few, many)


def _contrast(run: RunFacts, budget: int) -> Contrast | None:
    here = (one for one in run.summary.contrasts if (one.condition, one.budget) == (UNSHIFTED, budget))
    return next((one for one in here if (one.a, one.b) == PAIR), None)


def _between(few: Contrast, many: Contrast) -> GainFall | None:
    gains = [{one.seed: one.difference for one in contrast.per_seed} for contrast in (few, many)]
    seeds = sorted(set(gains[0]) & set(gains[1]))
    if not seeds:
        return None
    found = compare_paired([gains[0][seed] for seed in seeds], [gains[1][seed] for seed in seeds])
    if found.interval is None:
        return GainFall(found.difference, None, None, len(seeds))
    half, images = (found.interval[1] - found.interval[0]) / 2.0, sum(map(_half, (few, many)))
    wide = hypot(half, images)
    return GainFall(found.difference, found.difference - wide, found.difference + wide, len(seeds))


def _half(one: Contrast) -> float:
    """Half of the interval over test images; 0 where there is none."""
    if one.image_low is None or one.image_high is None:
        return 0.0
    return (one.image_high - one.image_low) / 2.0
