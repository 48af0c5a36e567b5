"""Causes before effects: which failing checks have one reason, so that one reason raises one alarm.

Three things make others fail: images prepared in another way than for training, outputs that are called by other names
than they mean, and a checkpoint that is not good enough on clean images. Nothing here changes a status.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from shiftprobe.auditing.model import Measurements
from shiftprobe.auditing.policy import AtLeast, Policy, ShareRule
from shiftprobe.auditing.policy_floor import FLOORS
from shiftprobe.auditing.types import OPEN, Check

if TYPE_CHECKING:
    from shiftprobe.stats.shares import ShareGap

INPUTS = ("preprocessing", "class_order")  # what a checkpoint is given or how its answers are read; not the checkpoint
CLEAN = "accuracy"
CAUSES = (*INPUTS, CLEAN)
ANSWERED = (
    *FLOORS, *INPUTS, "risk_coverage", "calibration", "overconfidence", "corruption_error", "attribution",
    "label_shift", "drift", "regression", "slices", "prediction_sets",
)  # fmt: skip
"""What is read off the checkpoint's answers, and so through its preprocessing and the names of its outputs."""
OF_DATA = ("slices:shortcuts",)  # a property of the images, whatever is answered to them
ON_TARGET = ("target", "label_shift", "drift")
UNDER_SHIFTS = ("severity", "break_point")
Held: TypeAlias = tuple[float, float | None, float | None]  # a share, and its interval
PART = 0.5  # of what is missing to a threshold that a cause must bring, to be the reason that it is missed
CLEAN_FIRST = "bring the accuracy on clean images to its floor first: what a shift costs can be read only then"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cause:
    """An input that is proven wrong, with what mending it brings."""

    name: str
    gain: float  # of clean accuracy, a fraction
    on_target: float  # the most it may bring there; the same where it was not measured there


def explained(checks: Sequence[Check], shown: Measurements, policy: Policy) -> tuple[Check, ...]:
    """Every check, those that have another one's reason marked with its name in `explained_by`.

    An input that is proven wrong explains every open check that rests on answers, where mending it brings at least half
    of what clean accuracy lacks to its floor; else those thresholds alone of which it brings half. What was measured on
    the target goes before that. A clean accuracy below its floor explains what wants a share of right answers that it
    does not reach itself: a shift can leave no more than there was. A target that is shown to be worse than the clean
    images has a reason of its own.

    Args:
        checks: of one audit, names unique.
        shown: what they measured, and the repairs.
        policy: with their thresholds.
    """
    named = {one.name: one for one in checks}
    clean = named.get(CLEAN)
    found: dict[str, str] = {}
    wrong = [_input(named[name], shown) for name in INPUTS if _proven(named.get(name))]
    for cause in sorted(wrong, key=lambda one: -one.gain):
        if cause.name not in found:
            found |= {one.name: cause.name for one in _left(checks, found) if _by_input(one, cause, clean, policy)}
    if _proven(clean) and CLEAN not in found:
        found |= {one.name: CLEAN for one in _left(checks, found) if _by_clean(one, clean, shown, policy)}
    return tuple(_marked(one, found, clean) for one in checks)


def _proven(check: Check | None) -> bool:
    return check is not None and check.status in {"fail", "warn"} and check.value is not None


def _left(checks: Sequence[Check], found: Mapping[str, str]) -> list[Check]:
    """Open checks without a reason so far; what explains others has one of its own."""
    kept = set(found.values())
    return [one for one in checks if one.status in OPEN and one.name not in found and one.name not in kept]


def _input(check: Check, shown: Measurements) -> _Cause:
    tried = next((one for one in shown.repairs if one.name == check.name and one.on == "target"), None)
    there = check.value if tried is None or tried.high is None else tried.high
    return _Cause(name=check.name, gain=check.value or 0.0, on_target=there or 0.0)


def _by_input(check: Check, cause: _Cause, clean: Check | None, policy: Policy) -> bool:
    if check.name == cause.name or check.kind not in ANSWERED or check.name in OF_DATA:
        return False
    target = is_of_target(check)
    if target and cause.on_target < cause.gain:
        return _brings(check, cause.on_target, clean, policy)
    if clean is not None and clean.status in OPEN and _brings(clean, cause.gain, clean, policy):
        return True
    return _brings(check, cause.gain, clean, policy)


def _brings(check: Check, gain: float, clean: Check | None, policy: Policy) -> bool:
    """Whether a gain is at least half of what a check lacks."""
    floor, value = floor_of(check, policy), _share(check, clean)
    return floor is not None and value is not None and value < floor and gain >= PART * (floor - value)


def _by_clean(check: Check, clean: Check | None, shown: Measurements, policy: Policy) -> bool:
    floor = floor_of(check, policy)
    if clean is None or clean.value is None or check.name == CLEAN or floor is None or clean.value >= floor:
        return False
    return not (is_of_target(check) and _worse_there(clean, shown))


def _worse_there(clean: Check, shown: Measurements) -> bool:
    """Whether accuracy on the target is shown to be below that on clean images."""
    measured, guessed = shown.target, shown.estimates
    if measured is not None and measured.metric != "top1":
        return False
    if measured is not None and measured.accuracy is not None and measured.n and clean.n and clean.value is not None:
        there = (measured.accuracy, measured.low, measured.high)
        return _gap((clean.value, clean.low, clean.high), there, (clean.n, measured.n)).low > 0
    return guessed is not None and guessed.high is not None and clean.low is not None and guessed.high < clean.low


def _gap(here: Held, there: Held, images: tuple[int, int]) -> "ShareGap":
    """By the intervals of both, which count groups of images; by images where one has none."""
    from shiftprobe.stats.shares import difference_of_intervals, difference_of_shares

    (a, a_low, a_high), (b, b_low, b_high), (n, m) = here, there, images
    if a_low is None or a_high is None or b_low is None or b_high is None:
        return difference_of_shares(round(a * n), n, round(b * m), m)
    return difference_of_intervals((a, a_low, a_high), (b, b_low, b_high))


def floor_of(check: Check, policy: Policy) -> float | None:
    """The share of right answers below which a check cannot pass; None where it asks for none."""
    if check.kind == "risk_coverage":
        rule = policy.risk_coverage
        return (1 - rule.error) * (1 - rule.reject_at_most)
    rules = policy.rule(check.kind) if check.kind in FLOORS else None
    if isinstance(rules, ShareRule) and rules.metric != "top1":  # clean accuracy says nothing of another score
        return None
    return rules.at_least if isinstance(rules, AtLeast) else None


def _share(check: Check, clean: Check | None) -> float | None:
    """The share that is held against that floor."""
    if check.kind in {"break_point", "risk_coverage"}:  # their own numbers are no shares of right answers
        return None if clean is None else clean.value
    return check.value


def is_of_target(check: Check) -> bool:
    """Whether a check is about the target's images."""
    return check.kind in ON_TARGET or check.name.endswith(":target")


def _marked(check: Check, found: Mapping[str, str], clean: Check | None) -> Check:
    if check.name in found:
        return replace(check, explained_by=found[check.name], fix="")
    if check.kind in UNDER_SHIFTS and check.status in OPEN and _proven(clean):
        return replace(check, fix=CLEAN_FIRST)
    return check
