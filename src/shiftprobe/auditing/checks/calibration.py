"""Whether the checkpoint is as often right as it says: on clean images, and along the dials."""

from dataclasses import replace

import numpy as np

from shiftprobe.auditing.checks.base import QUESTIONS, Question, begun, interval
from shiftprobe.auditing.checks.bounded import decided
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import Bin
from shiftprobe.auditing.model import Measurements, Part
from shiftprobe.auditing.paired import Floats, padded_interval
from shiftprobe.auditing.types import Predictions
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.escape import escape
from shiftprobe.metrics import calibration_error, confidence_bins, softmax

HOW_TO_FIX = "temperature scaling on a few hundred labelled images mends this without moving an answer; see the repairs"


def calibration(evidence: AuditEvidence) -> Part:
    """Mean confidence less accuracy on clean images; its size must not pass the policy's."""
    rule, confidence = evidence.policy.calibration, evidence.policy.confidence
    gaps = _gaps(evidence.clean, evidence)
    gap, (least, most) = float(gaps.mean()), padded_interval(gaps, confidence)
    low, high = (0.0, max(-least, most)) if least < 0 < most else sorted((abs(least), abs(most)))
    error = calibration_error(evidence.clean.logits, evidence.labels)
    said = (
        f"the checkpoint is {'surer' if gap >= 0 else 'less sure'} than right by {100 * abs(gap):.1f} points "
        f"({interval(low, high, len(gaps), confidence)}; ECE {100 * error:.1f} points)"
    )
    title = f"gap between confidence and accuracy on {escape(evidence.data.name)}"
    check = replace(begun("calibration", title, evidence="#reliability", fix=HOW_TO_FIX), unit="points")
    found = decided(check, rule, (abs(gap), low, high, len(gaps)), ("at most", rule.at_most), said)
    return Part(checks=(found,), shown=Measurements(reliability=_bins(evidence)))


def along(evidence: AuditEvidence) -> Part:
    """The largest overconfidence among all shifts up to the gated severity.

    It passes when every one of their intervals does, and fails when one fails after widening for their number.
    """
    rule, most, confidence = evidence.policy.overconfidence, evidence.policy.severity.at, evidence.policy.confidence
    found = {place: _gaps(seen, evidence) for place, seen in evidence.dial.items() if 0 < place[1] <= most}
    if not found:
        raise NotAvailableError("the policy has no shift up to severity.at")
    worst = max(found, key=lambda place: float(found[place].mean()))
    value, n = float(found[worst].mean()), len(found[worst])
    widened = 1.0 - (1.0 - confidence) / len(found)
    low = min(value, max(padded_interval(gaps, widened)[0] for gaps in found.values()))
    high = max(padded_interval(gaps, confidence)[1] for gaps in found.values())
    said = (
        f"confidence less accuracy is {100 * value:+z.1f} points under {escape(worst[0])} {worst[1]:g}, the highest of "
        f"{len(found)} ({interval(low, high, n, confidence)})"
    )
    check = begun("overconfidence", f"overconfidence under shifts up to {most:g}", evidence="#dials", fix=HOW_TO_FIX)
    check = replace(check, unit="points")
    return Part(checks=(decided(check, rule, (value, low, high, n), ("at most", rule.at_most), said),))


def _gaps(seen: Predictions, evidence: AuditEvidence) -> Floats:
    """(N,) confidence less 1 where the answer is right, less 0 where it is wrong."""
    return np.asarray(softmax(seen.logits).max(axis=1) - seen.right(evidence.labels))


def _bins(evidence: AuditEvidence) -> dict[str, tuple[Bin, ...]]:
    """What reliability diagrams are drawn from: clean, and the target where it has labels."""
    found = {"clean": confidence_bins(evidence.clean.logits, evidence.labels)}
    if evidence.target is not None and evidence.target.labels is not None and evidence.on_target is not None:
        found["target"] = confidence_bins(evidence.on_target.logits, evidence.target.labels)
    return {name: tuple((images, sure, right) for images, sure, right in bins.tolist()) for name, bins in found.items()}


QUESTIONS.add(Question(name="calibration", title="confidence less accuracy", section="reliability", ask=calibration))
QUESTIONS.add(Question(name="overconfidence", title="overconfidence under shifts", section="dials", ask=along))
