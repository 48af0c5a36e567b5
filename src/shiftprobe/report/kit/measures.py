"""What probes found in the checkpoint, and what a severity of the run means."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shiftprobe.core.types import Condition

FITS = 14  # characters of a tap's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One row of `results.json`: what a probe found; 95 % interval, n images."""

    shift: str
    severity: float
    probe: str
    metric: str
    arm: str
    tap: str  # empty where it is not about one tap
    value: float | None
    reason: str
    low: float | None
    high: float | None
    n: int | None
    unit: str = "fraction"
    versus: str = ""
    budget: int | None = None
    seed: int | None = None

    @property
    def condition(self) -> Condition:
        """What its images met."""
        return Condition(self.shift, self.severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerMeasure:
    """One measure at one tap, averaged over the seeds that looked."""

    tap: str
    value: float | None
    reason: str = ""
    low: float | None = None  # smallest and largest seed; for one look its own 95 % interval
    high: float | None = None
    n: int | None = None  # images
    seeds: int = 1


ANSWERS = {"leep", "nce"}  # metrics of a network's answers
WHOLES = {"calibration", "attribution"}  # probes of a whole network, not of one tap


@dataclass(frozen=True, slots=True)
class LayerPlace:
    """Where a layer stands; `versus` is against whom."""

    probe: str
    metric: str
    arm: str
    versus: str
    tap: str
    condition: Condition


def layers(rows: Iterable[Measure], budget: int | None) -> dict[LayerPlace, LayerMeasure]:
    """Rows about single taps, and those of whole networks that stand beside them, as `averaged` gives them."""
    return averaged([row for row in rows if row.tap or row.probe in WHOLES or row.metric in ANSWERS], budget)


def averaged(rows: Iterable[Measure], budget: int | None) -> dict[LayerPlace, LayerMeasure]:
    """Rows by place, seeds of the largest budget averaged.

    Args:
        rows: of `results.json`.
        budget: the largest label budget; rows of trained networks at other budgets are left out.
    """
    groups: dict[LayerPlace, list[Measure]] = {}
    for row in rows:
        if row.budget in {None, budget}:
            place = LayerPlace(row.probe, row.metric, row.arm, row.versus, row.tap, row.condition)
            groups.setdefault(place, []).append(row)
    return {place: _averaged(found) for place, found in groups.items()}


def _averaged(rows: Sequence[Measure]) -> LayerMeasure:
    values = [row.value for row in rows if row.value is not None]
    first = rows[0]
    if not values:
        return LayerMeasure(tap=first.tap, value=None, reason=first.reason)
    mean = sum(values) / len(values)
    ends = (first.low, first.high) if len(values) == 1 else (min(*values, mean), max(*values, mean))
    return LayerMeasure(tap=first.tap, value=mean, low=ends[0], high=ends[1], n=first.n, seeds=len(values))


def short_names(taps: Sequence[str]) -> list[str]:
    """Names that fit beside a row: what all of them share is left out first, then the middle."""
    parts = [tap.split(".") for tap in taps]
    if max(map(len, taps), default=0) > FITS:
        head, shortest = _shared(parts), min(map(len, parts))
        tail = min(_shared([part[::-1] for part in parts]), shortest - head - 1)
        parts = [part[head : len(part) - max(tail, 0)] or part for part in parts]
    names = [".".join(part) for part in parts]
    return [name if len(name) <= FITS else f"{name[: FITS // 2 - 1]}…{name[-(FITS // 2) :]}" for name in names]


def _shared(parts: Sequence[Sequence[str]]) -> int:
    """How many leading parts all of them have in common."""
    alike = (len(set(column)) == 1 for column in zip(*parts, strict=False))
    return len(list(itertools.takewhile(bool, alike)))


CKA, NULL = "cka_debiased", "cka_between_seeds"


@dataclass(frozen=True, slots=True)
class DepthLine:
    """One measure along the depth: how it is drawn, what it is, where it stands in the table of rows."""

    shape: str
    kind: str  # class of the mark
    label: str
    what: tuple[str, str]  # probe and metric
    who: tuple[str, str]  # arm and against whom


BAND = DepthLine("square", "nullband", "scratch seeds among each other", ("null_band", NULL), ("scratch", "scratch"))
SIMILAR = (
    DepthLine("up", "reading arm2", "checkpoint: clean and shifted images", ("cka", CKA), ("source", "clean")),
    DepthLine("circle", "reading arm0", "transfer and the checkpoint", ("cka", CKA), ("transfer", "source")),
    DepthLine("square", "reading hollow arm1", "scratch and the checkpoint", ("cka", CKA), ("scratch", "source")),
    DepthLine("diamond", "reading arm4", "transfer and scratch", ("cka", CKA), ("transfer", "scratch")),
)
READ = tuple(
    DepthLine(shape, kind, label, ("linear", "probe_accuracy"), (arm, ""))
    for arm, shape, kind, label in (
        ("source", "up", "reading arm2", "checkpoint"),
        ("random", "square", "reading random", "never trained"),
        ("scratch", "square", "reading arm1", "scratch, trained"),
        ("transfer", "circle", "reading arm0", "transfer, trained"),
    )
)
