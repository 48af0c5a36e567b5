"""Image sets of the WILDS benchmark as they are unpacked: a folder with `metadata.csv`, its splits and groups."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.core.regular_file import open_regular
from shiftprobe.data.bundle import Bundle
from shiftprobe.data.entries import MAX_ROWS, ImageEntry, ImageTable, content, entry
from shiftprobe.data.manifest import of_table, of_table_unlabelled
from shiftprobe.data.origins import ORIGINS, Origin
from shiftprobe.data.walk import check_no_own, exists

METADATA = "metadata.csv"
_HEADER = 2**16  # bytes in which a header ends
_OFFICIAL = {"train": "train", "id_val": "train", "val": "train", "id_test": "train", "test": "test"}
_PARTS = {"0": "train", "1": "val", "2": "test"}

_Row: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """How one of the sets writes its table."""

    name: str
    label: str  # column of whole numbers
    needs: frozenset[str]  # columns
    path: Callable[[_Row], str]  # from the folder
    split: Callable[[_Row], str]
    domain: Callable[[_Row], str]
    group: Callable[[_Row], str] | None = None  # images of one are not independent
    classes: tuple[str, ...] = ()  # names in label order; none: `categories.csv`, else the numbers


def _patch(row: _Row) -> str:
    node = f"patient_{row['patient'].zfill(3)}_node_{row['node']}"
    return f"patches/{node}/patch_{node}_x_{row['x_coord']}_y_{row['y_coord']}.png"


def _hospital(row: _Row) -> str:
    return {"1": "val", "2": "test"}.get(row["center"]) or {"0": "train", "1": "id_val"}.get(row["split"], "")


_BIRDS, _BACKGROUNDS = ("landbird", "waterbird"), {"0": "land", "1": "water"}
_LAYOUTS = (
    _Layout(
        name="iWildCam",
        label="y",
        needs=frozenset({"filename", "y", "split", "location_remapped", "sequence_remapped"}),
        path=lambda row: f"train/{row['filename']}",
        split=lambda row: row["split"],
        domain=lambda row: f"location {row['location_remapped']}",
        group=lambda row: f"sequence {row['sequence_remapped']}",
    ),
    _Layout(
        name="Camelyon17",
        label="tumor",
        needs=frozenset({"patient", "node", "x_coord", "y_coord", "tumor", "slide", "center", "split"}),
        path=_patch,
        split=_hospital,
        domain=lambda row: f"hospital {row['center']}",
        group=lambda row: f"slide {row['slide']}",
        classes=("normal", "tumor"),
    ),
    _Layout(
        name="Waterbirds",
        label="y",
        needs=frozenset({"img_filename", "y", "split", "place"}),
        path=lambda row: row["img_filename"],
        split=lambda row: _PARTS.get(row["split"], ""),
        domain=lambda row: f"{_BIRDS[row['y'] == '1']} on {_BACKGROUNDS.get(row['place'], row['place'])}",
        classes=_BIRDS,
    ),
    _Layout(
        name="RxRx1",
        label="sirna_id",
        needs=frozenset({"dataset", "experiment", "plate", "well", "site", "cell_type", "sirna_id"}),
        path=lambda row: f"images/{row['experiment']}/Plate{row['plate']}/{row['well']}_s{row['site']}.png",
        split=lambda row: row["dataset"],
        domain=lambda row: row["cell_type"],
        group=lambda row: f"{row['experiment']} {row['plate']} {row['well']}",
    ),
)


def load(rest: str, base: Path) -> Bundle:
    """iWildCam, Camelyon17, Waterbirds or RxRx1, known by the columns of `metadata.csv`.

    The official division is kept: `test` judges, `train` trains, and the others (`val`, `id_val`, `id_test`) join the
    training part; with `:SPLIT` one of them is the whole. Domains are the groups that WILDS compares (locations,
    hospitals, bird and background, cell types); sequences of a camera, slides and wells count as one draw.

    Args:
        rest: the folder, or its `metadata.csv`; with `:SPLIT` one part of it, as in "iwildcam_v2.0:id_test".
        base: the folder that relative paths start from.

    Raises:
        DataError: when the table is missing, of none of these sets, or wrong in a line, or no image can be read.

    Reference: Koh et al., 2021, arXiv:2012.07421.
    """
    return _load(rest, base, few=False)


def few(rest: str, base: Path) -> Bundle:
    """The same; a class without a readable image is left out.

    Raises:
        DataError: when the table cannot be read, naming the line, or no image can.
    """
    return _load(rest, base, few=True)


def unlabelled(rest: str, base: Path) -> Bundle:
    """All images, or those of one split, as one class.

    Raises:
        DataError: as `few`.
    """
    file, split = _named(rest, base)
    return of_table_unlabelled(f"wilds:{rest}", file, _table(file, _layout(file), split))


def find(rest: str, base: Path) -> None:
    """Refuse a place without such a table.

    Raises:
        DataError: naming what is missing.
    """
    _layout(_named(rest, base)[0])


def takes(path: Path) -> bool:
    """Whether a path is the folder of such a set."""
    return any(layout.needs <= _header(path / METADATA) for layout in _LAYOUTS)


def _load(rest: str, base: Path, *, few: bool) -> Bundle:
    file, split = _named(rest, base)
    check_no_own(file.parent)
    layout = _layout(file)
    listed = _table(file, layout, split)
    parts = {} if split else _OFFICIAL
    divides = {"train", "test"} <= {parts.get(row.split) for row in listed.entries}
    order = layout.classes or _categories(file.parent) or None
    return of_table(f"wilds:{rest}", file, listed, few=few, official=parts if divides else {}, order=order)


def _named(rest: str, base: Path) -> tuple[Path, str]:
    """The table, and the split that is wanted."""
    name, colon, split = rest.rpartition(":")
    name, split = (name, split) if colon and name and not exists(base / rest) else (rest, "")
    return (base / name if name.endswith(METADATA) else base / name / METADATA), split.lower()


def _header(file: Path) -> frozenset[str]:
    """The columns of a table; none where it cannot be read."""
    try:
        opened, _ = open_regular(file, links=True)
        with opened:
            first = opened.read(_HEADER).decode("utf-8-sig", "replace").splitlines()[:1]
        return frozenset(next(csv.reader(first), []))
    except (OSError, ValueError, csv.Error):
        return frozenset()


def _layout(file: Path) -> _Layout:
    found, known = _header(file), ", ".join(one.name for one in _LAYOUTS)
    layout = next((one for one in _LAYOUTS if one.needs <= found), None)
    if layout is None:
        got = f"the columns {escape(', '.join(sorted(found)))}" if found else "nothing that can be read"
        raise DataError(
            f"wanted {METADATA} of a WILDS set ({known}) at {escape(file)}, got {got}; name its folder, or write a "
            "manifest of path,label,split,domain"
        )
    return layout


def _table(file: Path, layout: _Layout, split: str) -> ImageTable:
    """The rows of one split, or of all, with classes by name."""
    names = layout.classes or _categories(file.parent)
    rows = [_entry(row, line, layout, names, escape(file)) for line, row in _rows(content(file), escape(file))]
    kept = tuple(row for row in rows if split in {"", row.split})
    if not kept:
        got = ", ".join(sorted({row.split for row in rows})) or "no rows"
        raise DataError(f"{escape(file)}: wanted a split called {escape(split)}, got {escape(got)}; name one")
    columns = {"path", "label", "split", "domain"} | ({"group"} if layout.group else set())
    return ImageTable(frozenset(columns), kept)


def _rows(text: str, where: str) -> Iterator[tuple[int, _Row]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for count, row in enumerate(reader):
            if count == MAX_ROWS:
                raise DataError(f"{where}: wanted at most {MAX_ROWS:,} rows, got more; divide it")
            if None in row or None in row.values():
                raise DataError(f"{where}, line {reader.line_num}: wanted as many cells as in the header; mend the row")
            yield reader.line_num, row
    except csv.Error as error:
        raise DataError(f"{where}, line {reader.line_num}: {escape(error)}; check the quotes there") from None


def _entry(row: _Row, line: int, layout: _Layout, names: tuple[str, ...], where: str) -> ImageEntry:
    label, split = row[layout.label].strip(), layout.split(row)
    if not (label.isascii() and label.isdigit()) or (names and int(label) >= len(names)):
        wanted = f"a number from 0 to {len(names) - 1}" if names else "a whole number"
        raise DataError(f"{where}, line {line}: wanted {wanted} as {layout.label}, got {escape(label, 40)}; mend it")
    if split not in _OFFICIAL:
        raise DataError(f"{where}, line {line}: wanted a split of {layout.name}, got {escape(split, 40)}; mend it")
    cells = {"path": layout.path(row), "split": split, "domain": layout.domain(row)}
    cells |= {"group": layout.group(row)} if layout.group else {}
    return entry({**cells, "label": names[int(label)] if names else label}, line, f"{where}, line {line}")


def _categories(folder: Path) -> tuple[str, ...]:
    """Names of the classes by their number, where `categories.csv` says them."""
    file = folder / "categories.csv"
    if not {"y", "name"} <= _header(file):
        return ()
    found = {row["y"].strip(): row["name"].strip() for _, row in _rows(content(file), escape(file))}
    names = tuple(found.get(str(place), "") for place in range(len(found)))
    return names if all(names) and len(set(names)) == len(names) else ()


ORIGINS.add(
    Origin(
        name="wilds",
        names=("wilds:PATH[:SPLIT]",),
        about="a WILDS set by its metadata.csv: iWildCam, Camelyon17, Waterbirds, RxRx1",
        of_path=True,
        load=load,
        find=find,
        few=few,
        unlabelled=unlabelled,
        takes=takes,
    )
)
