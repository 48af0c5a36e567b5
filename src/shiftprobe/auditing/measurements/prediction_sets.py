"""Sets of classes that hold the right one as often as promised at home, and how often they do elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shiftprobe.auditing.measurements.dials import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeCoverage:
    """Sets of about one size."""

    least: int  # classes in such a set
    most: int | None  # None: without an end
    n: int
    coverage: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SetsOn:
    """The sets of one side's images; coverage is None where there are no labels."""

    coverage: float | None = None
    low: float | None = None
    high: float | None = None
    n: int
    size: float  # classes in a set, on average
    single: float  # share of sets of one class
    empty: float  # share of sets of none
    p_broken: float | None = None  # exact, against "the promise is kept"
    by_size: tuple[SizeCoverage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetsDial:
    """Coverage along one shift. Rows stand side by side, one entry per severity."""

    severities: tuple[float, ...]  # growing, 0 first
    coverage: Row = ()
    low: Row = ()
    high: Row = ()
    fitted: Row = ()  # monotone
    size: Row = ()  # classes in a set, on average
    n: int | None = None
    broken_from: float | None = None  # smallest severity from which on the promise is proven broken


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionSets:
    """Prediction sets calibrated at home, and their coverage at home, on the target and along shifts."""

    score: str  # "lac", "aps", "raps"
    promised: float  # coverage
    threshold: float  # score up to which a class is in the set, by all labelled images
    calibrated: int  # independent images that chose it
    home: SetsOn  # each half judged by the other's threshold
    target: SetsOn | None = None
    dials: Mapping[str, SetsDial] = field(default_factory=dict)  # by shift
