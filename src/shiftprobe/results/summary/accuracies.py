"""Test accuracy of every arm, seed by seed, and a point per condition."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shiftprobe.core.types import Condition, Row
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
    """Test accuracy of every arm, seed by seed."""

    values: Mapping[ArmPlace, Mapping[int | None, Row]]

    @classmethod
    def of(cls, rows: Iterable[Row], metric: str) -> "Accuracies":
        """Pick the accuracy probe's rows of one metric, by condition, budget and arm."""
        found: dict[ArmPlace, dict[int | None, Row]] = {}
        for row in rows:
            if row.probe == "accuracy" and row.metric == metric:
                place = ArmPlace(row.cell.condition, row.cell.budget, row.arm)
                found.setdefault(place, {})[row.cell.seed] = row
        return cls(found)

    def with_untrained(self, others: "Accuracies") -> "Accuracies":
        """The same with arms that have no budget, which no choice of an epoch moves, from another table."""
        still = {place: rows for place, rows in others.values.items() if place.budget is None}
        return Accuracies({**still, **self.values})

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
        return tuple(_point(place, self.values[place]) for place in sorted(self.values, key=lambda one: one.order))


def _point(place: ArmPlace, seeds: Mapping[int | None, Row]) -> ArmPoint:
    rows = [seeds[seed] for seed in sorted(seeds, key=lambda seed: -1 if seed is None else seed)]
    values = [row.value for row in rows if row.value is not None]
    lost = [f"seed {row.cell.seed}: {row.reason}" for row in rows if row.value is None]
    whole, images = summarize(values) if values else None, next((row.n for row in rows if row.n and values), None)
    low, high = wilson(round(whole.mean * images), images) if whole and images else (None, None)
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
    )
