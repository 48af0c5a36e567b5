"""What was tried to mend."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One thing that was tried; where it was not, `reason` says why and there are no numbers."""

    name: str  # "bn_adapt", "head", "temperature", "preprocessing"
    title: str
    what: str = ""  # one sentence with the numbers
    metric: str = "accuracy"  # or "calibration gap", |confidence - accuracy|
    before: float | None = None
    after: float | None = None
    gain: float | None = None  # above 0 is better, whatever the metric
    low: float | None = None
    high: float | None = None
    n: int | None = None
    labels: int = 0  # that it needs
    reason: str = ""
    recovers: float | None = None  # share of the accuracy lost against clean images
    recovers_low: float | None = None
    recovers_high: float | None = None
    on: str = ""  # "target", "shift motion_blur at 0.25", "data"
