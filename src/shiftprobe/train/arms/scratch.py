"""Random init: what the target's labels give alone."""

from shiftprobe.train.arms.base import ARMS, Arm, random_draw

ARMS.add(
    Arm(
        name="scratch",
        about="random weights, every weight trained on the target",
        begin=random_draw,
        learns=("all",),
    )
)
