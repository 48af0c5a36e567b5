"""What confidence is worth."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from shiftprobe.auditing.measurements.dials import Row

Bin: TypeAlias = tuple[float, float, float]  # of confidence: images, the sum of their confidence, how many are right


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorLeft:
    """What the threshold chosen at home leaves on other images; without an error where none is answered."""

    error: float | None = None
    low: float | None = None
    high: float | None = None
    answered: float  # share of the images
    n: int  # images answered


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorDial:
    """The same along one shift. Rows stand side by side, one entry per severity."""

    severities: tuple[float, ...]  # growing, 0 first
    error: Row = ()
    low: Row = ()
    high: Row = ()
    answered: Row = ()
    broken_from: float | None = None  # smallest severity from which on more than the promised error is proven


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectionCurve:
    """Error of the answers that are kept, as less sure ones are turned away."""

    coverage: tuple[float, ...] = ()
    risk: tuple[float, ...] = ()
    aurc: float | None = None
    threshold: float | None = None
    rejected: float | None = None
    rejected_low: float | None = None
    rejected_high: float | None = None
    error: float | None = None
    n: int | None = None
    reason: str = ""
    target: ErrorLeft | None = None
    dials: Mapping[str, ErrorDial] = field(default_factory=dict)  # by shift
