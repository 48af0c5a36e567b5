"""What the confidence threshold chosen at home leaves elsewhere: a promise of home, measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.checks.base import begun, interval, settled
from shiftprobe.auditing.checks.bounded import decided
from shiftprobe.auditing.checks.gated import gated_dose, held, lowest
from shiftprobe.auditing.evidence import AuditEvidence, Side
from shiftprobe.auditing.measurements import ErrorDial, ErrorLeft
from shiftprobe.auditing.types import Check, Predictions
from shiftprobe.core.escape import escape
from shiftprobe.core.types import Condition
from shiftprobe.core.words import in_percent, listed, percent
from shiftprobe.metrics import softmax
from shiftprobe.stats import Gate
from shiftprobe.stats.monotone import proven_from

Bools = NDArray[np.bool_]

HOW_TO_FIX = "choose the threshold on labelled images of that domain: one of another promises nothing there"
NAMED = 3  # shifts that break the promise


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorsLeft:
    """The error of what is answered, on the target and along every shift."""

    threshold: float
    target: ErrorLeft | None = None
    dials: Mapping[str, ErrorDial] = field(default_factory=dict)


def errors_left(evidence: AuditEvidence, threshold: float) -> ErrorsLeft:
    """Answer only where the checkpoint is surer than a threshold, and count what is wrong.

    Args:
        evidence: of the audit.
        threshold: a confidence, a fraction.
    """
    rule, policy, target = evidence.policy.risk_coverage, evidence.policy, evidence.target
    level = (1.0 - policy.confidence) / 2.0 / max(1, len(policy.shifts))
    dials = {}
    for shift in policy.shifts:
        side = evidence.data.some(evidence.looked(shift))
        seen = [evidence.clean_under(shift), *(evidence.dial[Condition(shift, dose)] for dose in policy.asked)]
        gates = [answered(side, one, threshold, (rule.error, policy.confidence)) for one in seen]
        doses, left = (0.0, *policy.asked), [_left(gate, len(side)) for gate in gates]
        ps = tuple(1.0 if gate is None else gate.p_below for gate in gates)
        dials[shift] = ErrorDial(
            severities=doses,
            error=tuple(one.error for one in left),
            low=tuple(one.low for one in left),
            high=tuple(one.high for one in left),
            answered=tuple(one.answered for one in left),
            broken_from=proven_from(doses, ps, level),
        )
    there = None
    if target is not None and target.labels is not None and evidence.on_target is not None:
        gate = answered(target, evidence.on_target, threshold, (rule.error, policy.confidence))
        there = _left(gate, len(target))
    return ErrorsLeft(threshold=threshold, target=there, dials=dials)


def answered(side: Side, seen: Predictions, threshold: float, bar: tuple[float, float]) -> Gate | None:
    """The share that is right among the images answered, held against one less the promised error; None without any.

    Args:
        side: labelled images.
        seen: what the checkpoint answered to them.
        threshold: a confidence that answers exceed.
        bar: the promised error, and the confidence of the interval.
    """
    error, confidence = bar
    places = np.flatnonzero(softmax(seen.logits).max(axis=1) > threshold)
    if side.labels is None or not len(places):
        return None
    right: Bools = seen.right(side.labels)[places]
    return held(right, side.some(places), 1.0 - error, confidence)


def _left(gate: Gate | None, images: int) -> ErrorLeft:
    if gate is None:
        return ErrorLeft(answered=0.0, n=0)
    return ErrorLeft(
        error=1.0 - gate.value, low=1.0 - gate.high, high=1.0 - gate.low, answered=gate.n / images, n=gate.n
    )


def told(left: ErrorsLeft, promised: float) -> str:
    """What the threshold leaves elsewhere, as the rest of a sentence; empty where nothing was looked at."""
    parts, there = [], left.target
    if there is not None and there.error is not None and there.low is not None and there.high is not None:
        ends = f"{in_percent(there.low)} to {in_percent(there.high)}, n = {there.n:,}"
        parts.append(f"; on the target it leaves an error of {percent(there.error)} ({ends})")
    broken = {shift: one.broken_from for shift, one in left.dials.items() if one.broken_from is not None}
    if broken:
        first = sorted(broken, key=lambda shift: broken[shift])
        named = [f"{escape(shift, 40)} from severity {broken[shift]:g}" for shift in first[:NAMED]]
        more = [f"{len(first) - NAMED} more"] if len(first) > NAMED else []
        parts.append(f"; it leaves more than {percent(promised)} under {listed([*named, *more])}")
    return "".join(parts)


def kept(evidence: AuditEvidence, left: ErrorsLeft) -> tuple[Check, ...]:
    """What it may leave on the target and at the policy's severity, where the policy says so."""
    rule, target, confidence = evidence.policy.risk_coverage, evidence.target, evidence.policy.confidence
    if rule.shifted_error is None:
        return ()
    found = []
    if left.target is not None and target is not None:
        check = begun(
            "risk_coverage:target",
            f"error of what is answered on the target {escape(target.name)}",
            evidence="#risk",
            fix=HOW_TO_FIX,
        )
        if left.target.error is None or left.target.low is None or left.target.high is None:
            found.append(settled(check, rule, "cannot tell", f"{check.title}: none is answered"))
        else:
            numbers = (left.target.error, left.target.low, left.target.high, left.target.n)
            found.append(_held(evidence, check, numbers, target.draws))
    shares = _shares(evidence, left.threshold)
    if shares:
        shift, worst = lowest(shares, 1.0 - rule.shifted_error, confidence)
        title = f"error of what is answered under {escape(shift, 60)} at severity {gated_dose(evidence.policy):g}"
        check = begun("risk_coverage:shifts", title, evidence="#risk", fix=HOW_TO_FIX)
        numbers = (1.0 - worst.value, 1.0 - worst.high, 1.0 - worst.low, worst.n)
        found.append(_held(evidence, check, numbers, worst.groups))
    return tuple(found)


def _shares(evidence: AuditEvidence, threshold: float) -> dict[str, tuple[Bools, Side]]:
    """By shift, which answers above the threshold are right, and their images; shifts without any are left out."""
    found, at = {}, gated_dose(evidence.policy)
    for shift in evidence.policy.shifts:
        side, seen = evidence.data.some(evidence.looked(shift)), evidence.dial[Condition(shift, at)]
        places = np.flatnonzero(softmax(seen.logits).max(axis=1) > threshold)
        if side.labels is not None and len(places):
            found[shift] = seen.right(side.labels)[places], side.some(places)
    return found


def _held(evidence: AuditEvidence, check: Check, numbers: tuple[float, float, float, int], groups: int | None) -> Check:
    rule, confidence = evidence.policy.risk_coverage, evidence.policy.confidence
    value, low, high, n = numbers
    said = f"{check.title} is {percent(value)} ({interval(low, high, n, confidence, groups)})"
    return decided(check, rule, numbers, ("at most", rule.shifted_error or 0.0), said, groups=groups)
