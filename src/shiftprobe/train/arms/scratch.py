"""Random init: what the target's labels give alone."""

from dataclasses import dataclass
from typing import Literal

from shiftprobe.core.types import Scope
from shiftprobe.train.arms.base import ARMS, Case, Start, State


@dataclass(frozen=True, slots=True)
class Scratch:
    """Every weight is trained from a random draw."""

    name: str = "scratch"
    about: str = "random init, every weight trained on the target"
    scope: Scope = "arms"
    learns: tuple[Literal["all", "head"], ...] = ("all",)
    adapts: bool = False

    def unavailable(self, case: Case) -> str:  # noqa: ARG002 - the seam
        """Always applies."""
        return ""

    def begin(self, start: Start) -> State:
        """The random draw of this seed."""
        return start.fresh


ARMS.add(Scratch())
