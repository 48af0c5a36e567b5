"""The weights of a checkpoint that somebody brings, as a file or as a network in memory."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.files import file_digest
from shiftprobe.data.bundle import Bundle
from shiftprobe.models.class_names import conflict
from shiftprobe.results.about import NameConflict
from shiftprobe.spec.schema import Spec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor, nn


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """Weights by name, and what the file calls the outputs of its head."""

    state: "Mapping[str, Tensor]"
    classes: tuple[str, ...] | None = None


def brought(spec: Spec, model: "nn.Module | None") -> Brought | None:
    """The weights themselves; None when the source is trained here.

    Args:
        spec: what was asked for.
        model: a network in memory that stands in for what the spec names.

    Raises:
        CheckpointError: when a file cannot be read.
    """
    from shiftprobe.models.checkpoint import load_own

    if model is not None:
        return Brought(state=model.state_dict())
    if spec.model.weights == "train":
        return None
    loaded = load_own(Path(spec.base, spec.model.weights))
    return Brought(state=loaded.state, classes=loaded.classes)


def name_conflict(spec: Spec, found: Brought | None, source: Bundle | None) -> NameConflict | None:
    """What the names of the source's classes say against those in the checkpoint's file.

    Raises:
        SpecError: when the file refutes the alphabetical order of the source's classes.
    """
    given = spec.source.classes or (source.classes if source else None)
    against = conflict(given, found.classes if found else None)
    if against is not None and spec.source.classes is None:
        raise SpecError(
            f"{escape(spec.model.weights)}: the classes of source.data, in alphabetical order, contradict it: "
            f"{against.told}; write the names in the order that is right to source.classes"
        )
    return against


def weights(spec: Spec, model: "nn.Module | None") -> str | None:
    """Their digest; None when the source is trained here."""
    from shiftprobe.models.checkpoint import state_digest

    if model is not None:
        return state_digest(model.state_dict())
    return None if spec.model.weights == "train" else file_digest(Path(spec.base, spec.model.weights))
