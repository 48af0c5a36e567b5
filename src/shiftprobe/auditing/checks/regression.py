"""Whether the checkpoint has lost against a baseline on the same images."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.checks.base import QUESTIONS, Question, begun, settled
from shiftprobe.auditing.checks.gated import called
from shiftprobe.auditing.evidence import AuditEvidence, Baseline, Paired, Side
from shiftprobe.auditing.measurements import BaselineComparison, ClassChange
from shiftprobe.auditing.model import Measurements, Part
from shiftprobe.auditing.types import Check, Power, Predictions
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.escape import escape
from shiftprobe.core.words import in_points
from shiftprobe.metrics import softmax
from shiftprobe.stats import PairedGate, agreeing_images, missed_regression, paired_gate
from shiftprobe.stats.image_spread import FEWEST_GROUPS

HOW_TO_FIX = (
    "regression.per_class in verdicts.json lists the classes by what they lost; retrain from the baseline, or keep it"
)


def regression(evidence: AuditEvidence) -> Part:
    """One paired gate per side that both have labels on: exact, image by image."""
    if evidence.baseline is None:
        raise NotAvailableError("no baseline was given (--baseline)")
    sides = {"data": (evidence.data, evidence.clean)}
    if evidence.target is not None and evidence.on_target is not None:
        sides["target"] = (evidence.target, evidence.on_target)
    found = {
        name: _paired(evidence, evidence.baseline, (name, paired), sides[name])
        for name, paired in evidence.baseline.sides.items()
    }
    told = {name: comparison for name, (_, comparison) in found.items()}
    return Part(
        checks=tuple(check for check, _ in found.values()),
        shown=Measurements(regression=told.get("data"), regression_target=told.get("target")),
    )


def _paired(
    evidence: AuditEvidence, baseline: Baseline, pair: tuple[str, Paired], ours: tuple[Side, Predictions]
) -> tuple[Check, BaselineComparison]:
    (name, paired), (side, seen), policy = pair, ours, evidence.policy
    labels = side.labels if side.labels is not None else np.zeros(len(side), np.int64)
    right = seen.right(labels, policy.regression.metric)[paired.index]
    together = None if side.clusters is None else side.clusters[paired.index]
    found = paired_gate(right, paired.right, policy.regression.margin, policy.confidence, groups=together)
    title = f"{called(policy.regression.metric)} on {escape(side.name)} less the baseline's"
    check = begun(
        "regression" if name == "data" else f"regression:{name}", title, evidence="#regression", fix=HOW_TO_FIX
    )
    told = BaselineComparison(
        baseline=baseline.name,
        fingerprint=baseline.fingerprint,
        n=found.n,
        lost_images=paired.lost,
        ours=float(right.mean()),
        theirs=float(paired.right.mean()),
        difference=found.difference,
        low=found.low,
        high=found.high,
        p=found.flips.p,
        only_ours=found.flips.a_only,
        only_theirs=found.flips.b_only,
        both=found.flips.both,
        neither=found.flips.neither,
        margin=found.margin,
        same_answers=None if paired.answers is None else int((seen.answers[paired.index] == paired.answers).sum()),
        largest_difference=_largest(seen.logits[paired.index], paired.logits),
        per_class=_per_class(evidence, labels[paired.index], right, paired.right),
    )
    return _check(evidence, check, found, told), told


def _largest(ours: NDArray[np.float32], theirs: NDArray[np.float32] | None) -> float | None:
    """The largest difference of two probabilities of a class; None where only answers are known."""
    return None if theirs is None else float(np.abs(softmax(ours) - softmax(theirs)).max())


def _check(evidence: AuditEvidence, check: Check, found: PairedGate, told: BaselineComparison) -> Check:
    rule, confidence = evidence.policy.regression, evidence.policy.confidence
    ending = {
        "pass": f"no more than the {100 * rule.margin:g} points allowed are lost",
        "fail": f"more than the {100 * rule.margin:g} points allowed are lost",
        "cannot tell": f"whether more than the {100 * rule.margin:g} points allowed are lost cannot be told",
    }[found.word]
    needed = agreeing_images(rule.margin, confidence)
    if found.word == "cannot tell" and not (found.flips.a_only or found.flips.b_only) and needed and not found.groups:
        ending += f" from {found.n:,} images; about {needed:,} on which both agree would do"
    if found.groups is not None and found.groups < FEWEST_GROUPS:
        ending = f"fewer than {FEWEST_GROUPS} groups of images cannot tell what is lost"
    together = "" if found.groups is None else f" in {found.groups:,} groups"
    missing = f"; {told.lost_images:,} images have no partner" if told.lost_images else ""
    reason = (
        f"{check.title} is {in_points(found.difference)} points ({100 * confidence:g} % interval "
        f"{in_points(found.low)} to {in_points(found.high)}, n = {found.n:,}{together}; {found.flips.a_only} images "
        f"only it has right, {found.flips.b_only} only the baseline, McNemar p {found.flips.p:.3f}{_alike(told)}): "
        f"{ending}{missing}"
    )
    check = replace(
        check,
        value=found.difference,
        low=found.low,
        high=found.high,
        n=found.n,
        unit="points",
        threshold=-rule.margin,
        relation="at least",
        p=found.p_above if found.word == "pass" else found.p_below,
        power=_power(evidence, found),
    )
    return settled(check, rule, found.word, reason)


def _alike(told: BaselineComparison) -> str:
    """'; the same answers on 150 of 150, no probability differs by more than 2e-07', as far as that is known."""
    if told.same_answers is None:
        return ""
    most = told.largest_difference
    moved = "" if most is None else f", no probability differs by more than {most:.2g}"
    return f"; the same answer on {told.same_answers:,} of {told.n:,}{moved}"


def _power(evidence: AuditEvidence, found: PairedGate) -> Power | None:
    """What the paired gate misses, at as many flips as were seen."""
    policy, loss = evidence.policy, evidence.policy.loss + evidence.policy.regression.margin
    share = max(loss, (found.flips.a_only + found.flips.b_only) / found.n)
    if share > 1 or found.groups is not None:  # what groups leave open is not known beforehand
        return None
    miss = missed_regression(found.n, share, loss, policy.regression.margin, policy.confidence)
    said = (
        f"with {found.n:,} paired images of which {100 * share:.0f} % change sides this gate misses a "
        f"{100 * loss:.3g}-point loss {100 * miss:.0f} % of the time"
    )
    return Power(loss=loss, images=found.n, missed=miss, wanted=policy.power, needed=None, sentence=said)


def _per_class(
    evidence: AuditEvidence, labels: NDArray[np.int64], ours: NDArray[np.bool_], theirs: NDArray[np.bool_]
) -> tuple[ClassChange, ...]:
    """Classes by what they lost, the most first."""
    rows = []
    for label in np.unique(labels).tolist():
        of = labels == label
        row = ClassChange(
            name=evidence.subject.classes[label],
            n=int(of.sum()),
            ours=float(ours[of].mean()),
            theirs=float(theirs[of].mean()),
            only_ours=int((ours & ~theirs)[of].sum()),
            only_theirs=int((theirs & ~ours)[of].sum()),
        )
        rows.append(row)
    return tuple(sorted(rows, key=lambda row: (row.ours - row.theirs, row.name)))


QUESTIONS.add(
    Question(
        name="regression",
        title="accuracy less the baseline's",
        section="regression",
        ask=regression,
        counts_groups=True,
    )
)
