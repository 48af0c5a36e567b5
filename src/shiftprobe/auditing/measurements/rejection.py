"""What confidence is worth."""

from dataclasses import dataclass
from typing import TypeAlias

Bin: TypeAlias = tuple[float, float, float]  # of confidence: images, the sum of their confidence, how many are right


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
