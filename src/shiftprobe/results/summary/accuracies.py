"""Test accuracy of every arm, seed by seed, and a point per dose."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shiftprobe.core.types import Row
from shiftprobe.stats import summarize, wilson

PAIR = ("transfer", "scratch")
Place = tuple[str, float, int | None, str]  # shift, severity, budget, arm


@dataclass(frozen=True, slots=True)
class Accuracies:
    """Test accuracy of every arm, seed by seed."""

    values: Mapping[Place, Mapping[int | None, Row]]

    @classmethod
    def of(cls, rows: Iterable[Row], metric: str) -> "Accuracies":
        """Pick the accuracy probe's rows of one metric, by dose, budget and arm."""
        found: dict[Place, dict[int | None, Row]] = {}
        for row in rows:
            if row.probe == "accuracy" and row.metric == metric:
                place = (row.cell.shift, row.cell.severity, row.cell.budget, row.arm)
                found.setdefault(place, {})[row.cell.seed] = row
        return cls(found)

    @property
    def empty(self) -> bool:
        """Whether no row has a value."""
        return not any(row.value is not None for seeds in self.values.values() for row in seeds.values())

    def shared(self, shift: str, severity: float, budget: int) -> dict[int, tuple[float, float]]:
        """Both arms' accuracies for every seed that has both: {seed: (transfer, scratch)}."""
        ours, theirs = (self.values.get((shift, severity, budget, arm), {}) for arm in PAIR)
        pairs = {seed: (ours[seed].value, theirs[seed].value) for seed in ours if seed in theirs}
        return {
            seed: (a, b)
            for seed, (a, b) in sorted(pairs.items(), key=lambda item: item[0] or 0)
            if seed is not None and a is not None and b is not None
        }

    def points(self) -> list[dict[str, Any]]:
        """One per arm and dose, sorted: mean and spread over seeds, and what the test images leave open."""
        return [_point(place, seeds) for place, seeds in sorted(self.values.items(), key=_place)]


def _place(item: tuple[Place, Any]) -> tuple[str, float, int, str]:
    shift, severity, budget, arm = item[0]
    return shift, severity, budget or 0, arm


def _point(place: Place, seeds: Mapping[int | None, Row]) -> dict[str, Any]:
    shift, severity, budget, arm = place
    here = {"shift": shift, "severity": severity, "budget": budget, "arm": arm}
    rows = [seeds[seed] for seed in sorted(seeds, key=lambda seed: -1 if seed is None else seed)]
    values = [row.value for row in rows if row.value is not None]
    lost = [f"seed {row.cell.seed}: {row.reason}" for row in rows if row.value is None]
    reason = f"n = {len(values)} of {len(rows)}; dropping seeds flatters ({lost[0]})" if lost else ""
    if not values:
        gone: dict[str, Any] = dict.fromkeys(("mean", "std", "low", "high", "images"))
        return {**here, **gone, "n": 0, "values": [], "reason": lost[0]}
    whole, images = summarize(values), next((row.n for row in rows if row.n), None)
    low, high = wilson(round(whole.mean * images), images) if images else (None, None)
    numbers = {"mean": whole.mean, "std": whole.std, "n": whole.n, "values": values}
    return {**here, **numbers, "low": low, "high": high, "images": images, "reason": reason}
