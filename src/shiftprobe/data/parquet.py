"""Parquet tables with encoded pictures in them, as the Hugging Face hub and data lakes hold them: files or folders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.data.bundle import Bundle
from shiftprobe.data.labelled import UNLABELLED, LabelledItem, bundle_of, occurring, official_of
from shiftprobe.data.origins import ORIGINS, Origin
from shiftprobe.data.parquet_columns import TableColumns, columns_of
from shiftprobe.data.parquet_table import cells, check_bounded, name_in, opened_table
from shiftprobe.data.shards import Shard, are_shards, shards, without_part
from shiftprobe.data.spool import Spool, room
from shiftprobe.data.walk import class_name, shown

SUFFIXES = (".parquet",)


@dataclass(frozen=True, slots=True)
class _Rows:
    """What one file gave."""

    rows: tuple[LabelledItem, ...]
    declared: tuple[str, ...] | None  # names of classes, where the file says them
    counted: bool  # labels are whole numbers


def load(rest: str, base: Path) -> Bundle:
    """The pictures of one parquet file, or of all files below a folder.

    The column of pictures is found by its type (bytes, or a struct with `bytes`), the classes by what Hugging Face's
    library wrote into the file, else by a column called label; whole numbers count the classes. `domain` and `group`
    mean what they do in a manifest. A file's name or folder says its part (`train-00000-of-00002.parquet`). Every
    picture goes through our own decoder; the encoded bytes lie in an unnamed file while the data is used.

    Args:
        rest: a file, a folder or a pattern; with `:SPLIT` one part of it.
        base: the folder that relative paths start from.

    Raises:
        DataError: when the library is missing, a file is damaged or unpacks to too much, or pictures, classes or parts
            cannot be told.
    """
    found = shards(rest, base, SUFFIXES)
    name = f"parquet:{rest}"
    official = official_of(sorted({one.part for one in found}), f"parquet:{without_part(rest, base)}")
    read = _read(found, labelled=True)
    rows = [row for one in read for row in one.rows]
    return bundle_of(name, rows, _classes(read, escape(name)), official)


def unlabelled(rest: str, base: Path) -> Bundle:
    """All pictures as one class, whatever other columns there are.

    Raises:
        DataError: as `load`, but for classes and parts.
    """
    read = _read(shards(rest, base, SUFFIXES), labelled=False)
    return bundle_of(f"parquet:{rest}", [row for one in read for row in one.rows], ("images",), {})


def find(rest: str, base: Path) -> None:
    """Refuse a place without such files.

    Raises:
        DataError: naming the place.
    """
    shards(rest, base, SUFFIXES)


def takes(path: Path) -> bool:
    """Whether a path is such a file, or a folder of them."""
    return are_shards(path, SUFFIXES)


def _read(found: Sequence[Shard], *, labelled: bool) -> list[_Rows]:
    spool = room(sum(one.path.stat().st_size for one in found))
    return [_rows(one, spool, labelled=labelled) for one in found]


def _rows(one: Shard, spool: Spool, *, labelled: bool) -> _Rows:
    rows: list[LabelledItem] = []
    where = shown(one.name)
    with opened_table(one.path, escape(one.path)) as table:
        columns = columns_of(table, labelled=labelled)
        others = [name for name in ("domain", "group") if name in table.schema_arrow.names]
        wanted = [columns.image, *([columns.label] if columns.label else []), *others]
        check_bounded(table, one.path, wanted)
        for row in cells(table, wanted):
            told = {name: name_in(row[name], name) for name in wanted[1:]}
            lacking = next((name for name in others if told[name] is None), None)
            if lacking is not None:
                raise DataError(f"wanted a {lacking} in every row, got rows without; fill them")
            item = LabelledItem(
                item=spool.kept(row[columns.image], f"{where}, row {len(rows)}"),
                part=one.part,
                label=_label(columns, told),
                domain=told.get("domain") or "",
                group=told.get("group"),
            )
            rows.append(item)
    return _Rows(tuple(rows), columns.names, columns.counted)


def _label(columns: TableColumns, told: Mapping[str, str | None]) -> str | None:
    if columns.label is None:
        return "images"
    cell = told[columns.label]
    if columns.names is None or cell is None:
        return None if columns.counted and cell == UNLABELLED else cell
    if cell in columns.names:
        return cell
    return columns.names[int(cell)] if cell.isascii() and cell.isdigit() and int(cell) < len(columns.names) else None


def _classes(read: Sequence[_Rows], where: str) -> tuple[str, ...]:
    """All classes that the files declare, in their order; or those that occur, numbers in the order of counting."""
    declared = {one.declared for one in read}
    if len(declared) > 1:
        raise DataError(f"{where}: wanted the same classes in all files, got different ones; name one part")
    names = declared.pop()
    if names is None:
        counted = all(one.counted for one in read)
        names = occurring((row for one in read for row in one.rows), where, counted=counted)
    return tuple(map(class_name, names))


ORIGINS.add(
    Origin(
        name="parquet",
        names=("parquet:PATH[:SPLIT]",),
        about="tables with pictures in them, a file or a folder; needs shiftprobe[hf]",
        of_path=True,
        load=load,
        find=find,
        unlabelled=unlabelled,
        takes=takes,
    )
)
