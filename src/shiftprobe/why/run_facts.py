"""A run's rows and summary, asked in the words of the rules."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from shiftprobe.core.types import Row
from shiftprobe.stats import Comparison, compare_paired

Place = tuple[str, float]  # shift, severity
What = tuple[str, str]  # probe, metric
Address = tuple[str, str, Place, str, str, str]  # probe, metric, place, arm, tap, versus

HOME: Place = ("identity", 0.0)
PAIR = ("transfer", "scratch")
TOP1: What = ("accuracy", "top1")
_EARLY = re.compile(r"(\w+) in \d+ of \d+ trainings with ([\d,]+) labels")


@dataclass(frozen=True, slots=True)
class Number:
    """A mean over rows (seeds, where there are any), the mean of their intervals' ends, and the rows."""

    value: float
    low: float
    high: float
    n: int  # images
    rows: tuple[Row, ...]

    @property
    def seeds(self) -> tuple[float, float]:
        """The smallest and the largest seed."""
        values = [row.value for row in self.rows if row.value is not None]
        return min(values), max(values)


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What the rules may look at.

    Args:
        summary: `summary.json` as plain data.
        by: the rows with a value, by address.
    """

    summary: Mapping[str, Any]
    by: Mapping[Address, Sequence[Row]]

    @classmethod
    def of(cls, rows: Sequence[Row], summary: Mapping[str, Any]) -> "RunFacts":
        """Index the rows once."""
        found: dict[Address, list[Row]] = {}
        for row in rows:
            if row.value is not None:
                place = (row.cell.shift, row.cell.severity)
                found.setdefault((row.probe, row.metric, place, row.arm, row.tap, row.versus), []).append(row)
        return cls(summary, found)

    @property
    def budget(self) -> int:
        """The largest label budget: where the verdict is spoken."""
        return int(max(self.summary["budgets"]))

    @property
    def margin(self) -> float:
        """Within which two arms count as equal."""
        return float(self.summary["margin"])

    @property
    def places(self) -> list[Place]:
        """Every dose of the run, the unshifted target first."""
        doses = [dose for dose in self.summary["severities"] if dose > 0]
        return [HOME, *((shift, dose) for shift in self.summary["shifts"] for dose in doses)]

    @property
    def word(self) -> str:
        """The run's verdict."""
        return str(self.summary["verdict"]["word"])

    @property
    def taps(self) -> list[str]:
        """Taps in depth order."""
        return list(self.summary["taps"])

    @property
    def deep(self) -> list[str]:
        """The deeper half of the taps: shallow ones are alike in any two networks."""
        return self.taps[len(self.taps) // 2 :]

    @property
    def classes(self) -> int:
        """Classes of the target; at least one."""
        data = self.summary["data"].get("target") or {}
        return max(1, len(data.get("classes", ())))

    @property
    def early(self) -> set[tuple[str, int]]:
        """Arm and budget of the trainings that the summary calls not converged."""
        told = _EARLY.findall(self.summary["training"]["schedule"])
        return {(arm, int(budget.replace(",", ""))) for arm, budget in told}

    def number(self, what: What, place: Place, arm: str, tap: str = "", versus: str = "") -> Number | None:
        """One measure at one place, at the largest budget where budgets matter, averaged over seeds.

        Args:
            what: probe and metric.
            place: shift and severity.
            arm: whose.
            tap: where in the network; empty for the whole.
            versus: against what.
        """
        mine = [
            row
            for row in self.by.get((*what, place, arm, tap, versus), ())
            if row.cell.budget in {None, self.budget} and row.value is not None
        ]
        values = [row.value for row in mine if row.value is not None]
        if not values:
            return None
        lows = [value if row.low is None else row.low for row, value in zip(mine, values, strict=True)]
        highs = [value if row.high is None else row.high for row, value in zip(mine, values, strict=True)]
        return Number(fmean(values), fmean(lows), fmean(highs), min(row.n or 0 for row in mine), tuple(mine))

    def accuracy(self, arm: str, place: Place, budget: int | None = None) -> Mapping[str, Any] | None:
        """An arm's point, at the largest budget or another; None where it has no value."""
        wanted = {None, self.budget if budget is None else budget}
        for point in self.summary["points"]:
            here = (point["shift"], point["severity"]) == place and point["arm"] == arm
            if here and point["budget"] in wanted and point["mean"] is not None:
                return dict(point)
        return None

    def contrast(self, place: Place, budget: int | None = None) -> Mapping[str, Any] | None:
        """Transfer against scratch at one place; None where it has no value."""
        wanted = self.budget if budget is None else budget
        for one in self.summary["contrasts"]:
            if (one["shift"], one["severity"], one["budget"]) == (*place, wanted) and one["difference"] is not None:
                return dict(one)
        return None

    def between(self, ours: str, theirs: str, place: Place) -> Comparison | None:
        """Two arms over the seeds that both have, at the largest budget; None for fewer than two, or unpaired arms."""
        if "not paired" in self.summary["pairing"]:
            return None
        a, b = (self._by_seed(arm, place) for arm in (ours, theirs))
        shared = sorted(a.keys() & b.keys())
        if len(shared) < 2:  # noqa: PLR2004 - one seed has no spread
            return None
        return compare_paired([a[seed] for seed in shared], [b[seed] for seed in shared], self.margin)

    def _by_seed(self, arm: str, place: Place) -> dict[int, float]:
        rows = self.by.get((*TOP1, place, arm, "", ""), ())
        mine = [(row.cell.seed, row.value) for row in rows if row.cell.budget == self.budget]
        return {seed: value for seed, value in mine if seed is not None and value is not None}

    def has(self, what: What) -> bool:
        """Whether a measure left anything with a value."""
        return any(address[:2] == what for address in self.by)


def where(place: Place) -> str:
    """A dose as one says it."""
    shift, severity = place
    return "on the unshifted target" if severity == 0 else f"at {shift} {severity:g}"
