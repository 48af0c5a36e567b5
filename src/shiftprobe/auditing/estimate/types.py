"""The nouns of an estimate without labels: what goes in, what comes out."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One set of images as the checkpoint sees it: what one forward pass gives."""

    logits: NDArray[np.float32]  # (N, C)
    features: NDArray[np.float32]  # (N, D), the penultimate tap


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A look at labelled images, untouched (severity 0) or under a shift of the grid."""

    look: Look
    labels: NDArray[np.int64]  # (N,) columns of the logits
    shift: str
    severity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """What one method says of the target, and how wrong it was on shifts it had not been calibrated on."""

    name: str  # "ATC", "difference of confidences", "agreement"
    value: float | None  # accuracy, a fraction
    low: float | None
    high: float | None
    error: float | None  # mean absolute error over the grid, each family predicted from the others
    reason: str = ""  # why there is no value


class Zone(NamedTuple):
    """Where the target lies against the looks that the estimate was calibrated on."""

    drift: float  # of features within classes, in standard deviations
    drift_limit: float  # beyond which nothing was calibrated
    shares: float  # total variation between predicted classes and the classes of the labelled data, [0, 1]
    shares_limit: float  # the most that drift like this explains on the grid
    shares_changed: bool  # the classes come in other proportions: predicted shares are not held against the data's


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Accuracy on images without labels, fractions; an interval that covers all methods', or the reason for none."""

    value: float | None
    low: float | None
    high: float | None
    n: int  # images of the target
    confidence: float  # nominal, of each method's interval
    methods: tuple[Method, ...]
    zone: Zone | None  # None when it was not looked at: too few images
    reason: str = ""  # why it abstains

    @property
    def answered(self) -> bool:
        """Whether there is a value."""
        return self.value is not None
