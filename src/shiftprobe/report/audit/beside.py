"""What an audit tried beside the checkpoint as it is: other preprocessings, repairs, an earlier checkpoint."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One other preprocessing, on the same images."""

    name: str
    accuracy: float | None = None
    gain: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocessing:
    """Every preprocessing that was tried."""

    tried: tuple[Tried, ...] = ()
    n: int | None = None
    best: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What was tried, and what it recovers; without a gain it was not tried, with the reason."""

    name: str
    title: str
    what: str = ""
    metric: str = "accuracy"
    before: float | None = None
    after: float | None = None
    gain: float | None = None  # positive is better
    low: float | None = None
    high: float | None = None
    n: int | None = None
    labels: int | None = 0
    reason: str | None = ""
    recovers: float | None = None
    recovers_low: float | None = None
    recovers_high: float | None = None
    on: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """How alike two maps of an image are, clean and shifted."""

    rank: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    sanity: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Whether the checkpoint looks at the same places under a shift."""

    shifts: Mapping[str, Ranked] = field(default_factory=dict)
    method: str = ""
    reason: str | None = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One class, ours minus the baseline's."""

    name: str
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """Ours against an earlier checkpoint on the same images."""

    baseline: str
    fingerprint: str = ""
    n: int
    ours: float
    theirs: float
    difference: float
    low: float | None = None
    high: float | None = None
    p: float | None = None
    only_ours: int
    only_theirs: int
    lost_images: int = 0
    per_class: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed:
    """An output that seems to stand for another class."""

    output: int
    called: str
    means: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The names of the outputs that would make most answers right."""

    moved: tuple[Renamed, ...] = ()
    before: float | None = None
    after: float | None = None
