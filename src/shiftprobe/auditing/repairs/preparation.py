"""The preprocessing that was found to be better, tried where the checkpoint is to work."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shiftprobe.auditing.checks.preprocessing import flags, proven, try_alternatives
from shiftprobe.auditing.evidence import Evidence
from shiftprobe.auditing.predictions import look
from shiftprobe.auditing.repairs.base import UNLABELLED, Place, Repair, in_accuracy

TITLE = "the right preprocessing"


def preparation(evidence: Evidence, place: Place, tried: Mapping[str, Any] | None = None) -> Repair:
    """What the alternative that is proven better on clean images does here; chosen there, so judged fairly here.

    Args:
        evidence: of the audit.
        place: where it is tried.
        tried: what the preprocessing check has shown, to save trying again.
    """
    from shiftprobe.models.alternatives import alternatives

    subject, confidence = evidence.subject, evidence.policy.confidence
    repair = Repair(name="preprocessing", title=TITLE, on=place.on)
    best = proven(try_alternatives(evidence), confidence) if tried is None else tried["best"]
    if best is None:
        return replace(repair, reason="no other preprocessing is shown to be better on the clean images")
    other = alternatives(subject.preprocess)[best]
    repair = replace(repair, title=f"{TITLE} ({best}: {flags(subject.preprocess, other)})")
    if place.labels is None:
        return replace(repair, reason=UNLABELLED)
    seen = look(subject, place.side, range(len(place.side)), place.dose, other)
    found = in_accuracy(repair, place, seen.right(place.labels), confidence, needs="needs no labels")
    return replace(found, title=TITLE)
