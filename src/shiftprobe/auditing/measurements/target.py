"""What was found on the target."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetAccuracy:
    """Accuracy on labelled images of the target; of a few labels also what they are worth."""

    accuracy: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None  # labels
    method: Literal["", "labels alone", "prediction-powered"] = ""  # empty: every image has its label
    why: str = ""  # the rule that chose the method, before any label was seen
    effective: float | None = None  # labels drawn uniformly that would tell as much alone
    unlabelled: int = 0  # further images of the target whose confidence was used
    asked: bool | None = None  # whether --ask drew the labelled images; None where all have labels
    metric: str = "top1"  # which images count as right


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftHarm:
    """How surely two domains are told apart, and the accuracy lost between them."""

    auc: float | None = None
    auc_low: float | None = None
    auc_high: float | None = None
    mmd_p: float | None = None
    mmd_effect: float | None = None
    loss: float | None = None
    loss_low: float | None = None
    loss_high: float | None = None
    harm: float | None = None
    harm_low: float | None = None
    harm_high: float | None = None
    measured: bool | None = None  # False: the loss is estimated, the target has no labels
    reason: str = ""
