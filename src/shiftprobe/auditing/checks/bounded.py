"""A number with an interval held against what it may be at most, or must be at least, as a check."""

from dataclasses import replace
from typing import Literal

from shiftprobe.auditing.checks.base import settled
from shiftprobe.auditing.policy import Rule
from shiftprobe.auditing.types import Check, Outcome
from shiftprobe.core.words import percent
from shiftprobe.stats.image_spread import FEWEST_GROUPS


def decided(
    check: Check,
    rule: Rule,
    numbers: tuple[float, float, float, int],
    bound: tuple[Literal["at least", "at most"], float],
    said: str,
    *,
    groups: int | None = None,
) -> Check:
    """Pass when the whole interval keeps the bound, fail when it lies wholly beyond, else cannot tell.

    Args:
        check: begun, with its fix.
        rule: whose level it has.
        numbers: value, low, high, n.
        bound: which side is allowed, and the threshold.
        said: the number in words; what was decided is added.
        groups: how many groups the images form; under 10 nothing is told. None: images are independent.
    """
    value, low, high, n = numbers
    relation, threshold = bound
    few = groups is not None and groups < FEWEST_GROUPS
    word = "cannot tell" if few else side_of(low, high, relation, threshold)
    why = f", fewer than {FEWEST_GROUPS} groups of images" if few else ""
    check = replace(check, value=value, low=low, high=high, n=n, relation=relation, threshold=threshold)
    return settled(check, rule, word, f"{said}{_ending(word, relation, threshold, check.unit)}{why}")


def side_of(low: float, high: float, relation: str, threshold: float) -> Outcome:
    """Where an interval lies."""
    if relation == "at most":
        low, high, threshold = -high, -low, -threshold
    if low >= threshold:
        return "pass"
    return "fail" if high < threshold else "cannot tell"


def _ending(word: Outcome, relation: str, threshold: float, unit: str) -> str:
    bar = {"fraction": percent(threshold), "points": f"{100 * threshold:.1f} points"}.get(unit, f"{threshold:.3g}")
    if word == "pass":
        return f", {relation} {bar}"
    if word == "fail":
        return f", {'below' if relation == 'at least' else 'more than'} {bar}"
    return f": whether it is {relation} {bar} cannot be told"
