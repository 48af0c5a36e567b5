"""The control of `linear_probe`: random features are good features too."""

from shiftprobe.train.arms.base import ARMS, Arm, random_draw

ARMS.add(
    Arm(
        name="frozen_random",
        about="random features frozen, a head trained: the control of linear_probe",
        begin=random_draw,
        learns=("head",),
    )
)
