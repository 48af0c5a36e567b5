"""Whether the classes come in other shares on the target than in the data."""

from dataclasses import replace

import numpy as np

from shiftprobe.auditing.checks.base import QUESTIONS, Question, begun, gates
from shiftprobe.auditing.checks.bounded import decided
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.model import Measurements, Part
from shiftprobe.auditing.types import Predictions, Status
from shiftprobe.core import seeding
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.escape import escape
from shiftprobe.metrics import InputError, bbse, confusion, label_shift

MOST_CLASSES = 2000  # a matrix of as many rows and columns is inverted in seconds
HOW_TO_FIX = (
    "accuracy moves with the shares of its classes: judge by balanced accuracy, or weight the data like the target"
)


def shares(evidence: AuditEvidence) -> Part:
    """Total variation between class shares: of labels where the target has them, else estimated from predictions."""
    side, seen = evidence.target, evidence.on_target
    if side is None or seen is None:
        raise NotAvailableError("no target was given (--target)")
    if side.labels is None:
        return _estimated(evidence, seen)
    rng = seeding.generator(evidence.policy.seed, "audit", "label shift")
    found = label_shift(
        evidence.labels, side.labels, len(evidence.subject.classes), confidence=evidence.policy.confidence, rng=rng
    )
    said = (
        f"class shares of {escape(side.name)} differ from the data's by {100 * found.distance:.1f} points (total "
        f"variation, {100 * evidence.policy.confidence:g} % interval {100 * found.low:.1f} to {100 * found.high:.1f}, "
        f"n = {found.n:,} and {found.m:,}, p {found.p:.3f})"
    )
    check = begun("label_shift", "class shares, target against data", evidence="#target", fix=HOW_TO_FIX)
    check = replace(check, unit="points", p=found.p)
    rule, numbers = evidence.policy.label_shift, (found.distance, found.low, found.high, found.m)
    return Part(checks=(decided(check, rule, numbers, ("at most", rule.at_most), said),))


def _estimated(evidence: AuditEvidence, seen: Predictions) -> Part:
    """By black box shift estimation among the classes of the data; right only where each class looks as before."""
    rule, present = evidence.policy.label_shift, evidence.data.present
    if len(present) > MOST_CLASSES:
        raise InputError(
            f"class shares of a target without labels: wanted at most {MOST_CLASSES:,} classes, whose mistakes can be "
            f"undone together, got {len(present):,}; label some of the target"
        )
    place = np.full(len(evidence.subject.classes), -1)
    place[present] = np.arange(len(present))
    there, here = place[seen.answers], place[evidence.clean.answers]
    inside, kept = there[there >= 0], here >= 0
    if not kept.any():
        raise InputError("class shares of a target without labels: no answer on the data is one of its classes")
    table = confusion(place[evidence.labels[kept]], here[kept], len(present))
    found = bbse(table, np.bincount(inside, minlength=len(present)), evidence.policy.confidence)
    if found.shares is None or found.distance is None:
        raise InputError(f"class shares of a target without labels: {found.reason}")
    named = [evidence.subject.classes[int(label)] for label in present]
    shown = Measurements(shares=dict(zip(named, found.shares.tolist(), strict=True)))
    within = found.distance <= rule.at_most
    # Without an interval it decides nothing: a gate cannot tell.
    said: Status = "cannot tell" if gates(rule) or within else "warn"
    check = begun(
        "label_shift", "class shares, target against data", evidence="#target", fix="" if within else HOW_TO_FIX
    )
    others = len(there) - len(inside)
    left = f"; {others:,} answers are classes that the data lacks, and are left out" if others else ""
    told = replace(
        check,
        unit="points",
        value=found.distance,
        n=found.n,
        threshold=rule.at_most,
        relation="at most",
        status=said,
        gates=gates(rule),
        reason=f"class shares of the target, estimated from predictions, differ from the data's by "
        f"{100 * found.distance:.1f} points (total variation, n = {found.n:,}, no interval; holds only if each class "
        f"looks as before{left})",
    )
    return Part(checks=(told,), shown=shown)


QUESTIONS.add(Question(name="label_shift", title="class shares, target against data", section="target", ask=shares))
