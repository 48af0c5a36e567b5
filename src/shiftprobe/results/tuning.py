"""What tuning found, as types, and the choice: a pure function of scores on validation parts.

The choice is given `SeedScores` alone, which hold nothing of the test images. What the trials' networks answered on
those is kept apart (`RunDir.trial_answers`), is never read before every choice is made, and describes.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from shiftprobe.core.types import IDENTITY, Condition
from shiftprobe.spec.tuning import Trial, Value

FLOORS: Mapping[str, float] = {"layer_decay": 1.0}  # ends of what a part can be, beside 0: nothing lies beyond them


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialScore:
    """One trial with one seed: after its last epoch, on each fold of images that did not train it."""

    values: Trial
    accuracies: tuple[float, ...] = ()  # fractions, one per fold
    losses: tuple[float | None, ...] = ()  # nats; None where it is no number
    failed: str = ""  # why there is no score


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedScores:
    """All trials of an arm with one seed; `scores.json` of a folder of trials."""

    trials: tuple[TrialScore, ...]
    images: int  # that judged each trial, over all folds
    folds: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedTrial:
    """One trial over seeds: the mean of its accuracies on validation parts."""

    values: Trial
    accuracy: float | None = None  # fraction; None where it failed with every seed
    loss: float | None = None  # nats
    by_seed: tuple[float | None, ...] = ()
    failed: int = 0  # seeds
    reason: str = ""  # of the first failure


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
    differences: tuple[TrialDifference, ...] = field(default=())


def choose(scores: Sequence[SeedScores]) -> int:
    """The trial with the highest mean accuracy over seeds, then the lowest mean loss, then the first.

    A seed's accuracy is the mean over its folds. A trial that failed with a seed stands behind all that failed with
    fewer, whatever the other seeds say: a recipe that diverges now and then is none.

    Args:
        scores: one entry per seed, each with the same trials in the same order.

    Returns:
        Its place among the trials, from 0.

    Raises:
        ValueError: when there is no seed, or seeds hold other trials than each other.
    """
    tried = over_seeds(scores)
    return min(range(len(tried)), key=lambda i: (tried[i].failed, -_known(tried[i].accuracy), _loss(tried[i]), i))


def over_seeds(scores: Sequence[SeedScores]) -> tuple[TriedTrial, ...]:
    """Every trial over seeds.

    Raises:
        ValueError: when there is no seed, or seeds hold other trials than each other.
    """
    values = {tuple(tuple(sorted(one.values.items())) for one in seed.trials) for seed in scores}
    if len(values) != 1 or not scores[0].trials:
        raise ValueError(f"a choice needs the same trials of every seed, got {len(values)} lists of them")
    return tuple(_over_seeds([seed.trials[i] for seed in scores]) for i in range(len(scores[0].trials)))


def _over_seeds(trial: Sequence[TrialScore]) -> TriedTrial:
    by_seed = tuple(None if one.failed or not one.accuracies else fmean(one.accuracies) for one in trial)
    losses = [fmean(filter_known(one.losses)) for one in trial if not one.failed and filter_known(one.losses)]
    known = filter_known(by_seed)
    return TriedTrial(
        values=trial[0].values,
        accuracy=fmean(known) if known else None,
        loss=fmean(losses) if len(losses) == len(known) and losses else None,
        by_seed=by_seed,
        failed=len(by_seed) - len(known),
        reason=next((one.failed for one in trial if one.failed), ""),
    )


def filter_known(values: Sequence[float | None]) -> list[float]:
    """The numbers among them."""
    return [one for one in values if one is not None]


def _known(accuracy: float | None) -> float:
    return -1.0 if accuracy is None else accuracy


def _loss(trial: TriedTrial) -> float:
    return math.inf if trial.loss is None else trial.loss


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
