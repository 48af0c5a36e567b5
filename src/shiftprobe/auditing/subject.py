"""The checkpoint under audit: weights, architecture, names of outputs, preprocessing, each with where it comes from."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shiftprobe.auditing.check_request import check_given_arch
from shiftprobe.auditing.evidence import Subject
from shiftprobe.auditing.first_pass import first_pass
from shiftprobe.auditing.model import CheckpointFacts
from shiftprobe.auditing.names import DATA, contradicted, names_of_outputs, read_names, sorted_as_text
from shiftprobe.auditing.preprocessing import chosen_preprocess
from shiftprobe.auditing.request import IN_MEMORY, CheckpointRequest
from shiftprobe.auditing.types import Note
from shiftprobe.core.errors import CheckpointError
from shiftprobe.core.escape import escape
from shiftprobe.data.bundle import Bundle
from shiftprobe.models import checkpoint, guess, published
from shiftprobe.models.build import build, check_arch
from shiftprobe.models.class_names import plain
from shiftprobe.models.head import head_name
from shiftprobe.models.names import is_published
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.sizes import Sizes, read_sizes
from shiftprobe.results.about import NameConflict
from shiftprobe.spec.loading import there

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True, slots=True, kw_only=True)
class _Weights:
    """Weights, and what is known of them."""

    state: "Mapping[str, Tensor]"
    sha256: str
    path: str  # as given
    bytes: int | None
    format: str
    arch: str | None = None
    classes: tuple[str, ...] | None = None
    preprocess: Preprocess | None = None  # what travels with the weights
    dtypes: tuple[str, ...] = ()  # as they stood in the file
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outputs:
    """What a head's outputs are called, and who says so."""

    names: tuple[str, ...]
    names_from: str
    conflict: NameConflict | None  # with what the file calls them
    notes: tuple[str, ...]


def subject(wanted: CheckpointRequest, images: Bundle) -> Subject:
    """The checkpoint as a network in evaluation mode, with everything a forward pass needs.

    Args:
        wanted: what the user says.
        images: the labelled data: their size, and their class names where the user says so.

    Raises:
        CheckpointError: when the file cannot be read, its weights do not fit, or the network does not work, with
            the flag that cures it.
        SpecError: when nobody says what its outputs mean, or code would run without leave.
    """
    if wanted.module is not None:
        weights, arch, guessed = _in_memory(wanted), IN_MEMORY, None
    else:
        weights = _weights(wanted)
        arch, guessed = _architecture(wanted, weights)
    sizes = _sizes(wanted, weights, arch)
    outputs = _outputs(wanted, weights, sizes.classes, images)
    chosen = chosen_preprocess(wanted, weights.preprocess, arch, sizes=sizes, images=images)
    model, bent = _model(wanted, weights, arch, classes=sizes.classes, preprocess=chosen.preprocess)
    head = head_name(model, sizes.classes)
    notes = _notes((*weights.notes, *bent), guessed, outputs.notes, chosen.told)
    return Subject(
        model=model,
        head=head,
        preprocess=chosen.preprocess,
        preprocess_origin=chosen.origin,
        preprocess_given=chosen.given,
        classes=outputs.names,
        conflict=outputs.conflict,
        fingerprint=weights.sha256,
        answered=first_pass(wanted.checkpoint, model, chosen.preprocess, head=head, outputs=sizes.classes),
        facts=CheckpointFacts(
            path=weights.path,
            bytes=weights.bytes,
            format=weights.format,
            sha256=weights.sha256,
            arch=arch,
            arch_from=guessed or "given",
            parameters=sum(value.numel() for value in model.parameters()),
            dtypes=weights.dtypes or tuple(sorted({str(value.dtype) for value in weights.state.values()})),
            classes=outputs.names,
            classes_from=outputs.names_from,
            preprocess_from=chosen.told,
            notes=tuple(note.text for note in notes),
        ),
        notes=notes,
    )


def _notes(weights: tuple[str, ...], guessed: str | None, classes: tuple[str, ...], told: str) -> tuple[Note, ...]:
    texts = {
        "weights": weights,
        "arch": () if guessed is None else (f"the architecture was {guessed}",),
        "classes": classes,
        "preprocess": (f"preprocessing is {told}",),
    }
    return tuple(Note(about=about, text=text) for about, said in texts.items() for text in said)


def _outputs(wanted: CheckpointRequest, weights: _Weights, count: int, images: Bundle) -> _Outputs:
    given, carried = _given_names(wanted, images), weights.classes
    names, names_from = names_of_outputs(wanted.checkpoint, count, given, carried, images.classes)
    conflict = contradicted(wanted.checkpoint, given, carried, from_data=wanted.classes == DATA)
    as_text = sorted_as_text(names) if wanted.classes == DATA and conflict is None else ""
    notes = (*_renamed(given, carried, conflict), *filter(None, (as_text,)))
    return _Outputs(names=names, names_from=names_from, conflict=conflict, notes=notes)


def _given_names(wanted: CheckpointRequest, images: Bundle) -> tuple[str, ...] | None:
    if wanted.classes is None:
        return None
    if not isinstance(wanted.classes, str | Path):
        return tuple(str(name) for name in wanted.classes)
    return images.classes if wanted.classes == DATA else read_names(Path(wanted.classes))


def _renamed(
    given: tuple[str, ...] | None, carried: tuple[str, ...] | None, conflict: NameConflict | None
) -> tuple[str, ...]:
    """That the names given are not those of the file."""
    if conflict is not None:
        return (f"{conflict.told}; the names given are used instead of the file's, which disagree",)
    if given is None or carried is None or list(map(plain, given)) == list(map(plain, carried)):
        return ()
    at = next((i for i, (one, other) in enumerate(zip(given, carried, strict=False)) if plain(one) != plain(other)), 0)
    other = f"output {at} is {escape(carried[at], 40)!r} there, {escape(given[at], 40)!r} by --classes"
    return (f"the file names its outputs otherwise ({other}); the names given are used instead",)


def _weights(wanted: CheckpointRequest) -> _Weights:
    """From a file, or from who published them."""
    path = Path(wanted.checkpoint)
    if not there(path) and is_published(wanted.checkpoint):
        found = published.published(wanted.checkpoint, download=wanted.download)
        return _Weights(
            state=found.state,
            sha256=found.sha256,
            path=wanted.checkpoint,
            bytes=found.bytes,
            format=found.source,
            arch=wanted.checkpoint.partition("@")[0],
            classes=found.classes,
            preprocess=found.preprocess,
            notes=found.notes,
        )
    loaded = checkpoint.load_checkpoint(path, part=wanted.part)
    return _Weights(
        state=loaded.state,
        sha256=loaded.sha256,
        path=str(path),
        bytes=loaded.bytes,
        format=loaded.format,
        classes=loaded.classes,
        dtypes=loaded.dtypes,
        notes=loaded.notes,
    )


def _in_memory(wanted: CheckpointRequest) -> _Weights:
    if wanted.module is None:  # asked by `subject` alone
        raise CheckpointError("wanted a model in memory, got none")
    state = wanted.module.state_dict()
    return _Weights(
        state=state,
        sha256=checkpoint.state_digest(state),
        path=IN_MEMORY,
        bytes=None,
        format=type(wanted.module).__name__,
    )


def _architecture(wanted: CheckpointRequest, weights: _Weights) -> tuple[str, str | None]:
    """Its name, and in words how it was guessed; None where it was given."""
    if wanted.arch is not None:
        check_given_arch(wanted.arch, allow_code=wanted.allow_code)
        check_arch(wanted.arch)
        return wanted.arch, None
    if weights.arch is not None:
        return weights.arch, None
    try:
        found = guess.guess_arch(weights.state)
    except CheckpointError as error:
        raise CheckpointError(f"{escape(wanted.checkpoint)}: {error}") from None
    return found.arch, f"guessed from the weights' names: {found.why}; --arch says another one"


def _sizes(wanted: CheckpointRequest, weights: _Weights, arch: str) -> Sizes:
    """How many outputs, and how many channels go in."""
    if wanted.module is not None:
        return read_sizes(weights.state, wanted.module)
    skeleton = build(arch, classes=10, channels=3, size=224, seed=0, allow_code=wanted.allow_code)
    found = read_sizes(weights.state, skeleton)
    if found.classes < 1 or found.channels not in {1, 3}:
        raise CheckpointError(f"{escape(wanted.checkpoint)}: {guess.describe_misfit(skeleton, weights.state, arch)}")
    return found


def _model(
    wanted: CheckpointRequest, weights: _Weights, arch: str, *, classes: int, preprocess: Preprocess
) -> "tuple[nn.Module, tuple[str, ...]]":
    """The network on the CPU, in evaluation mode; of one in memory a copy, so that the caller's stays as it is."""
    if wanted.module is not None:
        return copy.deepcopy(wanted.module).cpu().eval(), ()
    model, bent = _fitted(wanted, weights, arch, classes=classes, preprocess=preprocess)
    return model.eval(), bent


def _fitted(
    wanted: CheckpointRequest, weights: _Weights, arch: str, *, classes: int, preprocess: Preprocess
) -> "tuple[nn.Module, tuple[str, ...]]":
    """The network with its weights, and what had to be bent."""
    size = guess.side_for(arch, weights.state, preprocess.size)
    model = build(arch, classes=classes, channels=preprocess.channels, size=size, seed=0, allow_code=wanted.allow_code)
    try:
        return model, checkpoint.fit_state(model, weights.state).notes
    except CheckpointError:
        misfit = guess.describe_misfit(model, weights.state, arch)
        raise CheckpointError(f"{escape(wanted.checkpoint)}: {misfit}") from None
