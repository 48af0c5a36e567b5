"""Frozen source features, batch statistics included: what a linear reader alone can do with them."""

from shiftprobe.train.arms.base import ARMS, Arm, body_of_source

ARMS.add(
    Arm(
        name="linear_probe",
        about="the checkpoint's features frozen, a new head trained",
        begin=body_of_source,
        pretrained=True,
        learns=("head",),
    )
)
