"""Batch statistics of the target: the cheapest repair, it needs no labels.

Reference: Schneider et al., 2020, arXiv:2006.16971; Li et al., 2016, arXiv:1603.04779.
"""

from typing import TYPE_CHECKING

from shiftprobe.train.arms.base import ARMS, Arm, Case, Context, needs_classes, whole_source

if TYPE_CHECKING:
    from torch import nn


def _unavailable(case: Case) -> str:
    """Needs batch norm, and a checkpoint that knows the target's classes."""
    if not case.batch_norm:
        return "the network has no batch norm, so there are no statistics to re-estimate"
    return needs_classes(case)


def _adapt(model: "nn.Module", context: Context) -> None:
    from shiftprobe.train.adaptation import reestimate

    reestimate(model, context.images, context.preprocess, context.device)


ARMS.add(
    Arm(
        name="bn_adapt",
        about="the checkpoint with batch statistics re-estimated on unlabelled target images",
        begin=whole_source,
        after=_adapt,
        unavailable=_unavailable,
    )
)
