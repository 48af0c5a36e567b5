"""What a classifier answers, as logits in one tensor: objects give theirs up, of probabilities the logarithm is taken.

Softmax of a logarithm of probabilities gives the probabilities again: confidence, calibration and scores that count on
logits are right for a network with a softmax inside too, and so is a loss that trains it on.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from shiftprobe.core.errors import CheckpointError, out_of_memory
from shiftprobe.core.escape import escape
from shiftprobe.models.names import IN_MEMORY

NEAR = 1e-2
"""How far from 1 the sum of probabilities may be that went through half precision or 256 levels."""

TAKEN = (
    "the outputs are probabilities (none below 0, those of an image sum to 1), no logits: their logarithm is taken, "
    "for 0 that of 1e-38"
)


def give_logits(model: nn.Module) -> nn.Module:
    """The same network, changed in place: an answer that is an object with `.logits` becomes these."""
    model.register_forward_hook(_logits_alone)
    return model


def are_probabilities(scores: Tensor) -> bool:
    """Whether scores (N, C) of some images are probabilities of C > 1 classes."""
    if scores.ndim != 2 or scores.shape[1] < 2 or not len(scores):  # noqa: PLR2004 - (N, C), and one class has no other
        return False
    return bool((scores >= 0).all() and ((scores.double().sum(dim=1) - 1).abs() <= NEAR).all())


def take_logarithm(model: nn.Module) -> None:
    """From here on the network, changed in place, gives the logarithm of its answer; once is enough."""
    if not takes_logarithm(model):
        model.register_forward_hook(_logarithm)


def takes_logarithm(model: nn.Module) -> bool:
    """Whether the network's answers are made logits so."""
    return _logarithm in model._forward_hooks.values()  # noqa: SLF001 - torch tells in no other way


def settled(model: nn.Module, images: Tensor) -> bool:
    """Let a network answer images once, in evaluation mode; of probabilities it gives the logarithm from here on.

    Args:
        model: changed in place; its modules keep their mode.
        images: (N, C, S, S), as a preprocessing gives them.

    Returns:
        Whether a logarithm is taken.

    Raises:
        CheckpointError: when it cannot answer.
    """
    modes = {module: module.training for module in model.modules()}
    try:
        with torch.no_grad():
            scores = model.eval()(images)
    except Exception as error:
        if out_of_memory(error):
            raise
        raise CheckpointError(
            f"{IN_MEMORY}: wanted logits for images {tuple(images.shape)}, got {type(error).__name__}: "
            f"{escape(error, 200)}"
        ) from error
    finally:
        for module, training in modes.items():
            module.training = training
    if are_probabilities(scores):
        take_logarithm(model)
    return takes_logarithm(model)


def _logits_alone(_: nn.Module, __: object, answer: Any) -> Tensor | None:
    if isinstance(answer, Tensor):
        return None  # as it is
    found = answer.get("logits") if isinstance(answer, Mapping) else getattr(answer, "logits", None)
    if isinstance(found, Tensor):
        return found
    raise TypeError(
        f"it answers a {type(answer).__name__}, neither a tensor nor an object with .logits: wrap it so that it gives "
        "its logits alone"
    )


def _logarithm(_: nn.Module, __: object, answer: Tensor) -> Tensor:
    return answer.float().clamp_min(torch.finfo(torch.float32).tiny).log()
