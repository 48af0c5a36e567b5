"""What to do with a checkpoint on a target, as facts: leave it, fine-tune it, or train anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from shiftprobe.core.types import Condition

Choice: TypeAlias = Literal["leave_it", "fine_tune", "train_anew", "either", "cannot_tell", "no_comparison"]
"""`either`: fine-tuning and training anew are equivalent; `cannot_tell`: the numbers leave several open."""

SAID: Mapping[Choice, str] = {
    "leave_it": "leave it",
    "fine_tune": "fine-tune it",
    "train_anew": "train anew",
    "either": "fine-tune it or train anew",
    "cannot_tell": "cannot tell",
    "no_comparison": "no comparison",
}

WAYS: Mapping[str, Choice] = {"zero_shot": "leave_it", "transfer": "fine_tune", "scratch": "train_anew"}
"""The arm behind each way to go on, the cheapest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceChoice:
    """What one condition says alone, after Holm's correction; differences as fractions, a - b."""

    shift: str
    severity: float
    choice: Choice
    open: tuple[str, ...]  # arms that nothing beats there
    pair: tuple[str, str] | None = None  # whose difference says how much hangs on it
    difference: float | None = None
    low: float | None = None  # 95 % interval, seeds and test images together
    high: float | None = None

    @property
    def condition(self) -> Condition:
        """What its images met."""
        return Condition(self.shift, self.severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer to "what should I do?" over all conditions at the largest label budget."""

    choice: Choice
    sentence: str  # at most 25 words
    reason: str = ""  # a second sentence: what else the numbers say
    open: tuple[str, ...] = ()  # arms that nothing beats
    pair: tuple[str, str] | None = None  # the comparison that decides
    void: str = ""  # why no comparison of the run says anything about the checkpoint; empty where they do
    places: tuple[PlaceChoice, ...] = ()  # several conditions, the unshifted target first
