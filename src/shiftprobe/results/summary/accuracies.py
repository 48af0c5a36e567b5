"""Test accuracy of every arm, seed by seed, and a point per condition."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shiftprobe.core.types import Condition, Row
from shiftprobe.results.model import ArmPoint
from shiftprobe.stats import summarize, wilson

PAIR = ("transfer", "scratch")


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

    @property
    def empty(self) -> bool:
        """Whether no row has a value."""
        return not any(row.value is not None for seeds in self.values.values() for row in seeds.values())

    def shared(self, condition: Condition, budget: int) -> dict[int, tuple[float, float]]:
        """Both arms' accuracies for every seed that has both: {seed: (transfer, scratch)}."""
        ours, theirs = (self.values.get(ArmPlace(condition, budget, arm), {}) for arm in PAIR)
        pairs = {seed: (ours[seed].value, theirs[seed].value) for seed in ours if seed in theirs}
        return {
            seed: (a, b)
            for seed, (a, b) in sorted(pairs.items(), key=lambda item: item[0] or 0)
            if seed is not None and a is not None and b is not None
        }

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
