"""Thresholds of a policy that contradict each other, said aloud: a default never does so in silence."""

from collections.abc import Iterator

from shiftprobe.auditing.policy import AtLeast, Policy, ShareRule
from shiftprobe.auditing.policy_floor import FLOORS
from shiftprobe.core.words import listed

HARDER = tuple(name for name in FLOORS if name != "accuracy")
"""What cannot be expected to reach more than the accuracy on clean images does."""


def contradictions(policy: Policy) -> tuple[str, ...]:
    """Each contradiction in a sentence that names both keys and the way out; none in most policies."""
    return (*_floors(policy), *_doses(policy))


def without_target(policy: Policy) -> tuple[str, ...]:
    """What the policy asks of a target, in a sentence for an audit without one; empty where it asks nothing."""
    of_target = {"target": "accuracy there", "label_shift": "its class shares", "drift": "drift"}
    asked = [told for name, told in of_target.items() if policy.rule(name).level != "off"]
    if not asked:
        return ()
    verb = "is" if len(asked) == 1 else "are"
    return (f"none was given, so {listed(asked)} {verb} not asked; --target IMAGES asks, with labels or without",)


def _floors(policy: Policy) -> Iterator[str]:
    """A part, a shift or a target from which more is wanted than from clean images as a whole."""
    clean = policy.accuracy
    more = [name for name in HARDER if _floor(policy, name) > clean.at_least]
    if clean.level != "off" and more:
        told = ", ".join(f"{name}.at_least ({_floor(policy, name):g})" for name in more)
        verb = "wants" if len(more) == 1 else "want"
        yield (
            f"{told} {verb} more than accuracy.at_least ({clean.at_least:g}) does on clean images; set them too, or "
            f"`floor: {clean.at_least:g}` for all that are not set"
        )


def _floor(policy: Policy, name: str) -> float:
    rule = policy.rule(name)
    if isinstance(rule, ShareRule) and rule.metric != "top1":
        return 0.0
    return rule.at_least if isinstance(rule, AtLeast) and rule.level != "off" else 0.0


def _doses(policy: Policy) -> Iterator[str]:
    """A dose that must be withstood and is never looked at."""
    rule, last = policy.break_point, max(policy.asked, default=None)
    if last is not None and policy.shifts and rule.level != "off" and rule.dose > last:
        yield (
            f"break_point.dose ({rule.dose:g}) lies beyond the last severity that is looked at ({last:g}), so no shift "
            f"can be shown to hold so far; add {rule.dose:g} to severities, or set break_point.dose"
        )
