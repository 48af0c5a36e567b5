"""Accuracy on a target of which a few images have a label: what these tell with the confidence on all others."""

import math
from dataclasses import replace

from shiftprobe.auditing.checks.gated import share_checks
from shiftprobe.auditing.evidence import AuditEvidence, Side
from shiftprobe.auditing.few_labels.known import KnownLabels
from shiftprobe.auditing.few_labels.proxy import proxy_of
from shiftprobe.auditing.images_to_decide import IF_SO, MOST_LABELLED, images_to_decide
from shiftprobe.auditing.measurements import TargetAccuracy
from shiftprobe.auditing.types import Check, Predictions
from shiftprobe.stats import Gate, effective_gate, grouped_gate, prediction_powered

GROUPED = "images that belong together count as one draw"
MORE_LABELS = "label more of its pictures: the same command with --ask {}, which goes on with the draw"
DRAWN = "label pictures that are drawn: --unlabelled --ask {} in place of these labels"


def from_few_labels(
    check: Check, evidence: AuditEvidence, side: Side, seen: Predictions, known: KnownLabels
) -> tuple[Check, TargetAccuracy, Gate]:
    """The gate on the target from a few labels, and what they were worth.

    Args:
        check: begun.
        evidence: of the audit.
        side: the target's images.
        seen: what the checkpoint answered to them.
        known: the labels.
    """
    found, gate = held_by_few(evidence, seen, known)
    (made,) = share_checks(evidence.policy, evidence.policy.target, [(check, gate)])
    made = replace(made, reason=f"{made.reason}; {_worth(found)}{_assumed(known)}")
    if made.status == "cannot tell":
        made = replace(made, fix=_more(made, evidence, found, known, len(side)))
    return made, found, gate


def _more(check: Check, evidence: AuditEvidence, found: TargetAccuracy, known: KnownLabels, pictures: int) -> str:
    """The way to labels that would decide, where the true share is the one seen; twice as many where nobody knows."""
    way, alone = MORE_LABELS if known.asked else DRAWN, images_to_decide(check, evidence.policy)
    if alone is None or not found.n:
        return way.format(min(2 * len(known), pictures))
    if alone > MOST_LABELLED:
        return "it is too near the threshold for any number of labels: decide by hand, or ask for another threshold"
    worth = (found.effective or found.n) / found.n
    needed = max(len(known) + 1, 10 * math.ceil(alone / worth / 10))
    if needed > pictures:
        return f"more pictures of the target: about {needed:,} labels would decide it ({IF_SO}), it has {pictures:,}"
    return f"{way.format(needed)}: about so many would decide it ({IF_SO})"


def held_by_few(evidence: AuditEvidence, seen: Predictions, known: KnownLabels) -> tuple[TargetAccuracy, Gate]:
    """What a few labels tell of accuracy on the target, and that held against the policy's threshold.

    Args:
        evidence: of the audit.
        seen: what the checkpoint answered to the target's images.
        known: the labels.
    """
    policy, rule = evidence.policy, evidence.policy.target
    right = seen.answers[known.places] == known.labels
    if known.clusters is not None:
        gate = grouped_gate(right, known.clusters, rule.at_least, policy.confidence)
        found = TargetAccuracy(
            accuracy=gate.value,
            low=gate.low,
            high=gate.high,
            n=gate.n,
            method="labels alone",
            why=GROUPED,
            asked=known.asked,
        )
        return found, gate
    proxy = proxy_of(evidence)
    share = prediction_powered(
        right, proxy[known.places], proxy, probability=known.probability, confidence=policy.confidence
    )
    found = TargetAccuracy(
        accuracy=share.value,
        low=share.low,
        high=share.high,
        n=share.n,
        method=share.method,
        why=share.why,
        effective=share.effective,
        unlabelled=share.unlabelled,
        asked=known.asked,
    )
    return found, effective_gate(share.value, share.effective, share.n, rule.at_least, policy.confidence)


def _worth(found: TargetAccuracy) -> str:
    if found.method == "labels alone" or found.effective is None:
        return f"labels alone, by a rule fixed before they were seen: {found.why}"
    more, work = f"{found.unlabelled:,} more pictures", f"{found.effective:,.0f}"
    return f"with the confidence on {more}, {found.n:,} labels did the work of {work}"


def _assumed(known: KnownLabels) -> str:
    return "" if known.asked else "; nobody drew them with --ask: they are taken for a random sample"
