"""Accuracy on the target: measured where it has labels, estimated where it has none, never both for one gate."""

from dataclasses import replace
from typing import Any

from shiftprobe.auditing.checks.base import QUESTIONS, Question, begun, gates, measured, percent, settled
from shiftprobe.auditing.checks.bounded import side_of
from shiftprobe.auditing.checks.gated import share_checks
from shiftprobe.auditing.estimate.accuracy import Estimate
from shiftprobe.auditing.evidence import Evidence, Predictions, Side
from shiftprobe.auditing.types import Check, Part
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.escape import escape
from shiftprobe.stats import gate
from shiftprobe.stats.shares import difference_of_shares

FIX = "see the repairs first; then label some target images and fine-tune: `shiftprobe compare` says whether that helps"
LABEL = "label a few hundred target images and give them as --target: what is measured needs no estimate"


def target(evidence: Evidence) -> Part:
    """The gate on the target, and what the estimate without labels says."""
    side, seen = evidence.target, evidence.on_target
    if side is None or seen is None:
        raise NotAvailableError("no target was given (--target)")
    shown: dict[str, Any] = {} if evidence.estimate is None else {"estimates": told(evidence.estimate)}
    if side.labels is None:
        if evidence.estimate is None:  # made wherever there is a target
            raise NotAvailableError("the target has no labels and no estimate")
        return Part(checks=(_estimated(evidence, side, evidence.estimate),), shown=shown)
    checks = _measured(evidence, side, seen)
    found = {"accuracy": checks[0].value, "low": checks[0].low, "high": checks[0].high, "n": checks[0].n}
    return Part(checks=checks, shown={**shown, "target": found})


def _measured(evidence: Evidence, side: Side, seen: Predictions) -> tuple[Check, ...]:
    rule, labels = evidence.policy.target, side.labels
    right = seen.answers == labels
    check = begun("target", f"accuracy on the target {escape(side.name)}", evidence="#target", fix=FIX)
    found = gate(int(right.sum()), len(right), rule.at_least, evidence.policy.confidence)
    home = evidence.clean.right(evidence.labels)
    counts = (int(home.sum()), len(home), int(right.sum()), len(right))
    gap = difference_of_shares(*counts, evidence.policy.confidence)
    (made,) = share_checks(evidence.policy, rule, [(check, found)])
    if gap.low <= 0:
        return (made,)
    lost = f"{100 * gap.value:.1f} points less than on the data ({100 * gap.low:.1f} to {100 * gap.high:.1f})"
    return (replace(made, reason=f"{made.reason}; {lost}"),)


def _estimated(evidence: Evidence, side: Side, found: Estimate) -> Check:
    """The interval is the estimate's own, at its own confidence."""
    rule = evidence.policy.target
    check = begun("target", f"estimated accuracy on the target {escape(side.name)}", evidence="#target")
    check = replace(check, n=found.n, threshold=rule.at_least, relation="at least", gates=gates(rule))
    if found.value is None or found.low is None or found.high is None:
        reason = f"accuracy on {escape(side.name)} cannot be estimated without labels: {found.reason}"
        return replace(check, status="cannot tell", reason=reason, fix=LABEL)
    word = side_of(found.low, found.high, "at least", rule.at_least)
    said = f"accuracy on {escape(side.name)}, estimated without labels, is"
    bar = percent(rule.at_least)
    ending = {
        "pass": f", at least {bar}",
        "fail": f", below {bar}",
        "cannot tell": f": whether it reaches {bar} cannot be told",
    }
    fix = FIX if word == "fail" else LABEL
    check = replace(check, value=found.value, low=found.low, high=found.high, fix=fix)
    held = measured(found.value, found.low, found.high, found.n, found.confidence)
    return settled(check, rule, word, f"{said} {held}{ending[word]}")


def told(found: Estimate) -> dict[str, Any]:
    """An estimate as plain data."""
    return {
        "answered": found.answered,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "n": found.n,
        "confidence": found.confidence,
        "reason": found.reason,
        "zone": None if found.zone is None else found.zone._asdict(),
        "methods": [
            {
                "name": one.name, "value": one.value, "low": one.low, "high": one.high, "error": one.error,
                "reason": one.reason,
            }
            for one in found.methods
        ],
    }  # fmt: skip


QUESTIONS.add(Question(name="target", title="accuracy on the target", ask=target))
