"""Pictures for the page: a few images at every dose, and those that are wrong with the highest confidence."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from shiftprobe.auditing.evidence import AuditEvidence, Side
from shiftprobe.auditing.measurements import SliceSearch
from shiftprobe.auditing.model import Measurements, WrongAnswer
from shiftprobe.auditing.types import Predictions
from shiftprobe.core.checksums import write_with_checksums
from shiftprobe.core.types import UNSHIFTED
from shiftprobe.data.reduced import AtSide, at_side
from shiftprobe.engine.shifted_sets import shifted
from shiftprobe.metrics import softmax
from shiftprobe.results.gallery import thumbnail

SHOWN = 6  # images at every dose, of different classes
WRONG = 12


def write_samples(evidence: AuditEvidence, folder: Path, found: Sequence[SliceSearch] = ()) -> Measurements:
    """Write small pictures into a folder, and say which shows what.

    Args:
        evidence: with the images.
        folder: that gets them.
        found: slices, which name the pictures they want.
    """
    side = evidence.data
    places = _of_different_classes(side)
    conditions = [UNSHIFTED, *evidence.dial]
    samples: dict[str, tuple[str, ...]] = {}
    files: dict[str, bytes] = {}
    for number, condition in enumerate(conditions):
        chosen, dose = side.index[places].tolist(), evidence.dose(condition)
        shown = side.bundle.images if evidence.working is None else AtSide(side.bundle.images, evidence.working)
        pictures = shifted(shown, chosen, replace(dose, side=None))
        names = [f"{number:02d}-{i}.webp" for i in range(len(pictures))]
        files |= {name: thumbnail(picture) for name, picture in zip(names, pictures, strict=True)}
        samples[condition.key] = tuple(names)
    worst = _worst(evidence, files)
    _of_slices(evidence, found, files)
    write_with_checksums(folder, files)
    return Measurements(samples=samples, worst=worst)


def _of_slices(evidence: AuditEvidence, found: Sequence[SliceSearch], files: dict[str, bytes]) -> None:
    for search in found:
        side = evidence.data if search.on == "data" else evidence.target
        if side is not None:
            for one in search.examples:
                _drawn(side, one.place, evidence.working, (one.file, files))


def _of_different_classes(side: Side) -> list[int]:
    labels = side.labels if side.labels is not None else np.zeros(len(side), np.int64)
    _, first = np.unique(labels, return_index=True)
    others = np.setdiff1d(np.arange(len(side)), first)[:SHOWN].tolist()
    spread = first[np.linspace(0, len(first) - 1, min(SHOWN, len(first))).round().astype(int)].tolist()
    return sorted([*spread, *others][:SHOWN])


def _worst(evidence: AuditEvidence, files: dict[str, bytes]) -> tuple[WrongAnswer, ...]:
    """Wrong answers, the surest first: of the target where it has labels, else of the data."""
    on_target = evidence.target is not None and evidence.target.labels is not None
    side, predictions = (evidence.target, evidence.on_target) if on_target else (evidence.data, evidence.clean)
    if side is None or predictions is None or side.labels is None:
        return ()
    classes = evidence.subject.classes
    wrong = np.flatnonzero(~predictions.right(side.labels)).tolist()
    return tuple(
        WrongAnswer(
            file=_drawn(side, place, evidence.working, (f"wrong-{number:02d}.webp", files)),
            label=classes[int(side.labels[place])],
            answer=classes[int(predictions.answers[place])],
            confidence=sure,
            path=side.bundle.paths[int(side.index[place])] if side.bundle.paths is not None else None,
            on="target" if on_target else "data",
        )
        for number, (place, sure) in enumerate(_surest(predictions, wrong))
    )


def _surest(predictions: Predictions, wrong: Sequence[int]) -> list[tuple[int, float]]:
    if not wrong:
        return []
    sure = softmax(predictions.logits[list(wrong)]).max(axis=1)
    order = np.argsort(-sure, kind="stable")[:WRONG]
    return [(wrong[i], float(sure[i])) for i in order.tolist()]


def _drawn(side: Side, place: int, working: int | None, into: tuple[str, dict[str, bytes]]) -> str:
    name, files = into
    files[name] = thumbnail(at_side(side.bundle.images, int(side.index[place]), working))
    return name
