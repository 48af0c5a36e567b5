"""The nouns of an estimate without labels: what goes in, what comes out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.types import Predictions


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Predictions of labelled images, untouched (severity 0) or under a shift of the grid."""

    predictions: Predictions
    labels: NDArray[np.int64]  # (N,) columns of the logits
    shift: str
    severity: float
    second: NDArray[np.int64] | None = None  # (N,) what a second network answered to the same images


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodEstimate:
    """What one method says of the target, and how wrong it was on shifts it had not been calibrated on."""

    name: str  # one of auditing.estimate.methods.METHODS
    value: float | None = None  # accuracy, a fraction
    low: float | None = None
    high: float | None = None
    error: float | None = None  # mean absolute error over the grid, each family predicted from the others
    reason: str = ""  # why there is no value


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """Where the target lies against the predictions that the estimate was calibrated on."""

    drift: float  # of features within classes, in standard deviations
    drift_limit: float  # beyond which nothing was calibrated
    shares: float  # total variation between predicted classes and the classes of the labelled data, [0, 1]
    shares_limit: float  # the most that drift like this explains on the grid
    shares_changed: bool  # more than that: classes in other proportions, or a failure as no shift of the grid shows it


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyEstimate:
    """Accuracy on images without labels, fractions, by all methods together; or the reason for none."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int  # images of the target
    confidence: float = 0.9  # nominal, of the interval and of each method's own
    methods: tuple[MethodEstimate, ...] = ()
    zone: Zone | None = None  # None when it was not looked at: too few images
    reason: str = ""  # why it abstains

    @property
    def answered(self) -> bool:
        """Whether there is a value."""
        return self.value is not None
