"""A network that somebody holds in memory, as one that can be copied, works in float32 and gives logits as a tensor."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor, nn
from torch.nn.utils import remove_spectral_norm, remove_weight_norm
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from shiftprobe.core.errors import CheckpointError, out_of_memory
from shiftprobe.core.escape import escape
from shiftprobe.models.logits import give_logits
from shiftprobe.models.names import IN_MEMORY

_DEPTH = 4  # containers within containers in which a module keeps what it computed


def held(module: nn.Module) -> nn.Module:
    """A copy on the CPU in float32; the caller's network stays as it is.

    Weights that weight_norm or spectral_norm compute from others before each pass are folded into plain ones, and of an
    answer that is an object with `.logits`, as in transformers, the logits are taken.

    Args:
        module: a classifier.

    Raises:
        CheckpointError: when it cannot be copied.
    """
    computed = {id(value): value.detach().clone() for part in module.modules() for value in _computed(vars(part), 0)}
    try:
        twin = copy.deepcopy(module, memo=dict(computed)).cpu()
    except Exception as error:
        if out_of_memory(error):
            raise
        raise CheckpointError(
            f"{IN_MEMORY}: wanted a network that can be copied, got {type(error).__name__}: {escape(error, 200)}; "
            "build it anew, load its state dict into it and give that one"
        ) from None
    for part in list(twin.modules()):
        _fold(part)
    return give_logits(twin.float())


def _computed(values: Any, depth: int) -> Iterator[Tensor]:
    """Tensors that a pass left behind: torch copies none that hang on a gradient."""
    if isinstance(values, Tensor):
        if not values.is_leaf:
            yield values
    elif isinstance(values, Mapping | list | tuple) and depth < _DEPTH:
        for value in values.values() if isinstance(values, Mapping) else values:
            yield from _computed(value, depth + 1)


def _fold(part: nn.Module) -> None:
    for hook in list(part._forward_pre_hooks.values()):  # noqa: SLF001 - torch tells in no other way
        if isinstance(hook, WeightNorm):
            remove_weight_norm(part, hook.name)
        elif isinstance(hook, SpectralNorm):
            remove_spectral_norm(part, hook.name)
