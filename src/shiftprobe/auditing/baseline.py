"""Another checkpoint on the same images: an earlier audit's answers, or a checkpoint that answers now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from shiftprobe.auditing.evidence import Baseline, Paired, Side, Subject, dose_of
from shiftprobe.auditing.predictions import Task, predict_all
from shiftprobe.auditing.request import ANSWERS
from shiftprobe.auditing.types import Predictions
from shiftprobe.core.checksums import check_file
from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.files import json_bytes
from shiftprobe.core.reading import check_folder, read_json
from shiftprobe.core.types import Condition
from shiftprobe.metrics.scores import ShareScore
from shiftprobe.metrics.scores.outputs import TOP
from shiftprobe.results.checked import checked

if TYPE_CHECKING:
    from shiftprobe.engine.shifted_sets import Dose


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierSide:
    """Images of one side, by content and label, and whether each was answered rightly."""

    images: tuple[str, ...]
    right: tuple[Literal[0, 1], ...]
    top5: tuple[Literal[0, 1], ...] | None = None  # the same by the five likeliest; None: not kept
    answered: tuple[int, ...] = ()  # outputs, by their place in `classes`; absent in older files


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierAnswers:
    """`answers.json`."""

    name: str
    fingerprint: str
    sides: Mapping[str, EarlierSide]
    classes: tuple[str, ...] = ()  # what the outputs mean; absent in older files


def answers(subject: Subject, sides: Mapping[str, tuple[Side, Predictions]]) -> bytes:
    """`answers.json`: per side which images, by content and label, were answered rightly. For later audits."""
    return json_bytes(
        {
            "name": str(subject.facts.path),
            "fingerprint": subject.fingerprint,
            "classes": list(subject.classes),
            "sides": {
                name: {
                    "images": _keys(side, subject),
                    **_rights(side, predictions, len(subject.classes)),
                    "answered": predictions.answers.tolist(),
                }
                for name, (side, predictions) in sides.items()
                if side.labels is not None
            },
        }
    )


def from_audit(path: Path, subject: Subject, sides: Mapping[str, Side], score: ShareScore = "top1") -> Baseline:
    """What an earlier audit's checkpoint answered to images that are here too.

    Raises:
        RunError: when the folder holds no audit's answers, or not as they were written, none of its images is here, or
            that score was not kept.
    """
    kept = read_earlier(path)
    paired = {
        name: _paired(one, _kept(path, one, score), kept.classes, sides[name], subject)
        for name, one in kept.sides.items()
        if name in sides
    }
    paired = {side: one for side, one in paired.items() if len(one.index)}
    if not paired:
        raise RunError(
            f"{escape(path)}: none of its images is among today's, so nothing can be paired; give --baseline the "
            "earlier checkpoint itself, and it looks at today's images"
        )
    return Baseline(name=kept.name, fingerprint=kept.fingerprint, sides=paired)


def read_earlier(path: Path) -> EarlierAnswers:
    """`answers.json` of an audit's folder, checked.

    Raises:
        RunError: when it is missing, is no JSON, or holds something else.
    """
    check_folder(path)
    check_file(path / ANSWERS, "run that audit again, which writes it anew")
    try:
        kept = checked(EarlierAnswers, read_json(path / ANSWERS), path / ANSWERS, "run that audit again")
    except (FileNotFoundError, RunError) as error:
        why = str(error) if isinstance(error, RunError) else "no such file"
        raise RunError(
            f"{escape(path)}: wanted the folder of an earlier audit (with {ANSWERS}) or a checkpoint; see --baseline "
            f"({why})"
        ) from None
    for name, side in kept.sides.items():
        counts = {len(rights) for rights in (side.right, side.top5) if rights is not None}
        if counts != {len(side.images)} or len(side.answered) not in {0, len(side.images)}:
            raise RunError(
                f"{escape(path / ANSWERS)}: {escape(name)}: wanted an answer to each of {len(side.images):,} images, "
                f"got {len(side.right):,}; run that audit again"
            )
    return kept


def from_checkpoint(
    other: Subject, sides: Mapping[str, Side], folder: Path, *, workers: int, score: ShareScore = "top1"
) -> Baseline:
    """What another checkpoint answers today; its answers are kept beside ours.

    Args:
        other: the other checkpoint, whose outputs have the same names.
        sides: what both answer, with labels as outputs of `other`.
        folder: where its answers are kept.
        workers: how many work at once.
        score: what counts as right.
    """
    labelled = {name: side for name, side in sides.items() if side.labels is not None}
    paired, still = {}, partial(dose_of, seed=0, working=None)
    for name, side in labelled.items():
        found = predict_all(other, [Task(side=side)], folder / name, workers=workers, dose=still)
        (seen,) = found.values()
        paired[name] = Paired(
            right=_right(side, seen, score),
            index=np.arange(len(side)),
            lost=0,
            answers=seen.answers,
            logits=seen.logits,
        )
    return Baseline(name=str(other.facts.path), fingerprint=other.fingerprint, sides=paired)


def with_looks(
    found: Baseline,
    other: Subject,
    tasks: Sequence[Task],
    target: Side,
    folder: Path,
    *,
    workers: int,
    dose: "Callable[[Condition], Dose]",
) -> Baseline:
    """The baseline with its answers to all that was looked at: where both agree is held against where they are right.

    Args:
        found: what it answered to images with labels.
        other: the other checkpoint.
        tasks: looks at the labelled images.
        target: images without labels.
        folder: where its answers are kept.
        workers: how many work at once.
        dose: what is done to the images in a condition.
    """
    look = partial(predict_all, other, workers=workers, dose=dose)
    grid = look(tasks, folder / "looks")
    (there,) = look([Task(side=target)], folder / "unlabelled").values()
    looks = {task.condition: grid[task.key].answers for task in tasks}
    return replace(found, looks=looks, on_target=there.answers)


def _keys(side: Side, subject: Subject) -> list[str]:
    labels = [] if side.labels is None else side.labels.tolist()
    return [
        f"{side.bundle.hashes[i]}:{subject.classes[label]}"
        for i, label in zip(side.index.tolist(), labels, strict=True)
    ]


def _kept(path: Path, side: EarlierSide, score: ShareScore) -> tuple[Literal[0, 1], ...]:
    found = side.right if score == "top1" else side.top5
    if found is None:
        raise RunError(
            f"{escape(path)}: its answers were not kept for {score} (regression.metric); run that audit again, or give "
            "--baseline the earlier checkpoint itself"
        )
    return found


def _rights(side: Side, predictions: Predictions, classes: int) -> dict[str, list[int]]:
    """Whether each answer is right, by every score that such a head can give."""
    found = {"right": _right(side, predictions).astype(int).tolist()}
    return found | ({"top5": _right(side, predictions, "top5").astype(int).tolist()} if classes > TOP else {})


def _right(side: Side, predictions: Predictions, score: ShareScore = "top1") -> "np.ndarray[Any, np.dtype[np.bool_]]":
    return predictions.right(side.labels, score) if side.labels is not None else np.zeros(0, np.bool_)


def _paired(
    earlier: EarlierSide, rights: Sequence[int], classes: Sequence[str], side: Side, subject: Subject
) -> Paired:
    keys = _keys(side, subject) if side.labels is not None else []
    known = {key: place for place, key in enumerate(earlier.images)}
    shared = [place for place, key in enumerate(keys) if key in known]
    there = [known[keys[place]] for place in shared]
    return Paired(
        right=np.array([bool(rights[place]) for place in there], np.bool_),
        index=np.asarray(shared, np.int64),
        lost=len(keys) - len(shared),
        answers=_as_ours([earlier.answered[place] for place in there], classes, subject) if earlier.answered else None,
    )


def _as_ours(
    answered: Sequence[int], classes: Sequence[str], subject: Subject
) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """Answers of an earlier audit as outputs of ours; -1 for what no output of ours is called."""
    ours = {name: place for place, name in enumerate(subject.classes)}
    places = [ours.get(name, -1) for name in classes]
    return np.array([places[one] if 0 <= one < len(places) else -1 for one in answered], np.int64)
