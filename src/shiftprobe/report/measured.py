"""What probes found in the checkpoint, and what a severity of the run means."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


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
class Layer:
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

Place = tuple[str, str, str, str, str, str, float]
"""Where a layer stands: probe, metric, arm, tap, versus, shift, severity."""


def layers(rows: Iterable[Mapping[str, Any]], budget: int | None) -> dict[Place, Layer]:
    """Rows about single taps, seeds of the largest budget averaged.

    Args:
        rows: of `results.json`.
        budget: the largest label budget; rows of trained networks at other budgets are left out.
    """
    keys = ("probe", "metric", "arm", "tap", "versus", "shift", "severity")
    groups: dict[Place, list[Mapping[str, Any]]] = {}
    for row in rows:
        whole = row.get("probe") in WHOLES
        if (row.get("tap") or whole or row.get("metric") in ANSWERS) and row.get("budget") in (None, budget):
            groups.setdefault(tuple(row[key] for key in keys), []).append(row)
    return {place: _averaged(found) for place, found in groups.items()}


def _averaged(rows: Sequence[Mapping[str, Any]]) -> Layer:
    values = [row["value"] for row in rows if row["value"] is not None]
    first = rows[0]
    if not values:
        return Layer(tap=first["tap"], value=None, reason=first["reason"])
    mean = sum(values) / len(values)
    ends = (first["low"], first["high"]) if len(values) == 1 else (min(*values, mean), max(*values, mean))
    return Layer(tap=first["tap"], value=mean, low=ends[0], high=ends[1], n=first["n"], seeds=len(values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Severities that mean equal distances: at severity s, s times `common` (mean 1 - SSIM)."""

    common: float
    reach: Mapping[str, float]  # per shift, the part of the common distance that it can reach
    doses: Mapping[str, Mapping[str, float]]  # per shift, the dose behind each severity

    def dose(self, shift: str, severity: float) -> float | None:
        """Where the shift's own dial stands at one severity of the run."""
        return self.doses.get(shift, {}).get(repr(severity))
