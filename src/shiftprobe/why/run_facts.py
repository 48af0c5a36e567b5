"""A run's rows and summary, asked in the words of the rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from shiftprobe.core.types import UNSHIFTED, Condition, Row
from shiftprobe.results.decision import Choice
from shiftprobe.results.model import Contrast, Converged, Headline, Summary, TrainingFacts, Verdict, Word, widest
from shiftprobe.stats import Verdict as Judgement
from shiftprobe.why.reached import Reached, reached

What = tuple[str, str]  # probe, metric
Address = tuple[str, str, Condition, str, str, str]  # probe, metric, place, arm, tap, versus

PAIR = ("transfer", "scratch")
TOP1: What = ("accuracy", "top1")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmDifference:
    """One arm minus another where both have a value, fractions; 95 % interval over n seeds and the test images."""

    difference: float
    low: float | None
    high: float | None
    n: int
    p_holm: float | None
    verdict: Judgement

    @property
    def interval(self) -> tuple[float, float] | None:
        """Both ends; None where there is no interval."""
        return None if self.low is None or self.high is None else (self.low, self.high)

    @property
    def turned(self) -> "ArmDifference":
        """The second minus the first."""
        opposite: Mapping[Judgement, Judgement] = {"better": "worse", "worse": "better"}
        low, high = (None, None) if self.interval is None else (-self.interval[1], -self.interval[0])
        verdict = opposite.get(self.verdict, self.verdict)
        return replace(self, difference=-self.difference, low=low, high=high, verdict=verdict)


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What the rules may look at.

    Args:
        summary: of the run.
        by: the rows with a value, by address.
    """

    summary: Summary
    by: Mapping[Address, Sequence[Row]]

    @classmethod
    def of(cls, rows: Sequence[Row], summary: Summary) -> "RunFacts":
        """Index the rows once."""
        found: dict[Address, list[Row]] = {}
        for row in rows:
            if row.value is not None:
                address = (row.probe, row.metric, row.cell.condition, row.arm, row.tap, row.versus)
                found.setdefault(address, []).append(row)
        return cls(summary, found)

    @property
    def budget(self) -> int:
        """The largest label budget: where the verdict is spoken."""
        return max(self.summary.budgets)

    @property
    def margin(self) -> float:
        """Within which two arms count as equal."""
        return self.summary.margin

    @property
    def places(self) -> list[Condition]:
        """Every condition of the run, the unshifted target first."""
        doses = [dose for dose in self.summary.severities if dose > 0]
        return [UNSHIFTED, *(Condition(shift, dose) for shift in self.summary.shifts for dose in doses)]

    def where(self, place: Condition) -> str:
        """A condition as one says it; a run without a shift has the target alone."""
        if place.severity > 0:
            return f"at {place.shift} {place.severity:g}"
        return "on the unshifted target" if self.summary.shifts else "on the target"

    @property
    def word(self) -> Word:
        """The run's word on transfer against scratch; none where that pair was not judged."""
        return self.verdict.word if self.verdict else "none"

    @property
    def verdict(self) -> Verdict | None:
        """The run's verdict on transfer against scratch; None where that pair was not judged."""
        judged = (*self.summary.verdicts, self.summary.verdict)
        return next((one for one in judged if one.pair == PAIR), None)

    @property
    def headline(self) -> Headline | None:
        """Transfer minus scratch over all conditions; None where it has no number."""
        return self.verdict.contrast if self.verdict else None

    @property
    def open_contrast(self) -> Headline | None:
        """The comparison that is open among the ways that are left; transfer against scratch where none is."""
        left = self.summary.decision.open if self.summary.decision else ()
        judged = (one for one in self.summary.verdicts if one.word == "inconclusive" and set(one.pair) <= set(left))
        return next((one.contrast for one in judged if one.contrast), self.headline)

    @property
    def choice(self) -> Choice:
        """What the run advises to do with the checkpoint."""
        return self.summary.decision.choice if self.summary.decision else "no_comparison"

    @property
    def taps(self) -> tuple[str, ...]:
        """Taps in depth order."""
        return self.summary.taps

    @property
    def deep(self) -> tuple[str, ...]:
        """The deeper half of the taps: shallow ones are alike in any two networks."""
        return self.taps[len(self.taps) // 2 :]

    @property
    def classes(self) -> int:
        """Classes of the target; at least one."""
        target = self.summary.data.target
        return max(1, len(target.classes) if target else 0)

    @property
    def source_classes(self) -> int:
        """Classes of the source; 0 where it is not known."""
        source = self.summary.data.source
        return len(source.classes) if source else 0

    @property
    def training(self) -> TrainingFacts:
        """How the arms were trained."""
        return self.summary.training or TrainingFacts()

    @property
    def gentler_rate(self) -> str:
        """A tenth of the smallest learning rate that was tried."""
        return f"{min(self.training.rates, default=1e-3) / 10:g}"

    @property
    def longer(self) -> int:
        """Epochs of a schedule that would show whether this one was too short."""
        return self.training.longer

    @property
    def lengthened(self) -> str:
        """The same as a key of the spec: epochs, or steps where that is how a recipe counts."""
        return self.training.lengthened

    @property
    def early(self) -> set[tuple[str, int]]:
        """Arm and budget of the trainings that stopped while their loss was falling."""
        return {(one.arm, one.budget) for one in self.training.early}

    @property
    def unfinished(self) -> list[Converged]:
        """The arms of the pair that were not trained out, at the largest budget."""
        here = (one for one in self.training.converged if one.arm in PAIR and one.budget == self.budget)
        return [one for one in here if not one.trained_out]

    def number(self, what: What, place: Condition, arm: str, tap: str = "", versus: str = "") -> Number | None:
        """One measure at one place, at the largest budget where budgets matter, averaged over seeds.

        Args:
            what: probe and metric.
            place: what the images met.
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

    def accuracy(self, arm: str, place: Condition, budget: int | None = None) -> Reached | None:
        """An arm's accuracy, whatever score is judged, at the largest budget or another; None where it has none."""
        wanted = {None, self.budget if budget is None else budget}
        if self.summary.metric != "top1":
            rows = self.by.get((*TOP1, place, arm, "", ""), ())
            return reached([row for row in rows if row.cell.budget in wanted])
        for one in self.summary.points:
            if (one.condition, one.arm) != (place, arm) or one.budget not in wanted:
                continue
            if one.mean is not None and one.low is not None and one.high is not None and one.images is not None:
                return Reached(mean=one.mean, low=one.low, high=one.high, images=one.images, values=one.values)
        return None

    def contrast(self, place: Condition, budget: int | None = None) -> ArmDifference | None:
        """Transfer against scratch at one place; None where it has no value."""
        wanted = self.budget if budget is None else budget
        ours = (one for one in self.summary.contrasts if (one.a, one.b) == PAIR)
        here = (one for one in ours if (one.condition, one.budget) == (place, wanted))
        return next((known for one in here if (known := _known(one)) is not None), None)

    def between(self, ours: str, theirs: str, place: Condition) -> ArmDifference | None:
        """Two arms at one place and the largest budget, as the summary judges them; None where it tells nothing."""
        judged = (*self.summary.contrasts, *self.summary.others) if self.summary.paired or self.summary.unshared else ()
        for one in judged:
            if one.condition != place or one.budget != self.budget or {one.a, one.b} != {ours, theirs} or one.n == 1:
                continue
            known = _known(one)
            return known if known is None or one.a == ours else known.turned
        return None

    def has(self, what: What) -> bool:
        """Whether a measure left anything with a value."""
        return any(address[:2] == what for address in self.by)


def _known(one: Contrast) -> ArmDifference | None:
    if one.difference is None:
        return None
    low, high = widest(one)
    return ArmDifference(difference=one.difference, low=low, high=high, n=one.n, p_holm=one.p_holm, verdict=one.verdict)
