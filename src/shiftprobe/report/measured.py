"""What probes found in the checkpoint, and what a severity of the run means."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One row of `results.json` that a probe found with the untouched checkpoint; 95 % interval, n images."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Severities that mean equal distances: at severity s, s times `common` (mean 1 - SSIM)."""

    common: float
    reach: Mapping[str, float]  # per shift, the part of the common distance that it can reach
    doses: Mapping[str, Mapping[str, float]]  # per shift, the dose behind each severity

    def dose(self, shift: str, severity: float) -> float | None:
        """Where the shift's own dial stands at one severity of the run."""
        return self.doses.get(shift, {}).get(repr(severity))
