"""The images of both sides: which are looked at, and which output of the head each should get."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shiftprobe import data
from shiftprobe.auditing.evidence import Side
from shiftprobe.auditing.few_labels.partly import has_few_labels, labelled_among, partly_labelled
from shiftprobe.auditing.names import columns
from shiftprobe.auditing.types import Note
from shiftprobe.core import seeding
from shiftprobe.core.errors import DataError, NoTestImagesError, ShiftprobeError
from shiftprobe.core.escape import escape
from shiftprobe.core.readers import VIEWER, Reader
from shiftprobe.data.bundle import Bundle
from shiftprobe.data.clusters import clusters


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """Which of the images are looked at, and as whom."""

    most: int  # images of a side; more are drawn from
    seed: int = 0  # of that draw
    trained: frozenset[str] = frozenset()  # content hashes of images that trained the checkpoint: they are left out
    reader: Reader = VIEWER  # of picture files
    no_label: str | None = None  # what marks an image without a label, beside -1


def labelled(bundle: Bundle, outputs: Sequence[str], how: How) -> tuple[Side, tuple[Note, ...]]:
    """The labelled images that are judged: the test part where the data divides itself, at most so many.

    Args:
        bundle: images with classes that are names of outputs.
        outputs: (C,) names of the head's outputs.
        how: which of them.

    Raises:
        DataError: when a class is no output, or every image trained the checkpoint.
    """
    places, bent = columns(bundle.classes, outputs, bundle.name)
    kept, notes = _unseen(bundle, data.judged(bundle), how)
    index = drawn(bundle, kept, how.most, how.seed)
    notes += [Note(about="classes", text=f"{escape(bundle.name)}: {text}") for text in bent]
    notes += _counted(bundle, index, len(kept))
    notes += _without_label(bundle)
    groups = None if bundle.groups is None else bundle.groups[index]
    side = Side(
        name=bundle.name,
        bundle=bundle,
        index=index,
        labels=places[bundle.labels[index]],
        groups=groups,
        clusters=clusters(bundle, index),
        left_out=len(kept) - len(index),
    )
    return side, tuple(notes)


def data_of(given: Any, outputs: Any, how: How) -> tuple[Bundle, tuple[Note, ...]]:
    """The labelled data, and what was guessed of them.

    Args:
        given: data by name, a path, or a torch-style data set.
        outputs: what the user says of the outputs' names.
        how: who reads them, and what marks images without a label.
    """
    if isinstance(given, str | Path):
        name = data.named(str(given))
        return data.load(name, Path(), few_classes=True, reader=how.reader, no_label=how.no_label), ()
    bundle = data.load_given("memory:data", given, Path(), reader=how.reader, no_label=how.no_label)
    return numbered(bundle, given, outputs)


def numbered(bundle: Bundle, given: Any, outputs: Any) -> tuple[Bundle, tuple[Note, ...]]:
    """Data in memory whose labels are bare numbers: they count the outputs, where these have other names.

    Args:
        bundle: made of it.
        given: the data set itself; one that names its classes stays as it is.
        outputs: the outputs' names where they are known, or what else the user said of them.
    """
    bare = not isinstance(given, Bundle) and getattr(given, "classes", None) is None
    if not bare or outputs is None or isinstance(outputs, str | Path) or len(set(outputs)) < len(outputs):
        return bundle, ()
    names = [str(name) for name in outputs]
    places = [int(name) for name in bundle.classes]
    if set(bundle.classes) <= set(names) or not all(0 <= place < len(names) for place in places):
        return bundle, ()
    said = f"{bundle.name}: its labels are numbers, read as places among the outputs: {places[0]} is {names[places[0]]}"
    return replace(bundle, classes=tuple(names[place] for place in places)), (Note(about="classes", text=said),)


def _without_label(bundle: Bundle) -> list[Note]:
    """That images were left out as they have no label."""
    if not bundle.unlabelled:
        return []
    said = f"{bundle.unlabelled:,} images are left out: -1, or what --no-label says, marks them as without a label"
    return [Note(about="data", text=f"{escape(bundle.name)}: {said}")]


def unlabelled(bundle: Bundle, how: How, first: Sequence[int] = ()) -> tuple[Side, tuple[Note, ...]]:
    """Images without labels, at most so many; those that are to come first are among them."""
    kept, notes = _unseen(bundle, np.arange(len(bundle)), how)
    mixed = seeding.generator(how.seed, "audit", "images").permutation(kept)
    index = np.sort(mixed[np.argsort(~np.isin(mixed, first), kind="stable")][: how.most])
    notes += _counted(bundle, index, len(kept))
    side = Side(name=bundle.name, bundle=bundle, index=index, labels=None, left_out=len(kept) - len(index))
    return side, tuple(notes)


def _unseen(bundle: Bundle, index: NDArray[np.int64], how: How) -> tuple[NDArray[np.int64], list[Note]]:
    """The images that did not train the checkpoint."""
    if not how.trained:
        return index, []
    kept = np.array([i for i in index.tolist() if bundle.hashes[i] not in how.trained], np.int64)
    if not len(kept):
        raise DataError(
            f"{escape(bundle.name)}: every image trained the checkpoint; wanted images that it has not seen"
        )
    lost = len(index) - len(kept)
    said = f"{escape(bundle.name)}: {lost:,} of its images trained the checkpoint and are left out"
    return kept, [Note(about="data", text=said)] if lost else []


def drawn(bundle: Bundle, index: NDArray[np.int64], most: int, seed: int) -> NDArray[np.int64]:
    """At most so many of these images, in the proportions of their classes, growing."""
    if len(index) <= most:
        return index
    mixed = seeding.generator(seed, "audit", "images").permutation(index)
    by_class = mixed[np.argsort(bundle.labels[mixed], kind="stable")]
    return np.sort(by_class[np.arange(most) * len(index) // most])


def target_of(given: Any, outputs: Sequence[str], how: How, *, labels: bool) -> tuple[Side | None, tuple[Note, ...]]:
    """The target, where there is one.

    Args:
        given: data by name, a path, or a torch-style data set.
        outputs: (C,) names of the head's outputs.
        how: which of its images.
        labels: False: what labels there are is not looked at.
    """
    if given is None:
        return None, ()
    if isinstance(given, str | Path):
        return target_side(str(given), outputs, how, labels=labels)
    if not labels:
        return unlabelled(data.load_given("memory:target", given, Path(), reader=how.reader, labels=False), how)
    bundle = data.load_given("memory:target", given, Path(), reader=how.reader, no_label=how.no_label)
    bundle, said = numbered(bundle, given, outputs)
    if has_few_labels(bundle):
        whole = data.load_given("memory:target", given, Path(), reader=how.reader, labels=False)
        side, notes = _partly(bundle, whole, outputs, how)
    else:
        side, notes = labelled(bundle, outputs, how)
    return side, (*said, *notes)


def _partly(bundle: Bundle, whole: Bundle, outputs: Sequence[str], how: How) -> tuple[Side, tuple[Note, ...]]:
    """All images of data in which few have a label."""
    side, notes = unlabelled(whole, how, labelled_among(bundle, whole).tolist())
    side, said = partly_labelled(side, bundle, outputs)
    return side, (*notes, *said)


def target_side(name: str, outputs: Sequence[str], how: How, *, labels: bool = True) -> tuple[Side, tuple[Note, ...]]:
    """The target: with labels where its classes are names of outputs, else without, and a note says why.

    Args:
        name: data by name, or a path.
        outputs: (C,) names of the head's outputs.
        how: which of its images.
        labels: False: what labels there are is not looked at.

    Raises:
        DataError: when it has no readable image, or some of its classes are outputs and others are not.
    """
    bundle, reason = _with_classes(name, outputs, how) if labels else (None, "its labels are not to be looked at")
    if bundle is not None and has_few_labels(bundle):
        return _partly(bundle, data.load_unlabelled(name, Path(), reader=how.reader), outputs, how)
    if bundle is not None:
        return labelled(bundle, outputs, how)
    side, notes = unlabelled(data.load_unlabelled(name, Path(), reader=how.reader), how)
    said = f"{escape(side.name)} is taken without labels: {reason}; without others (--ask) accuracy there is estimated"
    return side, (*notes, Note(about="data", text=said))


def _with_classes(name: str, outputs: Sequence[str], how: How) -> tuple[Bundle | None, str]:
    """The target with its classes where any of them is an output, else why it is taken without."""
    try:
        bundle = data.load(name, Path(), few_classes=True, reader=how.reader, no_label=how.no_label)
    except NoTestImagesError:
        raise  # taken without labels, the training images would be looked at
    except DataError as error:
        found = str(error).partition(";")[0]  # what to do is no advice to whoever has no labels
        return None, f"no classes were found ({escape(found, 200)})"
    if set(outputs) & set(bundle.classes) or _reads(bundle, outputs):
        return bundle, ""
    return None, f"none of its classes ({_some(bundle.classes)}) is the name of an output"


def _reads(bundle: Bundle, outputs: Sequence[str]) -> bool:
    try:
        columns(bundle.classes, outputs, bundle.name)
    except ShiftprobeError:
        return False
    return True


def repeated(data_side: Side, target: Side | None) -> tuple[Note, ...]:
    """How many of the target's images have the same pixels as one of the data's; nothing where none has."""
    if target is None:
        return ()
    ours = {data_side.bundle.hashes[i] for i in data_side.index.tolist()}
    same = sum(target.bundle.hashes[i] in ours for i in target.index.tolist())
    text = f"{same:,} of the target's images stand in the data too, pixel by pixel"
    return (Note(about="data", text=text),) if same else ()


def _some(names: Sequence[str]) -> str:
    return ", ".join(escape(name, 30) for name in names[:3]) + (", ..." if len(names) > 3 else "")  # noqa: PLR2004


def _counted(bundle: Bundle, index: NDArray[np.int64], whole: int) -> list[Note]:
    """What a reader must know of the number of images: that there are more, and that some are the same."""
    n, same = len(index), len(index) - len({bundle.hashes[i] for i in index.tolist()})
    fewer = f"{n:,} of {whole:,} images are looked at; `images:` in the policy, or --images, sets how many"
    copies = f"{same:,} of the {n:,} images are copies of others, pixel by pixel; intervals take them for new ones"
    said = ([fewer] if n < whole else []) + ([copies] if same else [])
    return [Note(about="data", text=f"{escape(bundle.name)}: {text}") for text in said]
