"""What tuning found: every arm's trials with the chosen one, and every trial on the test images as a description."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shiftprobe.core.types import IDENTITY, Condition
from shiftprobe.results.trial_scores import SeedScores, TriedTrial, choose, over_seeds
from shiftprobe.spec.tuning import Value

FLOORS: Mapping[str, float] = {"layer_decay": 1.0}  # ends of what a part can be, beside 0: nothing lies beyond them


@dataclass(frozen=True, slots=True, kw_only=True)
class AtEdge:
    """A part whose chosen value has no trial beyond it."""

    part: str
    value: float
    highest: bool  # else the lowest


@dataclass(frozen=True, slots=True, kw_only=True)
class TunedArm:
    """All trials of an arm in one condition at one budget, and the one that is trained."""

    arm: str
    shift: str = IDENTITY
    severity: float = 0.0
    budget: int | None = None
    trials: tuple[TriedTrial, ...]
    chosen: int  # its place among the trials, from 0
    edges: tuple[AtEdge, ...] = ()
    images: int = 0  # that judged each trial, with the seed that had fewest
    folds: int = 1
    seeds: int = 0

    def __post_init__(self) -> None:
        """Refuse what no tuning leaves: anybody may have written a folder.

        Raises:
            ValueError: when nothing was chosen among the trials, they set different parts, or an accuracy is none.
        """
        if not 0 <= self.chosen < len(self.trials):
            raise ValueError(f"wanted one of {len(self.trials)} trials to be chosen, got {self.chosen}")
        if any(set(one.values) != set(self.trials[0].values) for one in self.trials):
            raise ValueError("wanted trials that set the same parts, got different ones")
        if any(one.accuracy is not None and not 0 <= one.accuracy <= 1 for one in self.trials):
            raise ValueError("wanted accuracies from 0 to 1, got another number")

    @property
    def condition(self) -> Condition:
        """What its images met."""
        return Condition(self.shift, self.severity)

    @property
    def best(self) -> TriedTrial:
        """The trial that is trained."""
        return self.trials[self.chosen]

    @property
    def error(self) -> float:
        """The standard error of the chosen accuracy over the images that judged it, a fraction.

        Images that judged with several seeds count each time, so it is rather too small.
        """
        p = self.best.accuracy or 0.0
        return math.sqrt(p * (1 - p) / max(1, self.images * self.seeds))

    @property
    def near(self) -> int:
        """How many other trials lie within one standard error of the chosen one: how flat the optimum is."""
        return sum(self._behind(one) <= self.error for one in self.trials) - 1

    @property
    def range(self) -> float | None:
        """Accuracy of the best trial less that of the worst that has one, a fraction; None where only one has."""
        known = [one.accuracy for one in self.trials if one.accuracy is not None]
        return max(known) - min(known) if len(known) > 1 else None

    def _behind(self, one: TriedTrial) -> float:
        if one is self.best:
            return 0.0
        if one.accuracy is None or one.failed or self.best.accuracy is None:
            return math.inf
        return self.best.accuracy - one.accuracy


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialDifference:
    """Two arms after one and the same trial, on the test images: a - b, fractions. It describes and decides nothing."""

    a: str
    b: str
    trial: int  # its place among the trials, from 0
    shift: str = IDENTITY
    severity: float = 0.0
    budget: int | None = None
    difference: float | None = None
    low: float | None = None  # 95 % interval, seeds and test images together; over test images alone with one seed
    high: float | None = None
    n: int = 0  # seeds with which both arms have the trial
    images: int = 0

    @property
    def condition(self) -> Condition:
        """What its images met."""
        return Condition(self.shift, self.severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """Every arm's trials, and every pair of arms at every single trial."""

    arms: tuple[TunedArm, ...] = ()
    differences: tuple[TrialDifference, ...] = ()

    def __post_init__(self) -> None:
        """Refuse arms that tried different things: they would not stand side by side.

        Raises:
            ValueError: when their trials differ.
        """
        if any([t.values for t in one.trials] != [t.values for t in self.arms[0].trials] for one in self.arms):
            raise ValueError("wanted the same trials of every arm, got different ones")


def tuned(arm: str, condition: Condition, budget: int | None, scores: Sequence[SeedScores]) -> TunedArm:
    """An arm's trials over seeds, with the choice and what limits it.

    Raises:
        ValueError: when there is no seed, or seeds hold other trials than each other.
    """
    trials, chosen = over_seeds(scores), choose(scores)
    return TunedArm(
        arm=arm,
        shift=condition.shift,
        severity=condition.severity,
        budget=budget,
        trials=trials,
        chosen=chosen,
        edges=edges(trials, chosen),
        images=min(one.images for one in scores),
        folds=scores[0].folds,
        seeds=len(scores),
    )


def edges(trials: Sequence[TriedTrial], chosen: int) -> tuple[AtEdge, ...]:
    """The parts whose chosen number is the lowest or the highest that was tried, unless none can lie beyond it.

    A trial that failed counts as tried: a rate that diverges bounds the rates below it.
    """
    found = []
    for part, value in trials[chosen].values.items():
        tried = {number for one in trials if (number := _number(one.values[part])) is not None}
        here = _number(value)
        if here is None or len(tried) < 2 or here in {0.0, FLOORS.get(part)}:  # noqa: PLR2004 - a part that was not tried
            continue
        if here in {min(tried), max(tried)}:
            found.append(AtEdge(part=part, value=here, highest=here == max(tried)))
    return tuple(found)


def _number(value: Value) -> float | None:
    return None if isinstance(value, bool | str) else float(value)
