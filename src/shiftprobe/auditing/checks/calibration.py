"""Whether the checkpoint is as often right as it says: on clean images, and along the dials."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.checks.base import QUESTIONS, Question, begun, interval
from shiftprobe.auditing.checks.bounded import decided
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import Bin
from shiftprobe.auditing.model import Measurements, Part
from shiftprobe.auditing.paired import Floats, padded_interval
from shiftprobe.auditing.types import Predictions
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.escape import escape
from shiftprobe.core.words import in_points
from shiftprobe.metrics import calibration_error, confidence_bins, softmax
from shiftprobe.stats.grouped_gap import grouped_overconfidence

HOW_TO_FIX = "temperature scaling on a few hundred labelled images mends this without moving an answer; see the repairs"


def calibration(evidence: AuditEvidence) -> Part:
    """Mean confidence less accuracy on clean images; its size must not pass the policy's."""
    rule, confidence = evidence.policy.calibration, evidence.policy.confidence
    gaps, groups = _gaps(evidence.clean, evidence.labels), evidence.data.draws
    gap, (least, most) = float(gaps.mean()), _ends(evidence.clean, evidence.labels, evidence, confidence)
    low, high = (0.0, max(-least, most)) if least < 0 < most else sorted((abs(least), abs(most)))
    error = calibration_error(evidence.clean.logits, evidence.labels)
    said = (
        f"the checkpoint is {'surer' if gap >= 0 else 'less sure'} than right by {100 * abs(gap):.1f} points "
        f"({interval(low, high, len(gaps), confidence, groups)}; ECE {100 * error:.1f} points)"
    )
    title = f"gap between confidence and accuracy on {escape(evidence.data.name)}"
    check = replace(begun("calibration", title, evidence="#reliability", fix=HOW_TO_FIX), unit="points")
    numbers = (abs(gap), low, high, len(gaps))
    found = decided(check, rule, numbers, ("at most", rule.at_most), said, groups=groups)
    return Part(checks=(found,), shown=Measurements(reliability=_bins(evidence)))


def along(evidence: AuditEvidence) -> Part:
    """The largest overconfidence among all shifts up to the gated severity.

    It passes when every one of their intervals does, and fails when one fails after widening for their number.
    """
    rule, most, confidence = evidence.policy.overconfidence, evidence.policy.severity.at, evidence.policy.confidence
    asked = {place: seen for place, seen in evidence.dial.items() if 0 < place.severity <= most}
    labels = {place: evidence.labels[evidence.looked(place.shift)] for place in asked}
    found = {place: _gaps(seen, labels[place]) for place, seen in asked.items()}
    if not found:
        raise NotAvailableError("the policy has no shift up to severity.at")
    worst = max(found, key=lambda place: float(found[place].mean()))
    value, n = float(found[worst].mean()), len(found[worst])
    widened = 1.0 - (1.0 - confidence) / len(found)
    low = min(value, max(_ends(seen, labels[place], evidence, widened)[0] for place, seen in asked.items()))
    high, groups = (
        max(_ends(seen, labels[place], evidence, confidence)[1] for place, seen in asked.items()),
        evidence.data.draws,
    )
    said = (
        f"confidence less accuracy is {in_points(value)} points under {escape(worst.shift)} {worst.severity:g}, "
        f"the highest of {len(found)} ({interval(low, high, n, confidence, groups)})"
    )
    check = begun("overconfidence", f"overconfidence under shifts up to {most:g}", evidence="#dials", fix=HOW_TO_FIX)
    check = replace(check, unit="points")
    numbers = (value, low, high, n)
    return Part(checks=(decided(check, rule, numbers, ("at most", rule.at_most), said, groups=groups),))


def _ends(
    seen: Predictions, labels: NDArray[np.int64], evidence: AuditEvidence, confidence: float
) -> tuple[float, float]:
    """Both ends of mean confidence less accuracy; the whole range where all images are one group."""
    if evidence.data.clusters is None:
        return padded_interval(_gaps(seen, labels), confidence)
    if evidence.data.draws == 1:
        return -1.0, 1.0
    sure = softmax(seen.logits).max(axis=1)
    return grouped_overconfidence(sure, seen.right(labels), evidence.data.clusters, confidence)


def _gaps(seen: Predictions, labels: NDArray[np.int64]) -> Floats:
    """(N,) confidence less 1 where the answer is right, less 0 where it is wrong."""
    return np.asarray(softmax(seen.logits).max(axis=1) - seen.right(labels))


def _bins(evidence: AuditEvidence) -> dict[str, tuple[Bin, ...]]:
    """What reliability diagrams are drawn from: clean, and the target where it has labels."""
    found = {"clean": confidence_bins(evidence.clean.logits, evidence.labels)}
    if evidence.target is not None and evidence.target.labels is not None and evidence.on_target is not None:
        found["target"] = confidence_bins(evidence.on_target.logits, evidence.target.labels)
    return {name: tuple((images, sure, right) for images, sure, right in bins.tolist()) for name, bins in found.items()}


QUESTIONS.add(
    Question(
        name="calibration", title="confidence less accuracy", section="reliability", ask=calibration, counts_groups=True
    )
)
QUESTIONS.add(
    Question(name="overconfidence", title="overconfidence under shifts", section="dials", ask=along, counts_groups=True)
)
