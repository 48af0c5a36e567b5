"""Labels that come in beside the target: read, held against the images and the outputs, and said."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

import numpy as np

from shiftprobe.auditing.evidence import Side
from shiftprobe.auditing.few_labels.known import NONE_OF_THEM, KnownLabels
from shiftprobe.auditing.few_labels.rows import LabelRow, read_rows
from shiftprobe.auditing.names import columns
from shiftprobe.auditing.request import Request
from shiftprobe.auditing.types import Note
from shiftprobe.core.errors import DataError, ShiftprobeError, SpecError
from shiftprobe.core.escape import escape
from shiftprobe.data.clusters import clusters
from shiftprobe.data.walk import class_name
from shiftprobe.data.without_label import UNLABELLED
from shiftprobe.stats import probabilities

ASK = "ask"  # folder of an audit in which pictures wait for a label
NONE = "none"  # in the column label: the picture shows none of the classes


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """What files of labels hold."""

    known: KnownLabels | None = None  # None where no label is filled in
    rows: tuple[LabelRow, ...] = ()  # of a draw, in its order
    waiting: int = 0  # of them without a label
    notes: tuple[Note, ...] = ()


def files_in(folder: Path) -> tuple[Path, ...]:
    """The files of labels in an audit's folder; none where nothing was asked for."""
    return tuple(sorted((folder / ASK).glob("labels*.csv")))


def incoming(files: Sequence[Path], side: Side, outputs: Sequence[str], no_label: str | None) -> Incoming:
    """Labels of some images of a side, and how these were chosen.

    Of a draw the rows before the first that is empty count: every beginning of its order is a sample with known
    probabilities, another part of it is none.

    Args:
        files: rows of a draw, or a list of one's own.
        side: the images, without labels of their own.
        outputs: (C,) names of the head's outputs.
        no_label: what marks an image without a label, beside -1 and an empty cell.

    Raises:
        DataError: when a row cannot be used, naming file and line, or the side is no longer what was drawn from.
    """
    empty = {"", UNLABELLED} | ({class_name(no_label.strip())} if no_label is not None else set())
    rows = read_rows(files, side)
    filled = [row for row in rows if class_name(row.label) not in empty]
    if not rows or not rows[0].place:
        return Incoming(known=_known(filled, side, outputs), notes=_own_notes(filled))
    _check_frame(rows, side)
    used = [row for _, row in takewhile(lambda one: one[1].place == one[0] and one[1] in filled, enumerate(rows, 1))]
    _check_strata(used, rows)
    notes = _notes(len(used), len(filled) - len(used), len(rows))
    return Incoming(known=_known(used, side, outputs), rows=rows, waiting=len(rows) - len(filled), notes=notes)


def _known(used: Sequence[LabelRow], side: Side, outputs: Sequence[str]) -> KnownLabels | None:
    if not used:
        return None
    order = sorted(used, key=lambda row: row.image)
    places, groups = np.array([row.image for row in order], np.int64), clusters(side.bundle, side.index)
    chances = None
    if order[0].place:
        chances = probabilities([row.stratum for row in order], [row.of for row in order])
    elif order[0].probability is not None:
        chances = np.array([row.probability for row in order], np.float64)
    return KnownLabels(
        places=places,
        labels=np.array([_output(row, outputs) for row in order], np.int64),
        source=used[0].where.rpartition(", line")[0],
        asked=order[0].place > 0,
        probability=chances,
        clusters=None if groups is None else groups[places],
    )


def _output(row: LabelRow, outputs: Sequence[str]) -> int:
    """The output of a label; a name that none has is refused, but for the word for none of them."""
    name = class_name(row.label)
    try:
        return int(columns((name,), outputs, row.where)[0][0])
    except ShiftprobeError:
        if name.lower() == NONE:
            return NONE_OF_THEM
    some = ", ".join(escape(one, 30) for one in outputs[:3]) + (", ..." if len(outputs) > 3 else "")  # noqa: PLR2004
    raise DataError(
        f"{row.where}: wanted the name of one of the checkpoint's {len(outputs):,} outputs ({some}), or {NONE} where "
        f"the picture shows none of them, got {escape(row.label, 40)}; correct that cell"
    )


def _check_frame(rows: Sequence[LabelRow], side: Side) -> None:
    """What was drawn from must be what is looked at now."""
    drawn_from = sum({row.stratum: row.of for row in rows}.values())
    if drawn_from != len(side):
        raise DataError(
            f"{rows[0].where}: wanted the {drawn_from:,} pictures that were drawn from, got {len(side):,} of "
            f"{escape(side.name)}; look at the same ones (its folder, --images, --trained-on), or draw anew with "
            "another --out"
        )


def _check_strata(used: Sequence[LabelRow], rows: Sequence[LabelRow]) -> None:
    """Nothing is known of a stratum without a label."""
    needed = max({row.stratum: row.place for row in reversed(rows)}.values())
    if 0 < len(used) < needed:
        raise DataError(
            f"{rows[0].where}: wanted a label of every stratum, got {len(used)} from the top; fill in at least the "
            f"first {needed} rows"
        )


def _notes(used: int, beyond: int, drawn: int) -> tuple[Note, ...]:
    text = f"{used:,} of the {drawn:,} pictures that --ask drew have their label"
    if beyond > 0:
        text += (
            f"; {beyond:,} further down are not used: a row before them is empty, and only rows from the top are a "
            f"sample with known probabilities; fill in row {used + 1}"
        )
    return (Note(about="data", text=text),)


def _own_notes(filled: Sequence[LabelRow]) -> tuple[Note, ...]:
    return (chosen_by_nobody(len(filled), filled[0].where.rpartition(", line")[0]),) if filled else ()


def chosen_by_nobody(count: int, source: str) -> Note:
    """That labels are taken for a random sample because nothing else is known of them."""
    text = (
        f"{count:,} labels of {source} are taken for a random sample of the target, as the file says: images that "
        "somebody picked are none, and then the interval promises nothing; --ask draws some"
    )
    return Note(about="data", text=text)


def labels_for(
    request: Request, side: Side | None, outputs: Sequence[str], folder: Path
) -> tuple[Side | None, Incoming]:
    """The target with what labels came in for it, from files that were named or those in the audit's folder.

    Args:
        request: what is asked.
        side: the target.
        outputs: (C,) names of the head's outputs.
        folder: of the audit.

    Raises:
        SpecError: when pictures are asked for where the target has labels of its own, or more than there are.
        DataError: as `incoming`.
    """
    files = request.label_files or files_in(folder)
    if side is None or not (files or request.ask):
        return side, Incoming()
    own = side.labels is not None or side.known is not None
    if own and request.ask:
        raise SpecError(
            f"--ask: {escape(side.name)} has labels of its own; leave this flag out, or do not look at those: "
            "--unlabelled"
        )
    if request.ask is not None and request.ask > len(side):
        raise SpecError(
            f"--ask: wanted at most the {len(side):,} pictures of {escape(side.name)} that are looked at, got "
            f"{request.ask:,}; ask for fewer, or look at more with --images"
        )
    if own or not files:
        return side, Incoming()
    found = incoming(files, side, outputs, request.no_label)
    return (side if found.known is None else replace(side, known=found.known)), found
