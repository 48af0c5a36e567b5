"""Rows of intervals on one scale: the target, groups, other preprocessings, maps, classes against a baseline."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from shiftprobe.auditing.estimate.types import AccuracyEstimate
from shiftprobe.auditing.measurements import (
    ClassChange,
    GroupAccuracy,
    MapStability,
    PreprocessingTrials,
    TargetAccuracy,
)
from shiftprobe.auditing.model import Measurements
from shiftprobe.auditing.outputs import wording
from shiftprobe.auditing.types import Check
from shiftprobe.core.escape import escape
from shiftprobe.report.audit.marks import Ends, Span, scale_of, track

WHOLE: Ends = (0.0, 1.0)
MAX_NAME = 60
MAX_CLASSES = 60
METHODS = {  # by the names of auditing.estimate.methods
    "ATC": "share of images surer than a threshold (ATC)",
    "difference of confidences": "difference of mean confidences (DoC)",
    "COT": "confidence optimal transport (COT)",
    "COTT": "transported confidences above a threshold (COTT)",
    "nuclear norm": "nuclear norm of the predictions",
    "agreement with the baseline": "agreement with the baseline",
    "agreement": "agreement with a second readout",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalRow:
    """One line: a name, its numbers in words, its picture."""

    name: str
    amount: str
    figure: Markup | None = None
    small: tuple[str, ...] = ()
    bold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalRows:
    """Lines on one scale, with its ends in words."""

    rows: tuple[IntervalRow, ...]
    left: str
    right: str
    limit: str = ""


def share(value: float | None, low: float | None, high: float | None, n: int | None) -> str:
    """'31.2 % (28.2 to 34.2, n = 800)', or n/a."""
    return _amount(value, low, high, n, "fraction")


def gained(value: float | None, low: float | None, high: float | None, n: int | None) -> str:
    """'+5.7 points (+4.0 to +7.1, n = 256)', or n/a."""
    return _amount(value, low, high, n, "points")


def ratio(value: float | None, low: float | None, high: float | None) -> str:
    """'0.99 (0.98 to 0.995)', or n/a."""
    return _amount(value, low, high, None, "ratio")


def _amount(value: float | None, low: float | None, high: float | None, n: int | None, unit: str) -> str:
    if value is None:
        return "n/a"
    ends = [f"{wording.bare(low, unit)} to {wording.bare(high, unit)}"] if low is not None and high is not None else []
    behind = [*ends, *([f"n = {n:,}"] if n is not None else [])]
    return wording.number(value, unit) + (f" ({', '.join(behind)})" if behind else "")


def _rows(rows: Iterable[IntervalRow], ends: Ends, unit: str, limit: str = "") -> IntervalRows:
    left, right = (wording.number(end, unit).replace(".0 ", " ") for end in ends)
    return IntervalRows(rows=tuple(rows), left=left, right=right, limit=limit)


def target(shown: Measurements, wish: Check | None) -> IntervalRows | None:
    """The measured accuracy where there are labels, and every estimate beside it; None without either."""
    limit = _limit(wish)
    rows = [*_measured(shown.target, limit), *_estimates(shown.estimates, limit)]
    if not rows:
        return None
    return _rows(rows, WHOLE, "fraction", wording.wanted(wish) if wish and limit else "")


def _limit(wish: Check | None) -> tuple[str, float] | None:
    if wish is None or wish.threshold is None or not wish.relation or wish.unit != "fraction":
        return None
    return wish.relation, wish.threshold


def _measured(one: TargetAccuracy | None, limit: tuple[str, float] | None) -> list[IntervalRow]:
    if one is None:
        return []
    said = share(one.accuracy, one.low, one.high, one.n)
    span = Span(value=one.accuracy, low=one.low, high=one.high, kind="k-measured")
    name = "measured with labels" if one.asked is None else f"measured with a few labels, {one.method}"
    small = () if one.asked is None else (worth(one),)
    return [IntervalRow(name=name, amount=said, figure=track(span, WHOLE, said, limit), bold=True, small=small)]


def worth(one: TargetAccuracy) -> str:
    """What a few labels were worth."""
    if one.method == "prediction-powered" and one.effective is not None:
        return (
            f"{one.n or 0:,} labels did the work of {one.effective:,.0f}, by the confidence on {one.unlabelled:,} more"
        )
    return one.why


def _estimates(one: AccuracyEstimate | None, limit: tuple[str, float] | None) -> Iterable[IntervalRow]:
    if one is None:
        return
    level = f"{100 * one.confidence:.3g} % interval"
    if one.answered and one.value is not None:
        said = share(one.value, one.low, one.high, one.n)
        span = Span(value=one.value, low=one.low, high=one.high, kind="k-estimate")
        yield IntervalRow(
            name="estimated without labels, combined", amount=said, figure=track(span, WHOLE, said, limit), bold=True,
            small=(level,),
        )  # fmt: skip
    for method in one.methods:
        said = share(method.value, method.low, method.high, one.n)
        span = Span(value=method.value, low=method.low, high=method.high, kind="k-method")
        error = (
            () if method.error is None else (f"error on left-out shifts {wording.number(method.error, 'points')[1:]}",)
        )
        why = (method.reason or wording.NO_REASON,) if method.value is None else ()
        figure = None if method.value is None else track(span, WHOLE, said, limit)
        yield IntervalRow(
            name=METHODS.get(method.name, escape(method.name, MAX_NAME)), amount=said, figure=figure, small=error or why
        )


def groups(found: Sequence[GroupAccuracy], wish: Check | None) -> IntervalRows | None:
    """Accuracy of every domain of the labelled images, lowest first."""
    if not found:
        return None
    limit = _limit(wish)

    def row(one: GroupAccuracy) -> IntervalRow:
        said = share(one.accuracy, one.low, one.high, one.n)
        span = Span(value=one.accuracy, low=one.low, high=one.high, kind="k-measured")
        figure = None if one.accuracy is None else track(span, WHOLE, said, limit)
        return IntervalRow(name=escape(one.name, MAX_NAME), amount=said, figure=figure)

    ordered = sorted(found, key=lambda one: (one.accuracy is None, one.accuracy or 0.0, one.name))
    return _rows(map(row, ordered), WHOLE, "fraction", wording.wanted(wish) if wish and limit else "")


def preprocessing(found: PreprocessingTrials | None, wish: Check | None) -> IntervalRows | None:
    """What every other preprocessing would add, best first."""
    if found is None or not found.tried:
        return None
    limit = (wish.relation, wish.threshold) if wish and wish.relation and wish.threshold is not None else None
    ends = scale_of([end for one in found.tried for end in (one.gain, one.low, one.high, limit and limit[1])])
    rows = []
    for one in sorted(found.tried, key=lambda one: -(one.gain if one.gain is not None else -2.0)):
        said = gained(one.gain, one.low, one.high, found.n)
        span = Span(value=one.gain, low=one.low, high=one.high, kind="k-method")
        figure = None if one.gain is None else track(span, ends, said, limit)
        small = () if one.accuracy is None else (f"accuracy {wording.number(one.accuracy, 'fraction')}",)
        rows.append(
            IntervalRow(
                name=escape(one.name, MAX_NAME), amount=said, figure=figure, small=small, bold=one.name == found.best
            )
        )
    return _rows(rows, ends, "points", wording.wanted(wish) if wish and limit else "")


def changes(found: Sequence[ClassChange]) -> IntervalRows | None:
    """Ours minus the baseline's by class, largest loss first."""
    if not found:
        return None
    ends = scale_of([one.difference for one in found])
    rows = []
    for one in sorted(found, key=lambda one: one.difference)[:MAX_CLASSES]:
        said = gained(one.difference, None, None, one.n)
        span = Span(value=one.difference, kind="k-measured")
        rows.append(
            IntervalRow(name=escape(one.name, MAX_NAME), amount=said, figure=track(span, ends, said, ("at least", 0.0)))
        )
    return _rows(rows, ends, "points")


def attribution(found: Sequence[tuple[str, MapStability]], wish: Check | None) -> IntervalRows | None:
    """How alike the maps of an image are, clean and shifted; beside it the same of random weights."""
    if not found:
        return None
    ends = (min([-0.1, *(one.low for _, one in found if one.low is not None)]), 1.0)
    limit = (wish.relation, wish.threshold) if wish and wish.relation and wish.threshold is not None else None
    rows = []
    for shift, one in found:
        said = "n/a" if one.rank is None else _amount(one.rank, one.low, one.high, one.n, "ratio")
        small = () if one.sanity is None else (f"random weights {one.sanity:.2f}",)
        span = Span(value=one.rank, low=one.low, high=one.high, kind="k-method")
        rows.append(
            IntervalRow(name=escape(shift, MAX_NAME), amount=said, figure=track(span, ends, said, limit), small=small)
        )
    return _rows(rows, ends, "ratio", wording.wanted(wish) if wish and limit else "")
