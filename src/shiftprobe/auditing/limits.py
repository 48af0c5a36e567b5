"""What limits an audit's verdict, as marks of the one list that every result carries."""

from collections.abc import Sequence

from shiftprobe.auditing.advice import Looked, more_images
from shiftprobe.auditing.causes import is_of_target
from shiftprobe.auditing.evidence import Subject
from shiftprobe.auditing.types import Check, Outcome
from shiftprobe.data.colours import has_colour
from shiftprobe.results.marks import Mark, ordered


def limits(checks: Sequence[Check], word: Outcome, looked: Looked, subject: Subject) -> tuple[Mark, ...]:
    """Marks that stand beside the sentence.

    Args:
        checks: all of them.
        word: what they come to.
        looked: the images of both sides.
        subject: the checkpoint, with what it takes and what its outputs are called.
    """
    own = (*_contradicted(subject), *_reading(looked), *_colours(looked, subject.preprocess.channels))
    return ordered((*own, *_both_ways(checks), *_few(checks, word, looked), *_repeated(looked)))


def _contradicted(subject: Subject) -> list[Mark]:
    if subject.conflict is None:
        return []
    text = f"{subject.conflict.told}: the names given were used; leave --classes out to take the checkpoint's own"
    return [Mark(kind="class_names_contradicted", text=text)]


def _reading(looked: Looked) -> list[Mark]:
    """Pictures that other programs read otherwise, where nobody said which one the checkpoint was trained with."""
    names = {"data": looked.data.name, "target": "" if looked.target is None else looked.target.name}
    said = [one.told(names[side], "--reader") for side, one in looked.reading.items() if one.is_guess]
    return [Mark(kind="reader_guessed", text="; ".join(said))] if said else []


def _colours(looked: Looked, channels: int) -> list[Mark]:
    """A network of one channel sees grey levels, whatever the images hold."""
    sides = [side for side in (looked.data, looked.target) if side is not None]
    seen = [side.name for side in sides if channels == 1 and has_colour(side.bundle)]
    if not seen:
        return []
    text = f"the network takes one channel: the colours of {' and '.join(seen)} were dropped before it saw them"
    return [Mark(kind="colours_dropped", text=text)]


def _both_ways(checks: Sequence[Check]) -> list[Mark]:
    """Answers that hang on images which a file beside the checkpoint leaves out."""
    torn = [one for one in checks if one.with_all is not None]
    if not torn:
        return []
    said = "1 check answers" if len(torn) == 1 else f"{len(torn)} checks answer"
    left = "otherwise with the images that a trained.json beside the checkpoint leaves out"
    text = f"{said} {left}; name its run (--run, or --trained-on) where it is yours"
    return [Mark(kind="unnamed_run", text=text)]


def _few(checks: Sequence[Check], word: Outcome, looked: Looked) -> list[Mark]:
    """Too few images to decide, where that is what keeps the audit open."""
    unsure = [one for one in checks if one.gates and one.status == "cannot tell" and one.with_all is None]
    open_ = [one for one in unsure if not one.explained_by]
    if word != "cannot tell" or not open_:
        return []
    first = open_[0]
    side = looked.target if is_of_target(first) and looked.target is not None else looked.data
    if side.labels is None:  # an estimate wants labels, not images
        return []
    text = f"{len(side):,} images of {side.name} cannot decide it: {more_images(side, looked.request)}"
    return [Mark(kind="few_test_images", text=text)]


def _repeated(looked: Looked) -> list[Mark]:
    marks = []
    for side in (looked.data, looked.target):
        if side is None:
            continue
        if side.clusters is not None:
            draws = side.draws
            text = (
                f"the {len(side):,} images of {side.name} are {draws:,} independent draws, and checks count draws; "
                "those that count images say so and only warn, and gains of repairs count images"
            )
            marks.append(Mark(kind="repeated_images", text=text, label=f"{draws:,} groups of images"))
            continue
        same = len(side) - len({side.bundle.hashes[i] for i in side.index.tolist()})
        if same:
            text = (
                f"{same:,} of the {len(side):,} images of {side.name} are copies of others; intervals take them for new"
            )
            marks.append(Mark(kind="repeated_images", text=text, label=f"{same:,} repeated images"))
    return marks
