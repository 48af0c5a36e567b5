"""Linear probe first, then fine-tuning: a head that fits spares the features.

Reference: Kumar et al., 2022, arXiv:2202.10054.
"""

from shiftprobe.train.arms.base import ARMS, Arm, body_of_source

ARMS.add(
    Arm(
        name="lp_ft",
        about="a new head on frozen features for half of the epochs, then every weight trained",
        begin=body_of_source,
        pretrained=True,
        learns=("head", "all"),
    )
)
