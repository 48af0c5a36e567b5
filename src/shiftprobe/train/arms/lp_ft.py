"""Linear probe first, then fine-tuning: a head that fits spares the features."""

from dataclasses import dataclass
from typing import Literal

from shiftprobe.core.types import Scope
from shiftprobe.train.arms.base import ARMS, Case, Start, State, body_of_source


@dataclass(frozen=True, slots=True)
class LinearProbeThenFineTune:
    """Half of the epochs train the head on frozen features, the other half every weight.

    Reference: Kumar et al., 2022, arXiv:2202.10054.
    """

    name: str = "lp_ft"
    about: str = "a new head on frozen features for half of the epochs, then every weight"
    scope: Scope = "arms"
    learns: tuple[Literal["all", "head"], ...] = ("head", "all")
    adapts: bool = False

    def unavailable(self, case: Case) -> str:  # noqa: ARG002 - the seam
        """Always applies."""
        return ""

    def begin(self, start: Start) -> State:
        """The checkpoint below, scratch's own head on top."""
        return body_of_source(start)


ARMS.add(LinearProbeThenFineTune())
