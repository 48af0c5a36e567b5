"""Feature reuse against mere scaling: random weights with the checkpoint's mean and variance, layer by layer."""

from dataclasses import dataclass
from typing import Literal

from shiftprobe.core.types import Scope
from shiftprobe.train.arms.base import ARMS, Case, Start, State, body_of_source


@dataclass(frozen=True, slots=True)
class MeanVar:
    """Every weight is trained, from normal draws with the mean and variance of the checkpoint's own layer.

    What it gains over scratch, good scaling explains; what transfer gains over it, features explain. Batch
    statistics begin fresh, and so does the head.

    Reference: Raghu et al., 2019, arXiv:1902.07208.
    """

    name: str = "mean_var"
    about: str = "random init with the checkpoint's mean and variance per layer, every weight trained"
    scope: Scope = "arms"
    learns: tuple[Literal["all", "head"], ...] = ("all",)
    adapts: bool = False

    def unavailable(self, case: Case) -> str:  # noqa: ARG002 - the seam
        """Always applies."""
        return ""

    def begin(self, start: Start) -> State:
        """A draw per layer, each with an address of its own."""
        import torch

        from shiftprobe.core import seeding

        body = body_of_source(start)
        drawn = {}
        for key, value in body.items():
            if value is start.fresh[key] or not value.is_floating_point() or "running_" in key:
                continue
            generator = torch.Generator().manual_seed(seeding.integer(start.seed, "mean_var", key))
            spread = value.std(correction=0)
            drawn[key] = value.mean() + spread * torch.randn(value.shape, generator=generator)
        return {**start.fresh, **drawn}


ARMS.add(MeanVar())
