"""Transferred init: the head is scratch's own unless the spec keeps the source's."""

from shiftprobe.train.arms.base import ARMS, Arm, Case, Start, State, body_of_source, head_rows, needs_classes


def _begin(start: Start) -> State:
    return {**body_of_source(start), **(head_rows(start) if start.keep_head else {})}


def _unavailable(case: Case) -> str:
    """Only `head: source` needs a checkpoint that knows the target's classes."""
    return needs_classes(case) if case.keep_head else ""


ARMS.add(
    Arm(
        name="transfer",
        about="the checkpoint's weights, every weight fine-tuned on the target",
        begin=_begin,
        pretrained=True,
        learns=("all",),
        unavailable=_unavailable,
    )
)
