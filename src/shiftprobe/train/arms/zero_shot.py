"""The checkpoint as it is."""

from dataclasses import dataclass
from typing import Literal

from shiftprobe.core.types import Scope
from shiftprobe.train.arms.base import ARMS, NEEDS_CLASSES, Case, Start, State, head_rows


@dataclass(frozen=True, slots=True)
class ZeroShot:
    """Nothing is trained; the checkpoint's own head answers."""

    name: str = "zero_shot"
    about: str = "the checkpoint as it is, nothing trained"
    scope: Scope = "checkpoint"
    learns: tuple[Literal["all", "head"], ...] = ()
    adapts: bool = False

    def unavailable(self, case: Case) -> str:
        """Only a checkpoint that knows the target's classes can answer for them."""
        return "" if case.columns is not None else NEEDS_CLASSES

    def begin(self, start: Start) -> State:
        """The checkpoint, its head's rows in the target's class order."""
        return {**start.source, **head_rows(start)}


ARMS.add(ZeroShot())
