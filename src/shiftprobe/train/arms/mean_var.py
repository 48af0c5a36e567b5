"""Feature reuse against mere scaling: random weights with the checkpoint's mean and variance, layer by layer.

What it gains over scratch, good scaling explains; what transfer gains over it, features explain. Batch statistics
begin fresh, and so does the head.

Reference: Raghu et al., 2019, arXiv:1902.07208.
"""

from shiftprobe.train.arms.base import ARMS, Arm, Start, State, body_of_source


def _begin(start: Start) -> State:
    """A draw per layer, each with an address of its own."""
    import torch

    from shiftprobe.core import seeding

    drawn = {}
    for key, value in body_of_source(start).items():
        if value is start.fresh[key] or not value.is_floating_point() or "running_" in key:
            continue
        generator = torch.Generator().manual_seed(seeding.integer(start.seed, "mean_var", key))
        drawn[key] = value.mean() + value.std(correction=0) * torch.randn(value.shape, generator=generator)
    return {**start.fresh, **drawn}


ARMS.add(
    Arm(
        name="mean_var",
        about="random weights with the checkpoint's mean and variance per layer, every weight trained",
        begin=_begin,
        learns=("all",),
    )
)
