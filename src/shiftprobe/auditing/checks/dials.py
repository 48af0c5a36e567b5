"""Accuracy under every shift: at the gated severity, and up to which dose it keeps the floor."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.checks.base import QUESTIONS, Question, begun, settled
from shiftprobe.auditing.checks.gated import called, held, share_checks
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import Dial
from shiftprobe.auditing.model import Measurements, Part
from shiftprobe.auditing.strength import parameters
from shiftprobe.auditing.types import Check, Outcome, Predictions
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.escape import escape
from shiftprobe.core.types import Condition
from shiftprobe.core.words import percent
from shiftprobe.metrics import mean_confidence
from shiftprobe.stats import BreakPoint, Gate, GateDecision, break_points, decide
from shiftprobe.stats.image_spread import FEWEST_GROUPS

HOW_TO_FIX = "train with this shift as augmentation, or keep such images away from it"


def severity(evidence: AuditEvidence) -> Part:
    """One gate per shift at the policy's severity, a family under Holm."""
    rule, policy = evidence.policy.severity, evidence.policy
    if not policy.shifts:
        raise NotAvailableError("the policy names no shift")
    found = []
    for shift in policy.shifts:
        right = evidence.right(Condition(shift, rule.at), rule.metric)
        title = f"{called(rule.metric)} under {escape(shift, 60)} at severity {rule.at:g}"
        check = begun(f"severity:{shift}", title, evidence="#dials", fix=HOW_TO_FIX)
        found.append((check, _held(evidence, shift, right)))
    return Part(checks=share_checks(policy, rule, found, planned=len(evidence.data)))


def _held(evidence: AuditEvidence, shift: str, right: NDArray[np.bool_]) -> Gate:
    """The gate of one shift, of all its images or of the steps that it was looked at."""
    rule, confidence, stopped = evidence.policy.severity, evidence.policy.confidence, evidence.stopped
    if stopped is None:
        return held(right, evidence.data, rule.at_least, confidence)
    return stopped.steps.gate(stopped.steps.counts(right, stopped.after[shift]), rule.at_least, confidence)


def break_point(evidence: AuditEvidence) -> Part:
    """One claim per shift, "keeps the floor up to the policy's dose", a family under Holm; and the dials."""
    rule, policy = evidence.policy.break_point, evidence.policy
    if not policy.shifts:
        raise NotAvailableError("the policy names no shift")
    doses = (0.0, *policy.asked)
    right = {shift: _right(evidence, shift) for shift in policy.shifts}
    dose_tables = {shift: (doses, table) for shift, table in right.items()}
    found = break_points(dose_tables, rule.at_least, policy.confidence, evidence.data.clusters)
    reach = [found[shift].reach(rule.dose) for shift in policy.shifts]
    decided = decide([one.above for one in reach], [one.below for one in reach], 1 - policy.confidence)
    checks = [
        _check(evidence, shift, found[shift], decision) for shift, decision in zip(policy.shifts, decided, strict=True)
    ]
    dials = {shift: _dial(evidence, shift, one) for shift, one in found.items()}
    return Part(checks=tuple(checks), shown=Measurements(dials=dials))


def _right(evidence: AuditEvidence, shift: str) -> NDArray[np.bool_]:
    score = evidence.policy.break_point.metric
    at = [evidence.right(Condition(shift, dose), score) for dose in evidence.policy.asked]
    return np.stack([evidence.clean.right(evidence.labels, score)[evidence.looked(shift)], *at], axis=1)


def _along(evidence: AuditEvidence, shift: str) -> list[Predictions]:
    """Of the clean images, and at every severity that is asked for."""
    return [evidence.clean, *(evidence.dial[Condition(shift, dose)] for dose in evidence.policy.asked)]


def _check(evidence: AuditEvidence, shift: str, found: BreakPoint, decision: GateDecision) -> Check:
    rule = evidence.policy.break_point
    word = _word(found, decision, rule.dose)
    beyond = found.doses[-1] if found.beyond is None else found.beyond
    below = max(dose for dose in found.doses if dose <= rule.dose)
    wanted = f"{called(rule.metric)} of {percent(rule.at_least)} up to dose {rule.dose:g}"
    article = "an" if rule.metric == "top1" else "a"
    ending = {
        "pass": f"it keeps {article} {wanted}",
        "fail": f"it does not keep {article} {wanted}",
        "cannot tell": f"whether it keeps {article} {wanted} cannot be told",
    }[word]
    check = begun(
        f"break_point:{shift}", f"dose of {escape(shift, 60)} it withstands", evidence="#dials", fix=HOW_TO_FIX
    )
    check = replace(
        check,
        value=found.dose,
        low=found.dose,
        high=None if found.dose is None else min(beyond, below) if word == "fail" else beyond,
        n=found.n,
        unit="dose",
        threshold=rule.dose,
        relation="at least",
        p=decision.p,
        p_holm=decision.p_holm if word == decision.word else None,
    )
    reason = (
        f"under {escape(shift, 60)} it {_passes(found)} (n = {found.n:,}{_within(found)}; {_guess(found)}): {ending}"
    )
    return settled(check, rule, word, reason)


def _within(found: BreakPoint) -> str:
    if found.groups is None:
        return ""
    few = f", fewer than {FEWEST_GROUPS}" if found.groups < FEWEST_GROUPS else ""
    return f" in {found.groups:,} groups{few}"


def _guess(found: BreakPoint) -> str:
    """Where accuracy may leave the floor; nothing is guessed where it is shown to rise, as no falling curve fits."""
    if found.rises:
        return "accuracy rises along this dial, so no falling curve fits"
    ends = {"at least": "beyond the last dose", "at most": "before dose 0"}
    return f"the fit crosses {ends.get(found.bound, f'near {found.estimate:.2f}')}"


def _word(found: BreakPoint, decision: GateDecision, wanted: float) -> Outcome:
    """Holm's answer; but it passes only where the dose that is claimed, which is told beside it, reaches the wanted."""
    reached = found.dose is not None and found.dose >= wanted
    return "cannot tell" if decision.word == "pass" and not reached else decision.word


def _passes(found: BreakPoint) -> str:
    return f"{'is ' if found.dose is None else ''}{found.sentence()}"


def _dial(evidence: AuditEvidence, shift: str, found: BreakPoint) -> Dial:
    return Dial(
        severities=found.doses,
        accuracy=found.shares,
        low=found.low,
        high=found.high,
        fitted=found.fitted,
        lower=() if found.rises else found.lower,
        upper=() if found.rises else found.upper,
        n=found.n,
        metric=evidence.policy.break_point.metric,
        floor=found.floor,
        passes_to=found.dose,
        crosses_at=None if found.bound or found.rises else found.estimate,
        confidence=tuple(mean_confidence(one.logits) for one in _along(evidence, shift)),
        reason="" if found.dose is not None else found.sentence(),
        parameters=parameters(shift, found.doses),
    )


QUESTIONS.add(
    Question(
        name="severity", title="accuracy under shifts", section="dials", told=False, ask=severity, counts_groups=True
    )
)
QUESTIONS.add(
    Question(
        name="break_point", title="dose it withstands", section="dials", told=False, ask=break_point, counts_groups=True
    )
)
