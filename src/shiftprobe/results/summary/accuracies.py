"""Test accuracy of every arm, seed by seed, and a point per condition."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from statistics import fmean

from shiftprobe.core.types import Condition, Row
from shiftprobe.metrics.scores import SCORES, ScoreName
from shiftprobe.results.model import ArmPoint
from shiftprobe.stats import summarize, wilson

ArmPair = tuple[str, str]  # the first minus the second


@dataclass(frozen=True, slots=True)
class ArmPlace:
    """Where an arm was tested."""

    condition: Condition
    budget: int | None
    arm: str

    @property
    def order(self) -> tuple[str, float, int, str]:
        """Sorting key; an arm without labels comes first."""
        return (*self.condition.order, self.budget or 0, self.arm)


@dataclass(frozen=True, slots=True)
class Accuracies:
    """Test accuracy, or another score of which more is better, of every arm, seed by seed."""

    values: Mapping[ArmPlace, Mapping[int | None, Row]]
    score: ScoreName = "top1"

    @classmethod
    def of(cls, rows: Iterable[Row], score: ScoreName, *, at_best: bool = False) -> "Accuracies":
        """Pick the accuracy probe's rows of one score, by condition, budget and arm.

        Args:
            rows: of the run.
            score: where less is better, its sign is turned: minus `nll` is the log likelihood.
            at_best: after each training's best epoch; else after its last.
        """
        found: dict[ArmPlace, dict[int | None, Row]] = {}
        metric = f"{score}{'_best' if at_best else ''}"
        for row in rows:
            if row.metric == metric and row.probe == "accuracy":
                place = ArmPlace(row.cell.condition, row.cell.budget, row.arm)
                found.setdefault(place, {})[row.cell.seed] = row if SCORES[score].rises else _turned(row)
        return cls(found, score)

    def with_untrained(self, others: "Accuracies") -> "Accuracies":
        """The same with arms that have no budget, which no choice of an epoch moves, from another table."""
        still = {place: rows for place, rows in others.values.items() if place.budget is None}
        return Accuracies({**still, **self.values}, self.score)

    @property
    def empty(self) -> bool:
        """Whether no row has a value."""
        return not any(row.value is not None for seeds in self.values.values() for row in seeds.values())

    def shared(self, condition: Condition, budget: int, pair: ArmPair) -> dict[int, tuple[float, float]]:
        """Accuracies of a pair of arms for every seed that has both; an arm that no seed moves is the same in all."""
        trained = [self.values.get(ArmPlace(condition, budget, arm), {}) for arm in pair]
        seeds = sorted({seed for rows in trained for seed in rows if seed is not None})
        a, b = ([self._value(condition, budget, arm, seed) for seed in seeds] for arm in pair)
        both = zip(seeds, a, b, strict=True)
        return {seed: (ours, theirs) for seed, ours, theirs in both if ours is not None and theirs is not None}

    def still(self, condition: Condition, pair: ArmPair) -> tuple[float, float] | None:
        """Accuracies of two arms that no seed moves; None where one of them is not there."""
        rows = [self.values.get(ArmPlace(condition, None, arm), {}).get(None) for arm in pair]
        values = [row.value for row in rows if row is not None and row.value is not None]
        return (values[0], values[1]) if len(values) == len(pair) else None

    def _value(self, condition: Condition, budget: int, arm: str, seed: int) -> float | None:
        trained, still = (self.values.get(ArmPlace(condition, one, arm), {}) for one in (budget, None))
        row = trained.get(seed) or still.get(None)
        return None if row is None else row.value

    def points(self) -> tuple[ArmPoint, ...]:
        """One per arm and condition, sorted: mean and spread over seeds, and what the test images leave open."""
        places = sorted(self.values, key=lambda one: one.order)
        return tuple(_point(place, self.values[place], self.score) for place in places)


def _turned(row: Row) -> Row:
    value, low, high = (None if one is None else -one for one in (row.value, row.high, row.low))
    return replace(row, value=value, low=low, high=high)


def _ends(rows: Iterable[Row], mean: float, images: int, score: ScoreName) -> tuple[float | None, float | None]:
    """What the test images leave open of a mean over seeds: of a share of images exactly, else the seeds' mean ends."""
    if score == "top1":
        return wilson(round(mean * images), images)
    ends = [(row.low, row.high) for row in rows if row.value is not None]
    low, high = ([one for one in side if one is not None] for side in zip(*ends, strict=True))
    return (fmean(low), fmean(high)) if len(low) == len(high) == len(ends) else (None, None)


def _point(place: ArmPlace, seeds: Mapping[int | None, Row], score: ScoreName) -> ArmPoint:
    rows = [seeds[seed] for seed in sorted(seeds, key=lambda seed: -1 if seed is None else seed)]
    values = [row.value for row in rows if row.value is not None]
    lost = [f"seed {row.cell.seed}: {row.reason}" for row in rows if row.value is None]
    whole, images = summarize(values) if values else None, next((row.n for row in rows if row.n and values), None)
    low, high = _ends(rows, whole.mean, images, score) if whole and images else (None, None)
    flattered = f"n = {len(values)} of {len(rows)}; dropping seeds flatters ({lost[0]})" if lost else ""
    return ArmPoint(
        shift=place.condition.shift,
        severity=place.condition.severity,
        budget=place.budget,
        arm=place.arm,
        mean=whole.mean if whole else None,
        std=whole.std if whole else None,
        n=len(values),
        values=tuple(values),
        low=low,
        high=high,
        images=images,
        reason=flattered if values else lost[0],
        score=score,
    )
