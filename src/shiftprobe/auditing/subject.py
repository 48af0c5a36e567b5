"""The checkpoint under audit: weights, architecture, names of outputs, preprocessing, each with where it comes from."""

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shiftprobe.auditing.evidence import Subject
from shiftprobe.auditing.first_pass import first_pass
from shiftprobe.auditing.model import CheckpointFacts
from shiftprobe.auditing.names import DATA, contradicted, names_of_outputs, read_names, sorted_as_text
from shiftprobe.auditing.preprocessing import chosen_preprocess
from shiftprobe.auditing.request import CheckpointRequest
from shiftprobe.auditing.types import Note
from shiftprobe.core.escape import escape
from shiftprobe.data.bundle import Bundle
from shiftprobe.models.class_names import plain
from shiftprobe.models.head import head_name
from shiftprobe.models.names import IN_MEMORY
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.sizes import Sizes, read_sizes
from shiftprobe.models.weights import Weights, architecture, fitted, held_weights, named_weights, sizes_of
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
        weights, arch, guessed = held_weights(wanted.module), IN_MEMORY, None
    else:
        name = wanted.checkpoint
        weights = named_weights(name, part=wanted.part, download=wanted.download)
        arch, guessed = architecture(name, weights, wanted.arch, allow_code=wanted.allow_code)
    sizes = _sizes(wanted, weights, arch)
    outputs = _outputs(wanted, weights, sizes.classes, images)
    chosen = chosen_preprocess(wanted, weights.preprocess, arch, sizes=sizes, images=images, place=weights.place)
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
            arch=bare(arch),
            arch_from=guessed or ("given" if wanted.arch or weights.arch is None else weights.arch_from),
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


def _outputs(wanted: CheckpointRequest, weights: Weights, count: int, images: Bundle) -> _Outputs:
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


def _model(
    wanted: CheckpointRequest, weights: Weights, arch: str, *, classes: int, preprocess: Preprocess
) -> "tuple[nn.Module, tuple[str, ...]]":
    """The network on the CPU, in evaluation mode; of one in memory a copy, so that the caller's stays as it is."""
    if wanted.module is not None:
        return copy.deepcopy(wanted.module).cpu().eval(), ()
    name, allow = wanted.checkpoint, wanted.allow_code
    model, bent = fitted(name, weights, arch, classes=classes, preprocess=preprocess, allow_code=allow)
    return model.eval(), bent


def _sizes(wanted: CheckpointRequest, weights: Weights, arch: str) -> Sizes:
    if wanted.module is not None:
        return read_sizes(weights.state, wanted.module)
    return sizes_of(wanted.checkpoint, weights, arch, allow_code=wanted.allow_code)
