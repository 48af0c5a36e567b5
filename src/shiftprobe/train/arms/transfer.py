"""Transferred init: the checkpoint's weights, fine-tuned whole."""

from dataclasses import dataclass

from shiftprobe.train.arms.base import ARMS, NEEDS_CLASSES, Start, State, head_rows
from shiftprobe.types import Scope


@dataclass(frozen=True, slots=True)
class Transfer:
    """Every weight is trained, from the checkpoint; the head is scratch's own unless the spec keeps the source's."""

    name: str = "transfer"
    about: str = "the checkpoint's weights, every weight fine-tuned on the target"
    scope: Scope = "arms"

    def unavailable(self, *, columns: tuple[int, ...] | None, keep_head: bool) -> str:
        """Only `head: source` needs a checkpoint that knows the target's classes."""
        return NEEDS_CLASSES if keep_head and columns is None else ""

    def begin(self, start: Start) -> State:
        """The checkpoint below, a head on top."""
        head = {key: value for key, value in start.fresh.items() if key.startswith(f"{start.head}.")}
        body = {key: value for key, value in start.source.items() if key in start.fresh and key not in head}
        return {**start.fresh, **body, **(head_rows(start) if start.keep_head else head)}


ARMS.add(Transfer())
