"""The control of `linear_probe`: random features are good features too."""

from dataclasses import dataclass
from typing import Literal

from shiftprobe.core.types import Scope
from shiftprobe.train.arms.base import ARMS, Case, Start, State


@dataclass(frozen=True, slots=True)
class FrozenRandom:
    """A network that was never trained, frozen; only its head is trained."""

    name: str = "frozen_random"
    about: str = "random features frozen, a head trained: the control of linear_probe"
    scope: Scope = "arms"
    learns: tuple[Literal["all", "head"], ...] = ("head",)
    adapts: bool = False

    def unavailable(self, case: Case) -> str:  # noqa: ARG002 - the seam
        """Always applies."""
        return ""

    def begin(self, start: Start) -> State:
        """The random draw of this seed."""
        return start.fresh


ARMS.add(FrozenRandom())
