"""The checkpoint under audit: weights, architecture, names of outputs, preprocessing, each with where it comes from."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiftprobe.auditing.evidence import Subject
from shiftprobe.auditing.first_look import first_look
from shiftprobe.auditing.names import DATA, names_of_outputs, read_names
from shiftprobe.auditing.preprocessing import chosen_preprocess
from shiftprobe.auditing.types import Note
from shiftprobe.core.errors import CheckpointError, SpecError, UnknownNameError
from shiftprobe.core.escape import escape
from shiftprobe.data.bundle import Bundle
from shiftprobe.models import checkpoint, guess, published, torchvision_
from shiftprobe.models.build import build, check_arch, runs_code
from shiftprobe.models.head import head_name
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.sizes import Sizes, read_sizes
from shiftprobe.spec.loading import there

if TYPE_CHECKING:
    from torch import Tensor, nn

MEMORY = "a model in memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody says about a checkpoint; None is found out."""

    checkpoint: str  # a file, or published weights by name: "lite0", "torchvision:resnet18@DEFAULT"
    arch: str | None = None
    classes: str | Path | Sequence[str] | None = None  # a file, "data", or the names themselves
    part: str | None = None  # which part of a file that holds several networks
    preprocess: Mapping[str, Any] = field(default_factory=dict)  # keys of Preprocess that go before what is found out
    allow_code: bool = False
    download: bool = False
    module: "nn.Module | None" = None  # a network in memory, in place of a file


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weights:
    """Weights, and what is known of them."""

    state: "Mapping[str, Tensor]"
    sha256: str
    facts: Mapping[str, Any]
    arch: str | None = None
    classes: tuple[str, ...] | None = None
    preprocess: Preprocess | None = None  # what travels with the weights
    dtypes: tuple[str, ...] = ()  # as they stood in the file
    notes: tuple[str, ...] = ()


def subject(wanted: Wanted, images: Bundle) -> Subject:
    """The checkpoint as a network in evaluation mode, with everything a look needs.

    Args:
        wanted: what the user says.
        images: the labelled data: their size, and their class names where the user says so.

    Raises:
        CheckpointError: when the file cannot be read, its weights do not fit, or the network cannot look, with the flag
            that cures it.
        SpecError: when nobody says what its outputs mean, or code would run without leave.
    """
    given = _given_names(wanted, images)
    if wanted.module is not None:
        weights, arch, arch_from = _in_memory(wanted), MEMORY, "given"
    else:
        weights = _weights(wanted)
        arch, arch_from = _architecture(wanted, weights)
    shape = _shape(wanted, weights, arch)
    names, names_from = names_of_outputs(shape.classes, given, weights.classes, images.classes)
    preprocess, preprocess_from = chosen_preprocess(wanted, weights.preprocess, arch, (shape, images))
    model, bent = _model(wanted, weights, arch, (shape.classes, preprocess))
    head = head_name(model, shape.classes)
    notes = [Note(about="weights", text=text) for text in (*weights.notes, *bent)]
    notes += [Note(about="arch", text=f"the architecture was {arch_from}")] if arch_from != "given" else []
    notes += [Note(about="preprocess", text=f"preprocessing is {preprocess_from}")]
    return Subject(
        model=model,
        head=head,
        preprocess=preprocess,
        classes=names,
        fingerprint=weights.sha256,
        answered=first_look(wanted.checkpoint, model, preprocess, (head, shape.classes)),
        facts={
            **weights.facts,
            "sha256": weights.sha256,
            "arch": arch,
            "arch_from": arch_from,
            "parameters": sum(value.numel() for value in model.parameters()),
            "dtypes": list(weights.dtypes or sorted({str(value.dtype) for value in weights.state.values()})),
            "classes": list(names),
            "classes_from": names_from,
            "preprocess_from": preprocess_from,
            "notes": [note.text for note in notes],
        },
        notes=tuple(notes),
    )


def _given_names(wanted: Wanted, images: Bundle) -> tuple[str, ...] | None:
    if wanted.classes is None:
        return None
    if not isinstance(wanted.classes, str | Path):
        return tuple(str(name) for name in wanted.classes)
    return images.classes if wanted.classes == DATA else read_names(Path(wanted.classes))


def _weights(wanted: Wanted) -> _Weights:
    """From a file, or from who published them."""
    path = Path(wanted.checkpoint)
    if not there(path) and published.is_published(wanted.checkpoint):
        found = published.published(wanted.checkpoint, download=wanted.download)
        return _Weights(
            state=found.state,
            sha256=found.sha256,
            facts={"path": wanted.checkpoint, "bytes": found.bytes, "format": found.source},
            arch=wanted.checkpoint.partition("@")[0],
            classes=found.classes,
            preprocess=found.preprocess,
            notes=found.notes,
        )
    loaded = checkpoint.load_checkpoint(path, part=wanted.part)
    return _Weights(
        state=loaded.state,
        sha256=loaded.sha256,
        facts={"path": str(path), "bytes": loaded.bytes, "format": loaded.format},
        classes=loaded.classes,
        dtypes=loaded.dtypes,
        notes=loaded.notes,
    )


def _in_memory(wanted: Wanted) -> _Weights:
    if wanted.module is None:  # asked by `subject` alone
        raise CheckpointError("wanted a model in memory, got none")
    state = wanted.module.state_dict()
    return _Weights(
        state=state,
        sha256=checkpoint.state_digest(state),
        facts={"path": MEMORY, "bytes": None, "format": type(wanted.module).__name__},
    )


def _architecture(wanted: Wanted, weights: _Weights) -> tuple[str, str]:
    """Its name, and how it is known."""
    if wanted.arch is not None:
        if wanted.arch in torchvision_.names():
            raise UnknownNameError(f"no architecture named {wanted.arch}; did you mean torchvision:{wanted.arch}?")
        check_arch(wanted.arch)
        if runs_code(wanted.arch) and not wanted.allow_code:
            raise SpecError(
                f"{escape(wanted.arch)}: this would import and run that code; add --allow-code if you trust it"
            )
        return wanted.arch, "given"
    if weights.arch is not None:
        return weights.arch, "given"
    found = guess.guess_arch(weights.state)
    return found.arch, f"guessed from the weights' names: {found.why}; --arch says another one"


def _shape(wanted: Wanted, weights: _Weights, arch: str) -> Sizes:
    """How many outputs, and how many channels go in."""
    if wanted.module is not None:
        return read_sizes(weights.state, wanted.module)
    skeleton = build(arch, classes=10, channels=3, size=224, seed=0, allow_code=wanted.allow_code)
    found = read_sizes(weights.state, skeleton)
    if found.classes < 1 or found.channels not in {1, 3}:
        raise CheckpointError(f"{escape(wanted.checkpoint)}: {guess.describe_misfit(skeleton, weights.state, arch)}")
    return found


def _model(
    wanted: Wanted, weights: _Weights, arch: str, shape: "tuple[int, Preprocess]"
) -> "tuple[nn.Module, tuple[str, ...]]":
    """The network on the CPU, in evaluation mode; of one in memory a copy, so that the caller's stays as it is."""
    if wanted.module is not None:
        return copy.deepcopy(wanted.module).cpu().eval(), ()
    model, bent = _fitted(wanted, weights, arch, shape)
    return model.eval(), bent


def _fitted(
    wanted: Wanted, weights: _Weights, arch: str, shape: "tuple[int, Preprocess]"
) -> "tuple[nn.Module, tuple[str, ...]]":
    """The network with its weights, and what had to be bent."""
    classes, preprocess = shape
    size = guess.side_for(arch, weights.state, preprocess.size)
    model = build(arch, classes=classes, channels=preprocess.channels, size=size, seed=0, allow_code=wanted.allow_code)
    try:
        return model, checkpoint.fit_state(model, weights.state).notes
    except CheckpointError:
        misfit = guess.describe_misfit(model, weights.state, arch)
        raise CheckpointError(f"{escape(wanted.checkpoint)}: {misfit}") from None
