"""What limits an audit's verdict, as marks of the one list that every result carries."""

from collections.abc import Iterator, Sequence

from shiftprobe.auditing.advice import Looked
from shiftprobe.auditing.causes import is_of_target
from shiftprobe.auditing.evidence import Side, Subject
from shiftprobe.auditing.model import Measurements
from shiftprobe.auditing.types import Check, Outcome
from shiftprobe.core.readers import READERS
from shiftprobe.core.words import percent
from shiftprobe.data.colours import has_colour
from shiftprobe.models.alternatives import by_reader
from shiftprobe.results.marks import SYNTHETIC, Mark, ordered


def limits(
    checks: Sequence[Check], word: Outcome, looked: Looked, subject: Subject, shown: Measurements
) -> tuple[Mark, ...]:
    """Marks that stand beside the sentence.

    Args:
        checks: all of them.
        word: what they come to.
        looked: the images of both sides.
        subject: the checkpoint, with what it takes and what its outputs are called.
        shown: what was measured: other readers of the files, and how far dials were looked at.
    """
    own = (*_contradicted(subject), *_reading(looked, shown), *_colours(looked, subject.preprocess.channels))
    rest = (*_both_ways(checks), *_few(checks, word, looked), *_repeated(looked), *_synthetic(looked, shown))
    return ordered((*own, *rest))


def _contradicted(subject: Subject) -> list[Mark]:
    if subject.conflict is None:
        return []
    text = f"{subject.conflict.told}: the names given were used; leave --classes out to take the checkpoint's own"
    return [Mark(kind="class_names_contradicted", text=text)]


def _reading(looked: Looked, shown: Measurements) -> list[Mark]:
    """Pictures that other programs read otherwise, where nobody said which one the checkpoint was trained with."""
    names = {"data": looked.data.name, "target": "" if looked.target is None else looked.target.name}
    said = [one.told(names[side], "--reader") for side, one in looked.reading.items() if one.is_guess]
    return [Mark(kind="reader_guessed", text="; ".join((*said, *_read_otherwise(shown))))] if said else []


def _read_otherwise(shown: Measurements) -> Iterator[str]:
    """The accuracy that other readers of the files would give, on the sample that they were tried on."""
    trials = shown.preprocessing
    if trials is None:
        return
    for one in trials.tried:
        reader = next((name for name in READERS if one.name == by_reader(name)), None)
        if reader is not None and one.accuracy is not None and one.gain is not None:
            now, other = percent(one.accuracy - one.gain), percent(one.accuracy)
            yield f"read as {reader} does accuracy is {other} in place of {now} (n = {trials.n or 0:,})"


def _synthetic(looked: Looked, shown: Measurements) -> list[Mark]:
    """Nothing but made-up changes of the labelled images speaks for the target."""
    target = looked.target
    if (target is not None and (target.labels is not None or target.known is not None)) or not shown.dials:
        return []
    count = len(shown.dials)
    what = f"{count} made-up change{'s' * (count > 1)} of {looked.data.name}"
    if target is not None and shown.estimates is not None:
        what = f"an estimate for {target.name} that was calibrated on {what}"
    return [Mark(kind="synthetic_evidence", text=f"this rests on {what}. {SYNTHETIC} {_ask(target)}")]


def _ask(target: Side | None) -> str:
    if target is None:
        return "Next: a sample of pictures of the place where it is to work, as --target FOLDER --ask 60"
    return f"Next: label a sample of {target.name}; the same command with --ask 60 names the pictures"


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
    text = f"{len(side):,} images of {side.name} cannot decide it: {first.fix}"
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
