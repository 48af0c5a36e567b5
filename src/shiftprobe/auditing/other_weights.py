"""Other weights of the network under audit: to mix its own with."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shiftprobe.auditing.evidence import Subject
from shiftprobe.auditing.request import CheckpointRequest
from shiftprobe.core.errors import CheckpointError, SpecError
from shiftprobe.core.escape import escape
from shiftprobe.models.file_reading import FileReading

if TYPE_CHECKING:
    from torch import Tensor

MOST_NAMED = 3  # classes in a refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherWeights:
    """Weights of the network under audit that are not those under audit."""

    name: str  # as given
    sha256: str  # of the file's bytes
    state: "Mapping[str, Tensor]" = field(repr=False)  # by the names of the network under audit, on the CPU


def other_weights(names: Sequence[str], subject: Subject, wanted: CheckpointRequest) -> tuple[OtherWeights, ...]:
    """Every other set of weights, fitted into the network under audit.

    Args:
        names: files or published weights, as `--towards` names them.
        subject: the network under audit.
        wanted: how it was asked for.

    Raises:
        SpecError: when it is a black box, one is given twice, or holds the audited weights themselves.
        CheckpointError: when one cannot be read, is of another network, or names other classes.
    """
    if names and subject.head is None:
        raise SpecError("--towards: a black box has no weights to mix with others; leave --towards out")
    found: dict[str, OtherWeights] = {}
    own = _digest(subject.model.state_dict())
    for name in names:
        other = _fitted(name, subject, wanted)
        digest = _digest(other.state)
        if digest == own:
            raise SpecError(
                f"--towards {escape(name)}: the weights under audit themselves; name others, or leave it out"
            )
        if digest in found:
            raise SpecError(
                f"--towards {escape(name)}: the same weights as {escape(found[digest].name)}; name each once"
            )
        found[digest] = other
    return tuple(found.values())


def _digest(state: "Mapping[str, Tensor]") -> str:
    from shiftprobe.models.formats.checkpoint import state_digest

    return state_digest(state)


def _fitted(name: str, subject: Subject, wanted: CheckpointRequest) -> OtherWeights:
    from shiftprobe.models.fitting import architecture, fit_state
    from shiftprobe.models.weights import named_weights

    weights = named_weights(name, reading=FileReading(part=wanted.reading.part), download=wanted.download)
    _check_classes(name, weights.classes, subject)
    model = copy.deepcopy(subject.model)
    try:
        if wanted.module is None:  # names of other libraries become those of the network
            weights = architecture(name, weights, subject.facts.arch, allow_code=wanted.allow_code)[0]
        fit_state(model, weights.state)
    except CheckpointError as error:
        raise CheckpointError(
            f"--towards {escape(name)}: wanted weights of the network under audit ({escape(subject.facts.arch, 60)}, "
            f"{len(subject.classes):,} outputs), got others: {error}"
        ) from None
    return OtherWeights(name=name, sha256=weights.sha256, state=model.state_dict())


def _check_classes(name: str, carried: tuple[str, ...] | None, subject: Subject) -> None:
    if carried is None or carried == subject.classes:
        return
    shown = ", ".join(escape(one, 30) for one in carried[:MOST_NAMED])
    own = ", ".join(escape(one, 30) for one in subject.classes[:MOST_NAMED])
    raise CheckpointError(
        f"--towards {escape(name)}: wanted outputs in the order of the network under audit ({own}, ...), got "
        f"{len(carried):,} called {shown}, ...; weights are mixed output by output, so give one of the same head"
    )
