"""Which of several architectures a checkpoint is for that no weight tells apart, by the labelled images."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.evidence import Side, Subject, dose_of
from shiftprobe.auditing.predictions import predict
from shiftprobe.auditing.request import CheckpointRequest
from shiftprobe.auditing.subject import subject
from shiftprobe.auditing.types import Note
from shiftprobe.core import seeding
from shiftprobe.core.types import UNSHIFTED
from shiftprobe.data.bundle import Bundle
from shiftprobe.models.telling import SAMPLE, tell_apart, untold


def told_apart(found: Subject, wanted: CheckpointRequest, images: Bundle, side: Side, seed: int) -> Subject:
    """The checkpoint as the double that is proven better, where its architecture was guessed; else as it is.

    Either way a note says what was tried, and how to name another.

    Args:
        found: the checkpoint, as its architecture was given or guessed.
        wanted: what the user says of it.
        images: the labelled data.
        side: those that its outputs are held against.
        seed: of the draw of at most 128 of them.
    """
    if not found.doubles:
        return found
    arch, given = found.facts.arch, found.facts.arch_from == "given"
    if side.labels is None:
        return _with_note(found, untold(arch, found.doubles).told(given=given))
    places = _places(len(side), seed)
    labels, dose = side.labels[places], dose_of(UNSHIFTED, seed, None)

    def built(name: str) -> Subject:
        if name == arch:
            return found
        one = subject(replace(wanted, arch=name), images)
        return replace(one, device=found.device, precision=found.precision)

    def right(name: str) -> NDArray[np.bool_]:
        return predict(built(name), side, places.tolist(), dose).right(labels)

    trial = tell_apart(arch, found.doubles, right)
    told = trial.told(given=given)
    if given or trial.better is None:
        return _with_note(found, told)
    taken = built(trial.better)  # again: several large networks are not held at once
    guessed = tuple(note for note in found.notes if note.about == "arch")
    kept = tuple(note for note in taken.notes if note.about != "arch")
    facts = replace(taken.facts, arch_from=f"{found.facts.arch_from}; {told}")
    return _with_note(replace(taken, facts=facts, notes=(*guessed, *kept), doubles=found.doubles), told)


def _places(n: int, seed: int) -> NDArray[np.int64]:
    """Which of n images are looked at, growing."""
    return np.sort(seeding.generator(seed, "doubles", n).permutation(n)[:SAMPLE]).astype(np.int64)


def _with_note(found: Subject, told: str) -> Subject:
    notes = (*found.notes, Note(about="arch", text=told))
    return replace(found, notes=notes, facts=replace(found.facts, notes=tuple(note.text for note in notes)))
