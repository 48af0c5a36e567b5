"""How far the target lies from the data for the checkpoint, and what that costs: drift alone is no harm."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.checks.base import QUESTIONS, Question, begun
from shiftprobe.auditing.checks.bounded import decided
from shiftprobe.auditing.checks.few_labels import held_by_few
from shiftprobe.auditing.checks.gated import held
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import DriftHarm
from shiftprobe.auditing.model import Measurements, Part
from shiftprobe.auditing.types import Predictions
from shiftprobe.core import seeding
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.words import in_points
from shiftprobe.metrics import InputError, domain_classifier, mmd
from shiftprobe.stats.shares import difference_of_intervals, difference_of_shares

MAX_IMAGES = 1000  # images of a side; the tests cost the square of it
PERMUTATIONS = 1000
MIN_SIDE = 10  # images of a side: two in each of five folds
HOW_TO_FIX = (
    "what drifted costs accuracy: see the repairs, or label some target images and fine-tune (`shiftprobe compare`)"
)


def drift(evidence: AuditEvidence) -> Part:
    """Harm: how surely features tell the domains apart (2 AUC - 1, at least 0) times the accuracy lost there.

    Both factors have intervals; the product's ends are the products of theirs, which is conservative. The loss is
    measured where the target has labels, otherwise predicted, with the prediction's interval.
    """
    if evidence.on_target is None:
        raise NotAvailableError("no target was given (--target)")
    first, second = _features(evidence.clean, evidence), _features(evidence.on_target, evidence)
    if min(len(first), len(second)) < MIN_SIDE:
        raise InputError(f"wanted at least {MIN_SIDE} images on each side, got {len(first)} and {len(second)}")
    score = domain_classifier(first, second, rng=seeding.generator(evidence.policy.seed, "audit", "folds"))
    tested = mmd(first, second, permutations=PERMUTATIONS, rng=seeding.generator(evidence.policy.seed, "audit", "mmd"))
    loss = _loss(evidence)
    effect = tuple(max(0.0, 2 * auc - 1) for auc in (score.auc, score.low, score.high))
    harm, low, high = (
        max(0.0, part * lost) for part, lost in zip(effect, (loss.value, loss.low, loss.high), strict=True)
    )
    shown = DriftHarm(
        auc=score.auc,
        auc_low=score.low,
        auc_high=score.high,
        mmd_p=tested.p,
        mmd_effect=tested.effect,
        loss=loss.value,
        loss_low=loss.low,
        loss_high=loss.high,
        harm=harm,
        harm_low=low,
        harm_high=high,
        measured=loss.measured,
    )
    said = (
        f"features tell target from data with an AUC of {score.auc:.2f} ({score.low:.2f} to {score.high:.2f}; MMD "
        f"p {tested.p:.3f}, n = {len(first):,} and {len(second):,}) and accuracy "
        f"{'measured' if loss.measured else 'estimated'} there changes by {in_points(-loss.value)} points "
        f"({in_points(-loss.high)} to {in_points(-loss.low)}): harm "
        f"{100 * harm:.1f} points ({100 * low:.1f} to {100 * high:.1f})"
    )
    rule, numbers = evidence.policy.drift, (harm, low, high, len(second))
    check = replace(begun("drift", "harm done by drift", evidence="#target", fix=HOW_TO_FIX), unit="points")
    return Part(
        checks=(decided(check, rule, numbers, ("at most", rule.at_most), said),), shown=Measurements(drift=shown)
    )


def _features(seen: Predictions, evidence: AuditEvidence) -> NDArray[np.float32]:
    order = seeding.generator(evidence.policy.seed, "audit", "drift").permutation(len(seen.logits))[:MAX_IMAGES]
    return seen.penultimate[np.sort(order)].astype(np.float32)


class _Loss(NamedTuple):
    """Accuracy on the data less that on the target, with its interval."""

    value: float
    low: float
    high: float
    measured: bool  # else estimated without labels


def _loss(evidence: AuditEvidence) -> _Loss:
    """Accuracy on the data less that on the target, with its interval, and how it is known."""
    right = evidence.clean.right(evidence.labels)
    target, seen = evidence.target, evidence.on_target
    if target is not None and seen is not None and target.labels is not None:
        there = seen.right(target.labels)
        gap = difference_of_shares(
            int(right.sum()), len(right), int(there.sum()), len(there), evidence.policy.confidence
        )
        return _Loss(gap.value, gap.low, gap.high, measured=True)
    if target is not None and seen is not None and target.known is not None:
        confidence = evidence.policy.confidence
        home = held(right, evidence.data, evidence.policy.accuracy.at_least, confidence)
        _, few = held_by_few(evidence, seen, target.known)
        gap = difference_of_intervals(home[:3], few[:3])
        return _Loss(gap.value, gap.low, gap.high, measured=True)
    found = evidence.estimate
    if found is None or found.value is None or found.low is None or found.high is None:
        reason = found.reason if found is not None else "there is no target"
        raise InputError(f"the target has no labels, and accuracy there cannot be estimated: {reason}")
    clean = float(right.mean())
    return _Loss(clean - found.value, clean - found.high, clean - found.low, measured=False)


QUESTIONS.add(Question(name="drift", title="harm done by drift", section="target", ask=drift))
