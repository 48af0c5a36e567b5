"""Accuracy on the target without its labels, seen through the user's own shifted images."""

from shiftprobe.auditing.estimate.accuracy import AccuracyEstimate, Known, estimate
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.core.types import UNSHIFTED

CONFIDENCE = 0.9  # what the validation in docs/unlabelled.md was made for


def estimated(evidence: AuditEvidence) -> AccuracyEstimate | None:
    """The estimate for this audit's target; None without one. Labels of the target are not looked at."""
    if evidence.on_target is None:
        return None
    grid = {UNSHIFTED: evidence.clean, **evidence.dial}
    second = {} if evidence.baseline is None else evidence.baseline.looks
    known = [
        Known(
            predictions=predictions,
            labels=evidence.labels,
            shift=place.shift,
            severity=place.severity,
            second=second.get(place),
        )
        for place, predictions in grid.items()
    ]
    other = None if evidence.baseline is None else evidence.baseline.on_target
    return estimate(known, evidence.on_target, second=other, confidence=CONFIDENCE, seed=evidence.policy.seed)
