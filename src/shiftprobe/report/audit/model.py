"""What an audit left, as nouns: fractions everywhere, None where there is no value."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shiftprobe.report.audit.beside import Attribution, Order, Preprocessing, Regression, Repair

Bin = tuple[float, float, float]
"""Of one bin of confidence: images, the sum of their confidence, how many of them are right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """Accuracy along one shift. Lists stand side by side, one entry per severity."""

    severities: tuple[float, ...]  # growing, 0 first
    accuracy: tuple[float | None, ...] = ()
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    fitted: tuple[float | None, ...] = ()  # monotone
    lower: tuple[float | None, ...] = ()  # one-sided bound that passes_to rests on
    confidence: tuple[float | None, ...] = ()  # mean confidence of the answers
    n: int | None = None
    floor: float | None = None
    passes_to: float | None = None
    crosses_at: float | None = None
    reason: str | None = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfClass:
    """One class: how many of its images are right, and what the others are taken for."""

    name: str
    n: int
    right: int | None = None
    accuracy: float | None = None
    low: float | None = None
    high: float | None = None
    taken_for: str | None = None
    taken: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One domain of the labelled images."""

    name: str
    n: int
    accuracy: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """Images by label (row) and answer (column)."""

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selective:
    """Error of the answers that are kept, as less sure ones are turned away."""

    coverage: tuple[float, ...] = ()
    risk: tuple[float, ...] = ()
    threshold: float | None = None
    rejected: float | None = None
    rejected_low: float | None = None
    rejected_high: float | None = None
    error: float | None = None
    n: int | None = None
    reason: str | None = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One estimate of the target's accuracy."""

    name: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    error: float | None = None  # measured on shifts that did not calibrate it
    reason: str | None = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """The target's accuracy without its labels, or why nobody may say."""

    answered: bool
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    confidence: float = 0.9
    reason: str | None = ""
    methods: tuple[Method, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Accuracy on labelled images of the target."""

    accuracy: float
    low: float | None = None
    high: float | None = None
    n: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How surely two domains are told apart, and the accuracy lost between them."""

    auc: float | None = None
    auc_low: float | None = None
    auc_high: float | None = None
    mmd_p: float | None = None
    loss: float | None = None
    loss_low: float | None = None
    loss_high: float | None = None
    harm: float | None = None
    reason: str | None = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """A picture that is answered wrongly."""

    file: str
    label: str
    answer: str
    confidence: float | None = None
    why: str | None = ""
    path: str | None = None
    on: str = ""  # target or data


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Plain data for pictures; what the audit did not look at is absent."""

    dials: Mapping[str, Dial] = field(default_factory=dict)
    classes: tuple[OfClass, ...] = ()
    groups: tuple[Group, ...] = ()
    confusion: Confusion | None = None
    risk_coverage: Selective | None = None
    reliability: Mapping[str, tuple[Bin, ...]] = field(default_factory=dict)
    estimates: Estimates | None = None
    target: Measured | None = None
    drift: Drift | None = None
    preprocessing: Preprocessing | None = None
    repairs: tuple[Repair, ...] = ()
    attribution: Attribution | None = None
    regression: Regression | None = None
    regression_target: Regression | None = None
    class_order: Order | None = None
    shares: Mapping[str, float] = field(default_factory=dict)  # of the target, estimated from predictions
    samples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    worst: tuple[Wrong, ...] = ()
