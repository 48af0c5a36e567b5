"""Frozen source features: what a linear reader alone can do with them."""

from dataclasses import dataclass
from typing import Literal

from shiftprobe.core.types import Scope
from shiftprobe.train.arms.base import ARMS, Case, Start, State, body_of_source


@dataclass(frozen=True, slots=True)
class LinearProbeArm:
    """The checkpoint stays as it is, batch statistics included; only a new head is trained."""

    name: str = "linear_probe"
    about: str = "the checkpoint's features frozen, a new head trained"
    scope: Scope = "arms"
    learns: tuple[Literal["all", "head"], ...] = ("head",)
    adapts: bool = False

    def unavailable(self, case: Case) -> str:  # noqa: ARG002 - the seam
        """Always applies."""
        return ""

    def begin(self, start: Start) -> State:
        """The checkpoint below, scratch's own head on top."""
        return body_of_source(start)


ARMS.add(LinearProbeArm())
