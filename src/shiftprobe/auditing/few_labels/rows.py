"""Files of labels: rows of a draw that somebody fills in, or a list of one's own with path and label."""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shiftprobe.auditing.evidence import Side
from shiftprobe.core.digest import digest
from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.data.entries import rows
from shiftprobe.results.csv_text import safe

COLUMNS = ("place", "picture", "path", "label", "probability", "stratum", "of", "check")
FIXED = ("place", "probability", "stratum", "of", "check")  # what a row of a draw has beside path and label
CODE = 8  # characters of a check


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRow:
    """One line of a file of labels."""

    where: str  # file and line, safe to print
    image: int  # place among the side's images
    label: str  # the cell
    probability: float | None = None  # None: not told
    place: int = 0  # in the order of a draw, from 1; 0: of no draw
    stratum: int = 0
    of: int = 0  # pictures of that stratum


def names_of(side: Side) -> list[str]:
    """What each image of a side is called in a table."""
    paths = side.bundle.paths
    return [str(safe(f"image-{i}" if paths is None else paths[i])) for i in side.index.tolist()]


def code_of(side: Side, row: LabelRow) -> str:
    """What tells a row, or a picture, that was changed after the draw."""
    told = [row.place, f"{row.probability:.4g}", row.stratum, row.of, side.bundle.hashes[int(side.index[row.image])]]
    return f"c{digest(told)[:CODE]}"  # a letter first, or a spreadsheet makes a number of it


def to_csv(side: Side, drawn: Sequence[LabelRow]) -> bytes:
    """The file of a draw, whose labels are to be filled in."""
    out, names = io.StringIO(), names_of(side)
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    for row in drawn:
        picture, chance = f"pictures/{picture_name(row.place)}", f"{row.probability:.4g}"
        table.writerow(
            [row.place, picture, names[row.image], row.label, chance, row.stratum, row.of, code_of(side, row)]
        )
    return out.getvalue().encode()


def picture_name(place: int) -> str:
    """The file of a picture that is to be labelled."""
    return f"{place:04d}.png"


def read_rows(files: Sequence[Path], side: Side) -> tuple[LabelRow, ...]:
    """The rows of all files; those of a draw in its order.

    Args:
        files: with a column path and a column label.
        side: the images that paths name.

    Raises:
        DataError: in one line that names file and line, when a path is none of the side's, a row of a draw is not as
            it was drawn, an image stands twice with two labels, or lists of one's own stand beside a draw.
    """
    images = {name: place for place, name in enumerate(names_of(side))}
    found: dict[int, LabelRow] = {}
    for file in files:
        for row in _rows(file, side, images):
            earlier = found.get(row.image)
            if earlier is not None and earlier.label and row.label and earlier.label != row.label:
                raise DataError(
                    f"{row.where}: wanted one label for each image, got {escape(row.label, 40)} and at "
                    f"{earlier.where} {escape(earlier.label, 40)}; keep the right row"
                )
            if earlier is None or row.label:
                found[row.image] = row
    if len({row.place > 0 for row in found.values()}) > 1:
        raise DataError(
            "--labels: wanted rows that --ask drew or a list of your own, got both; give one of them: together they "
            "are no sample with known probabilities"
        )
    return tuple(sorted(found.values(), key=lambda row: (row.place, row.image)))


def _rows(file: Path, side: Side, images: Mapping[str, int]) -> Iterator[LabelRow]:
    columns, lines = rows(file)
    if "label" not in columns:
        raise DataError(f"{escape(file)}: wanted a column label, got none; add it to the header and rows")
    drawn = "check" in columns
    if drawn and not columns.issuperset(FIXED):
        gone = ", ".join(name for name in FIXED if name not in columns)
        raise DataError(f"{escape(file)}: wanted the columns as they were drawn, got none called {gone}; put them back")
    for line, cells in lines:
        where = f"{escape(file)}, line {line}"
        if cells["path"] not in images:
            raise DataError(
                f"{where}: wanted a picture of {escape(side.name)} that is looked at, got {escape(cells['path'], 80)}; "
                f"write paths as {escape(next(iter(images)), 80)}, and see --images"
            )
        row = LabelRow(where=where, image=images[cells["path"]], label=cells["label"])
        yield _drawn(row, cells, side) if drawn else _own(row, cells)


def _own(row: LabelRow, cells: Mapping[str, str]) -> LabelRow:
    if "probability" not in cells:
        return row
    chance = _number(cells["probability"])
    if chance is None or not 0 < chance <= 1:
        raise DataError(
            f"{row.where}: wanted a probability above 0 and at most 1, got {escape(cells['probability'], 40)}; write "
            "with what chance the image was chosen, or leave the column out where all had the same"
        )
    return _with(row, probability=chance)


def _drawn(row: LabelRow, cells: Mapping[str, str], side: Side) -> LabelRow:
    chance, place, stratum, of = (_number(cells[name]) for name in ("probability", "place", "stratum", "of"))
    if chance is not None and place is not None and stratum is not None and of is not None:
        whole = _with(row, probability=chance, place=int(place), stratum=int(stratum), of=int(of))
        if code_of(side, whole) == cells["check"]:
            return whole
    raise DataError(
        f"{row.where}: wanted the row and its picture as they were drawn, got another path, place, probability, "
        "stratum, of or picture; fill in only the column label, or draw anew with another --out"
    )


def _with(row: LabelRow, *, probability: float, place: int = 0, stratum: int = 0, of: int = 0) -> LabelRow:
    return LabelRow(
        where=row.where,
        image=row.image,
        label=row.label,
        probability=probability,
        place=place,
        stratum=stratum,
        of=of,
    )


def _number(cell: str) -> float | None:
    """A number as any spreadsheet writes it; None where it is none, or not finite."""
    try:
        found = float(cell.replace(",", "."))
    except ValueError:
        return None
    return found if math.isfinite(found) else None
