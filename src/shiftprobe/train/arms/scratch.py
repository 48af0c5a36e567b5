"""Random init: what the target's labels give alone."""

from dataclasses import dataclass

from shiftprobe.train.arms.base import ARMS, Start, State
from shiftprobe.types import Scope


@dataclass(frozen=True, slots=True)
class Scratch:
    """Every weight is trained from a random draw."""

    name: str = "scratch"
    about: str = "random init, every weight trained on the target"
    scope: Scope = "arms"

    def unavailable(self, *, columns: tuple[int, ...] | None, keep_head: bool) -> str:  # noqa: ARG002 - the seam
        """Always applies."""
        return ""

    def begin(self, start: Start) -> State:
        """The random draw of this seed."""
        return start.fresh


ARMS.add(Scratch())
