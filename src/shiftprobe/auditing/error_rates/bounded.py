"""What an audit holds against a threshold, and which value all images give: where the threshold of a draw is put."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from shiftprobe.auditing.checks.base import Question, answer, gates, rule_of
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.policy import AtLeast, Policy
from shiftprobe.auditing.types import Check
from shiftprobe.core.types import UNSHIFTED, Condition

Way: TypeAlias = Literal["at least", "at most"]

AT_LEAST = (
    "accuracy", "balanced_accuracy", "macro_f1", "auroc", "worst_class", "worst_group", "severity", "break_point",
    "target",
)  # fmt: skip
AT_MOST = ("nll", "calibration", "overconfidence", "corruption_error")
FAMILIES = ("severity", "break_point")
"""Questions whose checks, one a shift, are declared together: what errs in any of them errs in the family."""

FAILED = ("fail", "warn")
UNSURE = ("cannot tell", "not done")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounded:
    """One gate, or a family of them, with the truth of each member."""

    name: str  # of the row: a check's name, or the rule's key where it is a family
    question: Question
    title: str
    gates: bool
    way: Way
    truths: Mapping[str, float]  # by check
    unit: str = "fraction"
    reason: str = ""  # why there is no truth

    @property
    def threshold(self) -> float:
        """The strictest that every member meets."""
        return min(self.truths.values()) if self.way == "at least" else max(self.truths.values())

    @property
    def nearest(self) -> str:
        """The member whose truth that is."""
        return next(name for name, truth in self.truths.items() if truth == self.threshold)


def bounded(question: Question, evidence: AuditEvidence) -> tuple[Bounded, ...]:
    """What a question holds against thresholds, with its truth on a whole population; empty where it does not.

    Args:
        question: one of the policy's.
        evidence: every image at every shift.
    """
    way = _way(question.name)
    if way is None:
        return ()
    if question.name == "target" and (evidence.target is None or evidence.target.labels is None):
        return ()
    checks = answer(question, evidence).checks
    groups = [checks] if question.name in FAMILIES else [(check,) for check in checks]
    return tuple(_of(question, members, evidence, way) for members in groups)


def _way(name: str) -> Way | None:
    return "at least" if name in AT_LEAST else "at most" if name in AT_MOST else None


def _of(question: Question, members: tuple[Check, ...], evidence: AuditEvidence, way: Way) -> Bounded:
    first = members[0]
    whole = Bounded(
        name=question.name if question.name in FAMILIES and len(members) > 1 else first.name,
        question=question,
        title=first.title if len(members) == 1 else f"{question.title} ({len(members)} shifts)",
        gates=gates(rule_of(evidence.policy, question)),
        way=way,
        truths={},
        unit="fraction" if question.name == "break_point" else first.unit,
    )
    truths = {check.name: _truth(check, evidence) for check in members}
    if any(truth is None for truth in truths.values()):
        return replace(whole, reason=first.reason)
    return replace(whole, truths={name: truth for name, truth in truths.items() if truth is not None})


def _truth(check: Check, evidence: AuditEvidence) -> float | None:
    """What all images give; of a dial the lowest accuracy up to the dose that is asked for."""
    if check.kind != "break_point" or check.status == "not done":
        return check.value
    shift, most = check.name.partition(":")[2], evidence.policy.break_point.dose
    looks = {UNSHIFTED: evidence.clean, **evidence.dial}
    doses = [dose for dose in evidence.policy.asked if dose <= most]
    rows = [looks[UNSHIFTED], *(looks[Condition(shift, dose)] for dose in doses)]
    return float(min(np.mean(seen.right(evidence.labels)) for seen in rows))


def with_threshold(policy: Policy, name: str, threshold: float) -> Policy:
    """The policy with another threshold in one rule."""
    rule = policy.rule(name)
    key = "at_least" if isinstance(rule, AtLeast) or hasattr(rule, "at_least") else "at_most"
    return policy.model_copy(update={name: rule.model_copy(update={key: threshold})})


def without_power(policy: Policy) -> Policy:
    """The policy whose gates do not tell what they can see: the sentence costs more than the decision."""
    return policy.model_copy(update={"loss": 1.0})


def holds(check: Check, truth: float) -> bool | None:
    """Whether a check's interval holds the truth; None where it has none."""
    if check.low is None or check.high is None or not math.isfinite(check.high - check.low):
        return None
    return check.low <= truth <= check.high
