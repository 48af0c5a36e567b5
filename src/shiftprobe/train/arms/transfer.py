"""Transferred init: the checkpoint's weights, fine-tuned whole."""

from dataclasses import dataclass
from typing import Literal

from shiftprobe.core.types import Scope
from shiftprobe.train.arms.base import ARMS, NEEDS_CLASSES, Case, Start, State, body_of_source, head_rows


@dataclass(frozen=True, slots=True)
class Transfer:
    """Every weight is trained, from the checkpoint; the head is scratch's own unless the spec keeps the source's."""

    name: str = "transfer"
    about: str = "the checkpoint's weights, every weight fine-tuned on the target"
    scope: Scope = "arms"
    learns: tuple[Literal["all", "head"], ...] = ("all",)
    adapts: bool = False

    def unavailable(self, case: Case) -> str:
        """Only `head: source` needs a checkpoint that knows the target's classes."""
        return NEEDS_CLASSES if case.keep_head and case.columns is None else ""

    def begin(self, start: Start) -> State:
        """The checkpoint below, a head on top."""
        return {**body_of_source(start), **(head_rows(start) if start.keep_head else {})}


ARMS.add(Transfer())
