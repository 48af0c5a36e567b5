"""Batch statistics of the target: the cheapest repair, it needs no labels."""

from dataclasses import dataclass
from typing import Literal

from shiftprobe.core.types import Scope
from shiftprobe.train.arms.base import ARMS, NEEDS_CLASSES, Case, Start, State, head_rows


@dataclass(frozen=True, slots=True)
class BatchNormAdapt:
    """The checkpoint with its batch statistics estimated anew on the target's unlabelled training images.

    Reference: Schneider et al., 2020, arXiv:2006.16971; Li et al., 2016, arXiv:1603.04779.
    """

    name: str = "bn_adapt"
    about: str = "the checkpoint, batch statistics re-estimated on unlabelled target images"
    scope: Scope = "checkpoint"
    learns: tuple[Literal["all", "head"], ...] = ()
    adapts: bool = True

    def unavailable(self, case: Case) -> str:
        """Needs batch norm, and a checkpoint that knows the target's classes."""
        if not case.batch_norm:
            return "the network has no batch norm, so there are no statistics to re-estimate"
        return "" if case.columns is not None else NEEDS_CLASSES

    def begin(self, start: Start) -> State:
        """The checkpoint, its head's rows in the target's class order."""
        return {**start.source, **head_rows(start)}


ARMS.add(BatchNormAdapt())
