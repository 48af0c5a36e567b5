"""The weights of a checkpoint that somebody brings, as a file or as a network in memory."""

from pathlib import Path
from typing import TYPE_CHECKING

from shiftprobe.core.files import file_digest
from shiftprobe.spec.schema import Spec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor, nn


def state(spec: Spec, model: "nn.Module | None") -> "Mapping[str, Tensor] | None":
    """The weights themselves; None when the source is trained here.

    Args:
        spec: what was asked for.
        model: a network in memory that stands in for what the spec names.

    Raises:
        CheckpointError: when a file cannot be read.
    """
    from shiftprobe.models.checkpoint import load_state

    if model is not None:
        return model.state_dict()
    return None if spec.model.weights == "train" else load_state(Path(spec.base, spec.model.weights))


def weights(spec: Spec, model: "nn.Module | None") -> str | None:
    """Their digest; None when the source is trained here."""
    from shiftprobe.models.checkpoint import state_digest

    if model is not None:
        return state_digest(model.state_dict())
    return None if spec.model.weights == "train" else file_digest(Path(spec.base, spec.model.weights))
