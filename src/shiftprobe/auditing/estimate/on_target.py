"""Accuracy on the target without its labels, seen through the user's own shifted images."""

from shiftprobe.auditing.estimate.accuracy import Estimate, Known, Look, estimate
from shiftprobe.auditing.evidence import Evidence, Predictions
from shiftprobe.core.types import IDENTITY

CONFIDENCE = 0.9  # what the validation in docs/unlabelled.md was made for


def estimated(evidence: Evidence) -> Estimate | None:
    """The estimate for this audit's target; None without one. Labels of the target are not looked at."""
    if evidence.on_target is None:
        return None
    looks = {(IDENTITY, 0.0): evidence.clean, **evidence.dial}
    known = [
        Known(look=_look(seen), labels=evidence.labels, shift=shift, severity=severity)
        for (shift, severity), seen in looks.items()
    ]
    return estimate(known, _look(evidence.on_target), confidence=CONFIDENCE, seed=evidence.policy.seed)


def _look(seen: Predictions) -> Look:
    return Look(logits=seen.logits, features=seen.features)
