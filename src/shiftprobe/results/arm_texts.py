"""What the arms that ship say of themselves, for whoever reads a run without the code that trains."""

from collections.abc import Mapping

BUILT_IN: Mapping[str, str] = {
    "transfer": "the checkpoint's weights, every weight fine-tuned on the target",
    "scratch": "random weights, every weight trained on the target",
    "zero_shot": "the checkpoint as it is, nothing trained",
    "linear_probe": "the checkpoint's features frozen, a new head trained",
    "frozen_random": "random features frozen, a head trained: the control of linear_probe",
    "lp_ft": "a new head on frozen features for half of the epochs, then every weight trained",
    "mean_var": "random weights with the checkpoint's mean and variance per layer, every weight trained",
    "bn_adapt": "the checkpoint with batch statistics re-estimated on unlabelled target images",
}
"""By name; an arm of one's own leaves its text in the run folder."""


def arm_text(name: str, own: Mapping[str, str]) -> str:
    """What an arm is, in one line; empty where nobody says.

    Args:
        name: of the arm.
        own: texts that the run folder holds.
    """
    return own.get(name) or BUILT_IN.get(name, "")
