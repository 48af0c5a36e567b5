"""The checkpoint under audit: weights, architecture, names of outputs, preprocessing, each with where it comes from."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shiftprobe.auditing.doors import OpenedCheckpoint, opened
from shiftprobe.auditing.evidence import Subject
from shiftprobe.auditing.first_pass import first_pass
from shiftprobe.auditing.model import CheckpointFacts
from shiftprobe.auditing.names import OF_DATA, contradicted, names_of_outputs, of_data, read_names, sorted_otherwise
from shiftprobe.auditing.preprocessing import chosen_preprocess
from shiftprobe.auditing.request import CheckpointRequest
from shiftprobe.auditing.types import Note
from shiftprobe.core.escape import escape
from shiftprobe.data.bundle import Bundle
from shiftprobe.models.class_names import plain
from shiftprobe.models.doubles import doubles
from shiftprobe.models.guess import trained_side
from shiftprobe.models.head import head_name
from shiftprobe.models.logits import TAKEN
from shiftprobe.models.weights import Weights
from shiftprobe.results.about import NameConflict
from shiftprobe.spec.arch_options import bare

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outputs:
    """What a head's outputs are called, and who says so."""

    names: tuple[str, ...]
    names_from: str
    conflict: NameConflict | None  # with what the file calls them
    notes: tuple[str, ...]


def subject(wanted: CheckpointRequest, images: Bundle, door: OpenedCheckpoint | None = None) -> Subject:
    """The checkpoint as a network in evaluation mode, with everything a forward pass needs.

    Args:
        wanted: what the user says.
        images: the labelled data: their size, and their class names where the user says so.
        door: the checkpoint, where it was opened before.

    Raises:
        CheckpointError: when the file cannot be read, its weights do not fit, or the network does not work, with
            the flag that cures it.
        SpecError: when nobody says what its outputs mean, or code would run without leave.
    """
    door = door or opened(wanted)
    sizes = door.sizes
    weights = door.weights
    chosen = chosen_preprocess(
        wanted,
        weights.preprocess,
        door.arch,
        sizes=sizes,
        images=images,
        place=weights.place,
        normal=weights.normal,
        side=trained_side(door.arch, weights.state),
    )
    model, bent = door.build(chosen.preprocess)
    head = head_name(model, sizes.classes) if door.layers else None
    first = first_pass(wanted.checkpoint, model, chosen.preprocess, head=head, outputs=sizes.classes or None)
    outputs = _outputs(wanted, weights, first.outputs, images)
    notes = _notes(
        weights=(*weights.notes, *bent),
        arch=() if door.guessed is None else (f"the architecture was {door.guessed}",),
        outputs=(TAKEN,) if first.probabilities else (),
        classes=outputs.notes,
        preprocess=(f"preprocessing is {chosen.told}",),
    )
    return Subject(
        model=model,
        head=head,
        preprocess=chosen.preprocess,
        preprocess_origin=chosen.origin,
        preprocess_given=chosen.given,
        classes=outputs.names,
        conflict=outputs.conflict,
        fingerprint=weights.sha256 or first.answered,
        doubles=() if weights.arch is not None else doubles(door.arch, weights.state),
        answered=first.answered if door.lasting else secrets.token_hex(),
        facts=_facts(door, model, outputs, told=chosen.told, notes=notes, answered=first.answered),
        notes=notes,
    )


def _facts(
    door: OpenedCheckpoint, model: "nn.Module", outputs: _Outputs, *, told: str, notes: tuple[Note, ...], answered: str
) -> CheckpointFacts:
    weights, parameters = door.weights, sum(value.numel() for value in model.parameters())
    return CheckpointFacts(
        path=weights.path,
        bytes=weights.bytes,
        format=weights.format,
        sha256=weights.sha256 or answered,
        arch=bare(door.arch),
        arch_from=door.arch_from,
        parameters=parameters if door.parameters is None else door.parameters,
        dtypes=weights.dtypes or tuple(sorted({str(value.dtype) for value in weights.state.values()})),
        classes=outputs.names,
        classes_from=outputs.names_from,
        preprocess_from=told,
        notes=tuple(note.text for note in notes),
    )


def _notes(**texts: tuple[str, ...]) -> tuple[Note, ...]:
    return tuple(Note(about=about, text=text) for about, said in texts.items() for text in said)


def _outputs(wanted: CheckpointRequest, weights: Weights, count: int, images: Bundle) -> _Outputs:
    carried = weights.classes
    given = _given_names(wanted, images, carried)
    names, names_from = names_of_outputs(wanted.checkpoint, count, given, carried, images.classes)
    conflict = contradicted(wanted.checkpoint, given, carried, from_data=wanted.classes in OF_DATA)
    otherwise = sorted_otherwise(images.classes, wanted.classes) if carried is None else ""
    notes = (*_renamed(given, carried, conflict), *filter(None, (otherwise,)))
    return _Outputs(names=names, names_from=names_from, conflict=conflict, notes=notes)


def _given_names(wanted: CheckpointRequest, images: Bundle, carried: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if wanted.classes is None:
        return None
    if not isinstance(wanted.classes, str | Path):
        return tuple(str(name) for name in wanted.classes)
    if wanted.classes in OF_DATA:
        return of_data(wanted.checkpoint, images.classes, str(wanted.classes), carried)
    return read_names(Path(wanted.classes))


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
