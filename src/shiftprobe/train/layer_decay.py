"""Rates that fall from the head towards the images, and which parameters know no weight decay."""

from collections.abc import Mapping
from fnmatch import fnmatch

from torch import nn

from shiftprobe.core.errors import SpecError
from shiftprobe.models.depth import depths

_PLACES = ("class_token", "pos_embedding", "relative_position_bias_table", "layer_scale")
"""How names of torchvision's parameters end that its reference recipes keep from decay; its networks name none."""


def factors(model: nn.Module, head: str, decay: float) -> Mapping[str, float]:
    """The factor of the rate of each parameter: decay to the power of the blocks between it and the head.

    Args:
        model: any classifier.
        head: path of its head, whose factor is 1.
        decay: of one block, in (0, 1]; 1 gives every parameter the whole rate and needs no blocks.

    Returns:
        A factor in (0, 1] by name of parameter.

    Raises:
        SpecError: when the decay is outside (0, 1], or no blocks can be told apart.

    Reference: Clark et al., 2020, arXiv:2003.10555; Bao et al., 2022, arXiv:2106.08254. Counted as timm counts.
    """
    if not 0 < decay <= 1:
        raise SpecError(f"layer_decay is a factor above 0 and at most 1, got {decay:g}; .75 is usual for transformers")
    if decay == 1:
        return {name: 1.0 for name, _ in model.named_parameters()}
    found = depths(model, head)
    deepest = max(found.values())
    return {name: decay ** (deepest - depth) for name, depth in found.items()}


def no_decay(model: nn.Module) -> frozenset[str]:
    """Names of the parameters that weight decay leaves alone.

    They are norms and biases, that is, all of one dimension or none, and what the network's own `no_weight_decay()`
    names, as timm's networks do: class tokens, positions, tables of relative positions.

    Args:
        model: any classifier.
    """
    own = getattr(model, "no_weight_decay", None)
    named = tuple(own()) if callable(own) else tuple(f"*{end}" for end in _PLACES)
    return frozenset(
        name
        for name, parameter in model.named_parameters()
        if parameter.ndim <= 1 or name.endswith(".bias") or any(fnmatch(name, pattern) for pattern in named)
    )
