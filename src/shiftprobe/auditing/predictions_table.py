"""Every answer of an audit by name: `predictions.csv`, an image a line, and its rows as they are asked for."""

import csv
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from shiftprobe.core.checksums import check_file
from shiftprobe.core.errors import RunError, SpecError, UnknownNameError
from shiftprobe.core.escape import escape
from shiftprobe.core.reading import check_folder, is_there, read_text
from shiftprobe.core.registry import suggest
from shiftprobe.core.types import UNSHIFTED, Condition
from shiftprobe.results.csv_text import cell
from shiftprobe.results.predictions import FILE, MAX_BYTES, MAX_NAME, PredictionFilter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from shiftprobe.auditing.evidence import AuditEvidence, Side
    from shiftprobe.auditing.types import Predictions

COLUMNS = ("on", "shift", "severity", "image", "path", "label", "answer", "confidence", "right")
AGAIN = "run the audit again, which writes it anew"


def predictions_csv(evidence: "AuditEvidence") -> bytes:
    """The table, its header first: a line per side, condition and image that was looked at.

    `on` is data or target, `image` the place among the side's images that are used, `path` that of the data ('#12' is
    the thirteenth image of data without files), `confidence` the probability of the answer, a fraction with four
    decimals, `right` 1 or 0; label and right are empty where labels are not known. Of more than 50 MB
    what is under shifts is left out.
    """
    header = ",".join(COLUMNS) + "\n"
    clean = "".join(_unshifted(evidence))
    shifted = "".join(_shifted(evidence))
    if len(clean) + len(shifted) > MAX_BYTES:
        shifted = ""
    return (header + clean + shifted).encode()


def chosen(path: Path, choice: PredictionFilter) -> Iterator[str]:
    """Lines of an audit's table that are asked for, the header first.

    Raises:
        SpecError: when an arm or a seed is asked for.
        RunError: when the table is missing, as in folders made before, or not as it was written.
        UnknownNameError: when the audit looked at nothing of the kind, naming what it looked at.
    """
    if choice.arms or choice.seeds:
        raise SpecError(f"{escape(path)}: an audit has no arms and no seeds; leave --arm and --seed out")
    check_folder(path)
    file = path / FILE
    check_file(file, AGAIN)
    if not is_there(file):
        raise RunError(f"{escape(file)}: wanted every answer of the audit, got no such file; {AGAIN}")
    header, *lines = read_text(file, most=MAX_BYTES).splitlines(keepends=True)
    places = [_place(line, file) for line in lines]
    _check_held("shift", choice.shifts, [one.shift for one in places])
    _check_held("severity", choice.severities, [one.severity for one in places])
    return chain([header], (line for line, one in zip(lines, places, strict=True) if _takes(choice, one)))


def _unshifted(evidence: "AuditEvidence") -> Iterator[str]:
    every = _all(len(evidence.data))
    yield _lines("data", UNSHIFTED, evidence, (evidence.data, every), evidence.clean)
    if evidence.target is not None and evidence.on_target is not None:
        there = evidence.target, _all(len(evidence.target))
        yield _lines("target", UNSHIFTED, evidence, there, evidence.on_target)


def _shifted(evidence: "AuditEvidence") -> Iterator[str]:
    for condition, seen in evidence.dial.items():
        yield _lines("data", condition, evidence, (evidence.data, evidence.looked(condition.shift)), seen)


def _all(count: int) -> "NDArray[np.int64]":
    import numpy as np

    return np.arange(count)


def _lines(
    on: str,
    condition: Condition,
    evidence: "AuditEvidence",
    looked: "tuple[Side, NDArray[np.int64]]",
    seen: "Predictions",
) -> str:
    from shiftprobe.metrics import softmax

    side, places = looked
    names = [cell(escape(name, MAX_NAME)) for name in evidence.subject.classes]
    sure, answers = softmax(seen.logits).max(axis=1).tolist(), seen.answers.tolist()
    labels: Sequence[int | None] = [None] * len(places) if side.labels is None else side.labels[places].tolist()
    start = f"{on},{cell(condition.shift)},{condition.severity!r}"
    return "".join(
        f"{start},{place},{_path(side, place)},{'' if label is None else names[label]},{names[answer]},{one:.4f},"
        f"{'' if label is None else int(label == answer)}\n"
        for place, label, answer, one in zip(places.tolist(), labels, answers, sure, strict=True)
    )


def _path(side: "Side", place: int) -> str:
    image = int(side.index[place])
    return f"#{image}" if side.bundle.paths is None else cell(escape(side.bundle.paths[image], MAX_NAME))


def _place(line: str, file: Path) -> Condition:
    try:
        _, shift, severity, *_ = next(csv.reader([line]))
        return Condition(shift, float(severity))
    except (ValueError, StopIteration, csv.Error):
        raise RunError(f"{escape(file)}: wanted a table of answers, got something else; {AGAIN}") from None


def _takes(choice: PredictionFilter, one: Condition) -> bool:
    return (not choice.shifts or one.shift in choice.shifts) and (
        not choice.severities or one.severity in choice.severities
    )


def _check_held(what: str, asked: Sequence[object], held: Sequence[object]) -> None:
    known = dict.fromkeys(held)
    for one in asked:
        if one not in known:
            names = list(map(str, known))
            raise UnknownNameError(
                f"this audit looked at no {what} {escape(one)}{suggest(str(one), names)} "
                f"(it looked at: {escape(', '.join(names), 400)})"
            )
