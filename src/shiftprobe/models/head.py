"""The layer that gives the logits: where it is, and how to exchange it."""

from collections.abc import Mapping

from torch import Tensor, nn

from shiftprobe.core.errors import CheckpointError, SpecError

_AUXILIARY = ("aux1.", "aux2.", "AuxLogits.")
"""How names of heads begin that only guide training, and which our GoogLeNet and Inception lack."""

_TRAINING = frozenset(
    {"acc", "accuracy", "auc", "auroc", "confmat", "criterion", "criteria", "f1", "loss", "losses", "metric", "metrics",
     "precision", "recall"}
)  # fmt: skip
"""Words by which losses and metrics go that a training holds beside its network."""

COUNTER = ".num_batches_tracked"
"""How names end that files of old versions lack."""


def guides(name: str) -> bool:
    """Whether a weight of that name only guides training: an auxiliary head's, a loss's or a metric's."""
    words = name.partition(".")[0].lower().split("_")
    return name.startswith(_AUXILIARY) or not _TRAINING.isdisjoint(words)


def head_name(model: nn.Module, classes: int) -> str:
    """Path of the last linear layer, or 1x1 convolution as in SqueezeNet, with `classes` outputs.

    Raises:
        SpecError: when the model has no such layer.
    """
    found: list[str] = [name for name, module in model.named_modules() if name and _outputs(module) == classes]
    if not found:
        raise SpecError(
            f"{type(model).__name__}: wanted a head, a Linear layer or 1x1 Conv2d with {classes} outputs, got none"
        )
    return found[-1]


def exchange(model: nn.Module, head: str, classes: int) -> None:
    """Put a head with another number of outputs in its place, in place of the model's own, freshly drawn.

    Args:
        model: changed in place.
        head: path of its head, as `head_name` gives it.
        classes: how many logits it gives from now on.
    """
    old = model.get_submodule(head)
    new: nn.Module
    if isinstance(old, nn.Linear):
        new = nn.Linear(old.in_features, classes, bias=old.bias is not None)
    elif isinstance(old, nn.Conv2d):
        new = nn.Conv2d(old.in_channels, classes, 1, bias=old.bias is not None)
    else:
        raise SpecError(f"{type(model).__name__}.{head}: wanted a Linear layer or 1x1 Conv2d, got {type(old).__name__}")
    parent, _, name = head.rpartition(".")
    setattr(model.get_submodule(parent), name, new)


def in_head(parameter: str, head: str) -> bool:
    """Whether a parameter or buffer of that name belongs to the head."""
    return parameter.startswith(f"{head}.")


def with_head_of(source_state: Mapping[str, Tensor], fresh_state: Mapping[str, Tensor], head: str) -> dict[str, Tensor]:
    """The source's backbone under a fresh head.

    Args:
        source_state: weights to transfer; its own head, if any, is left behind.
        fresh_state: weights of the same architecture with the head to keep.
        head: path of the head in the model.

    Raises:
        CheckpointError: when a backbone weight is missing from the source or has another shape there.
    """
    return {
        name: fresh if in_head(name, head) else _same_shape(name, source_state.get(name), fresh)
        for name, fresh in fresh_state.items()
    }


def _same_shape(name: str, found: Tensor | None, wanted: Tensor) -> Tensor:
    if found is None or found.shape != wanted.shape:
        got = "none" if found is None else tuple(found.shape)
        raise CheckpointError(f"source weights: wanted {name} {tuple(wanted.shape)}, got {got}; is it the same arch?")
    return found


def _outputs(module: nn.Module) -> int | None:
    if isinstance(module, nn.Linear):
        return module.out_features
    if isinstance(module, nn.Conv2d) and module.kernel_size == (1, 1):
        return module.out_channels
    return None
