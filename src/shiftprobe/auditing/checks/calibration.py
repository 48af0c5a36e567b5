"""Whether the checkpoint is as often right as it says: on clean images, and along the dials."""

from typing import Any

from shiftprobe.auditing.checks.base import QUESTIONS, Question, begun
from shiftprobe.auditing.checks.bounded import decided
from shiftprobe.auditing.evidence import Evidence
from shiftprobe.auditing.types import Part
from shiftprobe.errors import NotAvailableError
from shiftprobe.metrics import Overconfidence, calibration_error, confidence_bins, overconfidence, widening
from shiftprobe.show import show

FIX = "temperature scaling on a few hundred labelled images mends this without moving an answer; see the repairs"


def calibration(evidence: Evidence) -> Part:
    """Mean confidence less accuracy on clean images; its size must not pass the policy's."""
    rule, labels = evidence.policy.calibration, evidence.labels
    gap = overconfidence(evidence.clean.logits, labels)
    low, high = (0.0, max(-gap.low, gap.high)) if gap.low < 0 < gap.high else sorted((abs(gap.low), abs(gap.high)))
    error = calibration_error(evidence.clean.logits, labels)
    which = "surer" if gap.value >= 0 else "less sure"
    said = (
        f"the checkpoint is {which} than right by {100 * abs(gap.value):.1f} points (95 % interval {100 * low:.1f} to "
        f"{100 * high:.1f}, n = {gap.n:,}; ECE {100 * error:.1f} points)"
    )
    check = begun(
        "calibration", f"confidence less accuracy on {show(evidence.data.name)}", evidence="#reliability", fix=FIX
    )
    found = decided(check, rule, (abs(gap.value), low, high, gap.n), ("at most", rule.at_most), said)
    return Part(checks=(found,), shown={"reliability": _bins(evidence)})


def along(evidence: Evidence) -> Part:
    """The largest overconfidence among all shifts up to the gated severity.

    It passes when every one of their intervals does, and fails when one fails after widening for their number.
    """
    rule, most = evidence.policy.overconfidence, evidence.policy.severity.at
    found = {
        place: overconfidence(seen.logits, evidence.labels)
        for place, seen in evidence.dial.items()
        if 0 < place[1] <= most
    }
    if not found:
        raise NotAvailableError("the policy has no shift up to severity.at")
    worst = max(found, key=lambda place: found[place].value)
    one, wide = found[worst], widening(len(found))
    low = max(_low(gap, wide) for gap in found.values())
    high = max(gap.high for gap in found.values())
    said = (
        f"under {show(worst[0])} {worst[1]:g} the checkpoint is surer than right by {100 * one.value:.1f} points (95 % "
        f"interval of the worst {100 * min(low, one.value):.1f} to {100 * high:.1f}, n = {one.n:,}, worst of "
        f"{len(found)})"
    )
    check = begun("overconfidence", f"overconfidence under shifts up to {most:g}", evidence="#dials", fix=FIX)
    numbers = (one.value, min(low, one.value), high, one.n)
    return Part(checks=(decided(check, rule, numbers, ("at most", rule.at_most), said),))


def _low(gap: Overconfidence, wide: float) -> float:
    return gap.value - wide * (gap.value - gap.low)


def _bins(evidence: Evidence) -> dict[str, Any]:
    """What reliability diagrams are drawn from: clean, and the target where it has labels."""
    found = {"clean": confidence_bins(evidence.clean.logits, evidence.labels)}
    if evidence.target is not None and evidence.target.labels is not None and evidence.on_target is not None:
        found["target"] = confidence_bins(evidence.on_target.logits, evidence.target.labels)
    return {name: bins.tolist() for name, bins in found.items()}


QUESTIONS.add(Question(name="calibration", title="confidence less accuracy", ask=calibration))
QUESTIONS.add(Question(name="overconfidence", title="overconfidence under shifts", ask=along))
