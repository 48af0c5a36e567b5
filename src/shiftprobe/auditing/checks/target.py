"""Accuracy on the target: measured where it has labels, estimated where it has none, never both for one gate."""

from dataclasses import replace

from shiftprobe.auditing.checks.base import QUESTIONS, Question, begun, by_images, gates, measured, settled
from shiftprobe.auditing.checks.bounded import side_of
from shiftprobe.auditing.checks.few_labels import from_few_labels
from shiftprobe.auditing.checks.gated import called, held, share_checks
from shiftprobe.auditing.estimate.accuracy import AccuracyEstimate
from shiftprobe.auditing.evidence import AuditEvidence, Side
from shiftprobe.auditing.few_labels.known import KnownLabels
from shiftprobe.auditing.measurements import TargetAccuracy
from shiftprobe.auditing.model import Measurements, Part
from shiftprobe.auditing.types import Check, Predictions
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.escape import escape
from shiftprobe.core.words import percent
from shiftprobe.metrics import InputError
from shiftprobe.stats import Gate
from shiftprobe.stats.image_spread import FEWEST_GROUPS
from shiftprobe.stats.shares import ShareGap, difference_of_intervals, difference_of_shares

HOW_TO_FIX = (
    "see the repairs first; then label some target images and fine-tune: `shiftprobe compare` says whether that helps"
)
LABEL = "label some of its pictures: --ask 60 draws those worth it, and what is measured needs no estimate"


def target(evidence: AuditEvidence) -> Part:
    """The gate on the target, and what the estimate without labels says."""
    side, seen = evidence.target, evidence.on_target
    if side is None or seen is None:
        raise NotAvailableError("no target was given (--target)")
    if side.labels is None:
        if evidence.policy.target.metric != "top1":
            raise InputError(f"without labels top-1 accuracy alone is estimated (target.metric); {LABEL}")
        if side.known is not None:
            return _few(evidence, side, seen, side.known)
        if evidence.estimate is None:  # made wherever there is a target
            raise NotAvailableError("the target has no labels and no estimate")
        check = _estimated(evidence, side, evidence.estimate)
        check = by_images(check) if evidence.grouped else check
        return Part(checks=(check,), shown=Measurements(estimates=evidence.estimate))
    check = _measured(evidence, side, seen)
    found = TargetAccuracy(
        accuracy=check.value, low=check.low, high=check.high, n=check.n, metric=evidence.policy.target.metric
    )
    return Part(checks=(check,), shown=Measurements(estimates=evidence.estimate, target=found))


def _measured(evidence: AuditEvidence, side: Side, seen: Predictions) -> Check:
    rule, labels = evidence.policy.target, side.labels
    if labels is None:
        raise NotAvailableError("the target has no labels")
    right = seen.right(labels, rule.metric)
    check = begun(
        "target", f"{called(rule.metric)} on the target {escape(side.name)}", evidence="#target", fix=HOW_TO_FIX
    )
    found = held(right, side, rule.at_least, evidence.policy.confidence)
    (made,) = share_checks(evidence.policy, rule, [(check, found)])
    return _with_loss(made, _lost(evidence, found))


def _few(evidence: AuditEvidence, side: Side, seen: Predictions, known: KnownLabels) -> Part:
    check = begun("target", f"accuracy on the target {escape(side.name)}", evidence="#target", fix=HOW_TO_FIX)
    made, found, gate = from_few_labels(check, evidence, side, seen, known)
    made = _with_loss(made, _lost(evidence, gate, exact=False))
    return Part(checks=(made,), shown=Measurements(estimates=evidence.estimate, target=found))


def _with_loss(made: Check, gap: ShareGap | None) -> Check:
    if gap is None or gap.low <= 0:
        return made
    lost = f"{100 * gap.value:.1f} points less than on the data ({100 * gap.low:.1f} to {100 * gap.high:.1f})"
    return replace(made, reason=f"{made.reason}; {lost}")


def _lost(evidence: AuditEvidence, there: Gate, *, exact: bool = True) -> ShareGap | None:
    """Accuracy on the data less that on the target; None where too few groups of images can tell."""
    confidence, home = evidence.policy.confidence, evidence.clean.right(evidence.labels, evidence.policy.target.metric)
    if exact and not evidence.grouped:
        return difference_of_shares(int(home.sum()), len(home), round(there.value * there.n), there.n, confidence)
    here = held(home, evidence.data, evidence.policy.accuracy.at_least, confidence)
    few = any(one.groups is not None and one.groups < FEWEST_GROUPS for one in (here, there))
    return None if few else difference_of_intervals(here[:3], there[:3])


def _estimated(evidence: AuditEvidence, side: Side, found: AccuracyEstimate) -> Check:
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
    fix = HOW_TO_FIX if word == "fail" else LABEL
    check = replace(check, value=found.value, low=found.low, high=found.high, fix=fix)
    held = measured(found.value, found.low, found.high, found.n, found.confidence)
    return settled(check, rule, word, f"{said} {held}{ending[word]}")


QUESTIONS.add(Question(name="target", title="accuracy on the target", section="target", ask=target, counts_groups=True))
