"""The checkpoint as it is: its own head answers."""

from shiftprobe.train.arms.base import ARMS, Arm, needs_classes, whole_source

ARMS.add(
    Arm(
        name="zero_shot",
        about="the checkpoint as it is, nothing trained",
        begin=whole_source,
        unavailable=needs_classes,
    )
)
