"""A run's rows and summary, asked in the words of the rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from shiftprobe.stats import Comparison, compare_paired
from shiftprobe.types import Row

Place = tuple[str, float]  # shift, severity
HOME: Place = ("identity", 0.0)


@dataclass(frozen=True, slots=True)
class Number:
    """A mean over seeds with the widest interval its rows leave, and the rows."""

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
class Seen:
    """What the rules may look at.

    Args:
        rows: every row of the run.
        summary: `summary.json` as plain data.
        by: the rows with a value, by probe and metric.
    """

    rows: Sequence[Row]
    summary: Mapping[str, Any]
    by: Mapping[tuple[str, str], Sequence[Row]]

    @classmethod
    def of(cls, rows: Sequence[Row], summary: Mapping[str, Any]) -> "Seen":
        """Index the rows once."""
        found: dict[tuple[str, str], list[Row]] = {}
        for row in rows:
            if row.value is not None:
                found.setdefault((row.probe, row.metric), []).append(row)
        return cls(rows, summary, found)

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

    def number(self, what: tuple[str, str], place: Place, arm: str, tap: str = "", versus: str = "") -> Number | None:
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
            for row in self.by.get(what, ())
            if (row.cell.shift, row.cell.severity) == place
            and row.cell.budget in {None, self.budget}
            and (row.arm, row.tap, row.versus) == (arm, tap, versus)
        ]
        values = [row.value for row in mine if row.value is not None]
        if not values:
            return None
        lows = [row.low if row.low is not None else row.value for row in mine]
        highs = [row.high if row.high is not None else row.value for row in mine]
        low, high = fmean(x for x in lows if x is not None), fmean(x for x in highs if x is not None)
        return Number(fmean(values), low, high, min(row.n or 0 for row in mine), tuple(mine))

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
        """Two arms, seed by seed; None unless both have every seed and there are two."""
        a, b = self.accuracy(ours, place), self.accuracy(theirs, place)
        if a is None or b is None or len(a["values"]) != len(b["values"]) or len(a["values"]) < 2:  # noqa: PLR2004
            return None
        return compare_paired(a["values"], b["values"], self.margin)

    def has(self, probe: str) -> bool:
        """Whether a probe left anything with a value."""
        return any(name == probe for name, _ in self.by)


def where(place: Place) -> str:
    """A dose as one says it."""
    shift, severity = place
    return "on the unshifted target" if severity == 0 else f"at {shift} {severity:g}"
