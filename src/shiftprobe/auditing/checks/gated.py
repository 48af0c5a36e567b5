"""A share held against its threshold, as a check: the words, the p values, and what the gate itself can see."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.checks.base import measured, settled
from shiftprobe.auditing.evidence import Side
from shiftprobe.auditing.policy import Policy, Rule
from shiftprobe.auditing.types import Check, Power
from shiftprobe.core.words import percent
from shiftprobe.metrics.scores import SCORES, ShareScore
from shiftprobe.stats import (
    Gate,
    GateDecision,
    Worst,
    decide,
    gate,
    grouped_gate,
    images_needed,
    missed,
    power_sentence,
)
from shiftprobe.stats.gate import worst_gate
from shiftprobe.stats.image_spread import FEWEST_GROUPS


def power(policy: Policy, threshold: float, n: int, family: int = 1) -> Power | None:
    """What such a gate misses with so many images; None where the loss it is told for is larger than the threshold."""
    if policy.loss > threshold or n < 1:
        return None
    confidence, wanted = policy.confidence, policy.power
    return Power(
        loss=policy.loss,
        images=n,
        missed=missed(n, threshold, policy.loss, confidence, family),
        wanted=wanted,
        needed=images_needed(threshold, policy.loss, wanted, confidence=confidence, family=family),
        sentence=power_sentence(n, threshold, policy.loss, wanted, confidence=confidence, family=family),
    )


def held(right: NDArray[np.bool_], side: Side, threshold: float, confidence: float) -> Gate:
    """A share of a side's images held against a threshold; images that belong together count as one draw."""
    if side.clusters is None:
        return gate(int(right.sum()), len(right), threshold, confidence)
    return grouped_gate(right, side.clusters, threshold, confidence)


def called(score: ShareScore) -> str:
    """What a share of right images is called in a title."""
    return "accuracy" if score == "top1" else SCORES[score].title


def gated_dose(policy: Policy) -> float:
    """The severity at which shifts are held: `severity.at`, or the nearest below it that is looked at, or the first."""
    return max((dose for dose in policy.asked if dose <= policy.severity.at), default=min(policy.asked))


def lowest(
    shares: Mapping[str, tuple[NDArray[np.bool_], Side]], threshold: float, confidence: float
) -> tuple[str, Worst]:
    """The lowest of several shares that must all reach a threshold, and whose it is.

    Args:
        shares: by name, which of some images are right, and these images.
        threshold: what each must reach, a fraction.
        confidence: of the interval of the lowest true share.
    """
    wide = 1.0 - (1.0 - confidence) / len(shares)
    members = tuple(held(right, side, threshold, confidence) for right, side in shares.values())
    ends = [held(right, side, threshold, wide).high for right, side in shares.values()]
    found = worst_gate(members, min(ends), confidence)
    return list(shares)[found.index], found


def of_lowest(check: Check, worst: Worst, threshold: float) -> Check:
    """The check with the numbers of the lowest share of a family, held against its threshold."""
    return replace(
        check,
        value=worst.value,
        low=worst.low,
        high=worst.high,
        n=worst.n,
        threshold=threshold,
        relation="at least",
        p=worst.p_above if worst.word == "pass" else worst.p_below,
    )


def share_checks(
    policy: Policy, rule: Rule, found: Sequence[tuple[Check, Gate]], *, planned: int | None = None
) -> tuple[Check, ...]:
    """One family of shares that were declared together, each decided with Holm over the family.

    Args:
        policy: confidence, and the loss that power is told for.
        rule: the level.
        found: per member a check with name, kind, title, evidence and a fix, and its gate; the title begins the reason.
        planned: images that a member would have been held against before it could not be told; None: those it was.
    """
    decided = decide([gate.p_above for _, gate in found], [gate.p_below for _, gate in found], 1 - policy.confidence)
    return tuple(
        _decided(check, gate, decision, (policy, rule, len(found), planned or gate.n))
        for (check, gate), decision in zip(found, decided, strict=True)
    )


def _decided(check: Check, gate: Gate, decision: GateDecision, among: tuple[Policy, Rule, int, int]) -> Check:
    policy, rule, family, planned = among
    corrected = decision.uncorrected != decision.word
    reason = _reason(check.title, gate, policy, decision.word) + (_corrected(family) if corrected else "")
    check = replace(
        check,
        value=gate.value,
        low=gate.low,
        high=gate.high,
        n=gate.n,
        threshold=gate.threshold,
        relation="at least",
        p=decision.p,
        p_holm=decision.p_holm,
        # what groups leave open is not known beforehand
        power=None if gate.groups is not None else power(policy, gate.threshold, planned, family),
    )
    return settled(check, rule, decision.word, reason)


def _reason(what: str, gate: Gate, policy: Policy, word: str) -> str:
    said = f"{what} is {measured(gate.value, gate.low, gate.high, gate.n, policy.confidence)}"
    bar = percent(gate.threshold)
    if gate.groups is not None:
        said += f" in {gate.groups:,} groups"
    if gate.groups is not None and gate.groups < FEWEST_GROUPS:
        return f"{said}: fewer than {FEWEST_GROUPS} groups cannot tell whether it reaches {bar}"
    if word == "pass":
        return f"{said}, at least {bar}"
    if word == "fail":
        return f"{said}, below {bar}"
    return f"{said}: whether it reaches {bar} cannot be told"


def _corrected(members: int) -> str:
    return f" (its own interval would tell; corrected for {members} of a kind it does not)"
