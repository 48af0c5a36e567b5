"""Further scores of the answers to labelled images, asked where the policy names them."""

from dataclasses import replace
from functools import partial
from math import isfinite
from typing import Literal, TypeAlias

from shiftprobe.auditing.checks.base import MORE, QUESTIONS, Question, begun, interval
from shiftprobe.auditing.checks.bounded import decided
from shiftprobe.auditing.checks.gated import held, share_checks
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.model import Part
from shiftprobe.auditing.policy import AtLeast, Rule, UnboundedRule
from shiftprobe.auditing.types import Check
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.escape import escape
from shiftprobe.core.words import percent
from shiftprobe.metrics import InputError
from shiftprobe.metrics.scores import (
    FEWEST_OF_CLASS,
    SCORES,
    Outputs,
    Score,
    ScoreInterval,
    ScoreName,
    cost_matrix,
    mean_cost,
)

HOW_TO_FIX = "look at the classes one by one, then at the confusions; see the repairs"
CHEAPER = "look at the dearest confusions; answers are judged as they are, none is chosen by its expected cost"
Bound: TypeAlias = tuple[Literal["at least", "at most"], float]


def scored(evidence: AuditEvidence, name: ScoreName) -> Part:
    """One score held against its threshold by its own interval.

    A score that counts classes alike decides nothing where a class has too few images for that interval.
    """
    score, rule = SCORES[name], evidence.policy.rule(name)
    outputs = Outputs.of_logits(evidence.clean.logits, evidence.labels)
    found = score.measure(outputs, evidence.policy.confidence)
    if not isfinite(found.high):
        raise InputError(f"{name} of a single image has no interval")
    check = begun(name, f"{score.title} on {escape(evidence.data.name)}", evidence="#classes", fix=HOW_TO_FIX)
    numbers = (found.value, found.low, found.high, found.n)
    made = decided(_in_unit(check, score), rule, numbers, _bound(rule), _said(evidence, check, score, found))
    counts = outputs.counts[outputs.counts > 0]
    return Part(checks=(_of_few(made, int(counts.min())) if score.by_class else made,))


def top5(evidence: AuditEvidence) -> Part:
    """The share of images whose label is among the five likeliest answers, as an exact binomial gate."""
    rule, policy = evidence.policy.top5, evidence.policy
    near = evidence.clean.right(evidence.labels, "top5")
    check = begun(
        "top5", f"{SCORES['top5'].title} on {escape(evidence.data.name)}", evidence="#classes", fix=HOW_TO_FIX
    )
    return Part(
        checks=share_checks(policy, rule, [(check, held(near, evidence.data, rule.at_least, policy.confidence))])
    )


def cost(evidence: AuditEvidence) -> Part:
    """What the answers, as they are, cost on average by the policy's matrix."""
    rule, confidence = evidence.policy.cost, evidence.policy.confidence
    outputs = Outputs.of_logits(evidence.clean.logits, evidence.labels)
    matrix = cost_matrix(rule.matrix, evidence.subject.classes)
    value, low, high = mean_cost(outputs, matrix, confidence)
    check = begun("cost", f"mean cost of an answer on {escape(evidence.data.name)}", evidence="#classes", fix=CHEAPER)
    said = (
        f"{check.title} is {value:.3g} ({100 * confidence:g} % interval {low:.3g} to {high:.3g}, n = {len(outputs):,}; "
        f"costs from {matrix.min():g} to {matrix.max():g})"
    )
    numbers = (value, low, high, len(outputs))
    return Part(checks=(decided(replace(check, unit="ratio"), rule, numbers, ("at most", rule.at_most), said),))


def _in_unit(check: Check, score: Score) -> Check:
    return check if score.rises else replace(check, unit="ratio")


def _bound(rule: Rule) -> Bound:
    if isinstance(rule, AtLeast):
        return "at least", rule.at_least
    if isinstance(rule, UnboundedRule):
        return "at most", rule.at_most
    raise NotAvailableError("the policy does not ask for it")


def _said(evidence: AuditEvidence, check: Check, score: Score, found: ScoreInterval) -> str:
    confidence = evidence.policy.confidence
    if score.rises:
        return f"{check.title} is {percent(found.value)} ({interval(found.low, found.high, found.n, confidence)})"
    return (
        f"{check.title} is {found.value:.3f} nats ({100 * confidence:g} % interval {found.low:.3f} to "
        f"{found.high:.3f}, n = {found.n:,})"
    )


def _of_few(check: Check, rarest: int) -> Check:
    """A gate that decides nothing where a class has fewer images than its interval needs; a warning stays one."""
    if rarest >= FEWEST_OF_CLASS or not check.gates:
        return check
    said = f"{check.reason}; a class has fewer than {FEWEST_OF_CLASS} images, so no gate can rest on it"
    return replace(check, status="cannot tell", reason=said, fix=MORE)


QUESTIONS.add(Question(name="top5", title=SCORES["top5"].title, section="classes", ask=top5, counts_groups=True))
QUESTIONS.add(Question(name="cost", title="mean cost of an answer", section="classes", ask=cost))
for _name in ("macro_f1", "auroc", "nll"):
    _score = next(one for one in SCORES.values() if one.name == _name)
    QUESTIONS.add(Question(name=_name, title=_score.title, section="classes", ask=partial(scored, name=_score.name)))
