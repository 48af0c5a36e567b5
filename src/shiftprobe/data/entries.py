"""The entries of a manifest: a table in a text file, from any spreadsheet, refused by the line."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.core.regular_file import IrregularFileError, open_regular
from shiftprobe.data.walk import class_name

MAX_BYTES = 64 * 2**20
MAX_ROWS = 2_000_000
MAX_NAME = 200
"""Characters of a class or a domain; names travel beside every image."""

COLUMNS = ("path", "label", "split", "domain", "group")
_DELIMITERS = (",", ";", "\t")
_FORMULA = re.compile(r"=|[+\-@].*[(|!]")  # what a spreadsheet would run; "-1" and "@home" are names


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageEntry:
    """One image of a manifest; what its table has no column for is empty."""

    line: int  # where the row ends, counted from 1
    path: str  # relative, without . and ..
    label: str = ""
    written: str = ""  # the same as the cell has it
    split: str = ""
    domain: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class ImageTable:
    """The entries of a manifest and which of `COLUMNS` it has."""

    columns: frozenset[str]
    entries: tuple[ImageEntry, ...]


def table(file: Path, gap: str | None = None) -> ImageTable:
    """Read a manifest: a header with `path`, in any order, other columns ignored; comma, semicolon or tab; UTF-8.

    Names compare without case, blank rows are passed over, spaces around a cell do not count.

    Args:
        file: the manifest.
        gap: the class that an empty cell in the column label stands for; None: such a cell is refused.

    Raises:
        DataError: in one line, with the line's number where one is to blame: the file is missing, over 64 MiB or
            no UTF-8 text; the header names no path, or a column twice; a row is ragged, leaves a cell empty,
            climbs out of the folder, or holds a formula.
    """
    where, found = escape(file), list[ImageEntry]()
    header, lines = rows(file)
    for line, cells in lines:
        if len(found) == MAX_ROWS:
            raise DataError(f"{where}: wanted at most {MAX_ROWS:,} rows, got more; divide it")
        named = {name: cell for name, cell in cells.items() if name in COLUMNS}
        if gap is not None and named.get("label") == "":
            named["label"] = gap
        found.append(entry(named, line, f"{where}, line {line}"))
    return ImageTable(header & frozenset(COLUMNS), tuple(found))


def rows(file: Path) -> tuple[frozenset[str], Iterator[tuple[int, dict[str, str]]]]:
    """A table with a column path: its columns in lower case, and of every row the line it ends on and its cells.

    Raises:
        DataError: as `table`, but for what cells hold; of a ragged row when it is come to.
    """
    where = escape(file)
    text = _text(file, where)
    records = _records(text, _delimiter(text, where), where)
    header = _header(next(records)[1], where)
    return frozenset(header), _by_column(records, header, where)


def _by_column(
    records: Iterator[tuple[int, list[str]]], header: list[str], where: str
) -> Iterator[tuple[int, dict[str, str]]]:
    for line, cells in records:
        if len(cells) != len(header):
            raise DataError(
                f"{where}, line {line}: wanted {len(header)} cells as in the header, got {len(cells)}; "
                "quote a cell that holds the delimiter"
            )
        yield line, dict(zip(header, map(str.strip, cells), strict=True))


def content(file: Path) -> str:
    """The text of a manifest.

    Raises:
        DataError: when it is missing, over 64 MiB or no UTF-8 text.
    """
    return _text(file, escape(file))


def _text(file: Path, where: str) -> str:
    content = _bytes(file, where)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(f"{where}: wanted UTF-8 text, got UTF-16; save it as CSV UTF-8")
    if b"\0" in content:
        line = _line(content, content.index(b"\0"))
        raise DataError(f"{where}, line {line}: wanted text, got a NUL byte; save it as CSV UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = _line(content, error.start)
        raise DataError(f"{where}, line {line}: wanted UTF-8 text, got other bytes; save it as CSV UTF-8") from None


def _bytes(file: Path, where: str) -> bytes:
    wanted = f"wanted a manifest at {where}"
    try:
        opened, size = open_regular(file, links=True)
        with opened:
            if size > MAX_BYTES:
                raise DataError(f"{wanted} of at most {MAX_BYTES // 2**20} MiB, got more; divide it")
            return opened.read(MAX_BYTES)
    except IrregularFileError:
        raise DataError(f"{wanted}, got no regular file; name the CSV file") from None
    except FileNotFoundError:
        raise DataError(f"{wanted}, got nothing; check the path, a relative one starts at the spec's folder") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the path
        raise DataError(f"{wanted}, got: {escape(getattr(error, 'strerror', None) or error)}; check the path") from None


def _line(content: bytes, place: int) -> int:
    return content.count(b"\n", 0, place) + 1


def _records(text: str, delimiter: str, where: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the number of the line it ends on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                yield reader.line_num, cells
    except csv.Error as error:
        raise DataError(f"{where}, line {reader.line_num}: {escape(error)}; check the quotes there") from None


def _delimiter(text: str, where: str) -> str:
    """The one that makes a column called path; of a table with one column any."""
    headers = {one: _first(text, one) for one in _DELIMITERS}
    found = [one for one, header in headers.items() if "path" in map(_column, header)]
    if not found:
        got = escape(" ".join(headers[","])) or "nothing"
        raise DataError(
            f"{where}: wanted a header with path (and label, split, domain, group), got {got}; add that line"
        )
    return found[0]


def _first(text: str, delimiter: str) -> list[str]:
    """The first row that is not blank, whatever its quotes mean to a reader of another delimiter."""
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        return next((cells for cells in rows if any(map(str.strip, cells))), [])
    except csv.Error:
        return []


def _column(cell: str) -> str:
    return cell.strip().lower()


def _header(cells: list[str], where: str) -> list[str]:
    header = list(map(_column, cells))
    twice = [name for name in COLUMNS if header.count(name) > 1]
    if twice:
        raise DataError(f"{where}: wanted one column {twice[0]}, got {header.count(twice[0])}; rename the others")
    return header


def entry(cells: Mapping[str, str], line: int, where: str) -> ImageEntry:
    """One row by the names of its columns.

    Raises:
        DataError: when a cell is empty, holds a formula or is too long, or the path leads out of the folder.
    """
    for name, cell in cells.items():
        if not cell:
            raise DataError(f"{where}: wanted a {name}, got an empty cell; fill it, or leave the row out")
        if name != "path" and _FORMULA.match(cell):
            raise DataError(f"{where}: wanted a {name}, got the formula {escape(cell, 40)}; save the sheet's values")
        if name != "path" and len(cell) > MAX_NAME:
            raise DataError(f"{where}: wanted a {name} of at most {MAX_NAME} characters, got {len(cell):,}; shorten it")
    return ImageEntry(
        line=line,
        path=_inside(cells["path"], where),
        label=class_name(cells.get("label", "")),
        written=cells.get("label", ""),
        split=cells.get("split", "").lower(),
        domain=class_name(cells.get("domain", "")),
        group=class_name(cells.get("group", "")),
    )


def _inside(cell: str, where: str) -> str:
    path = PurePosixPath(cell)
    if path.is_absolute() or PureWindowsPath(cell).is_absolute():
        raise DataError(
            f"{where}: wanted a path relative to the manifest, got {escape(cell)}; put the manifest above its images"
        )
    if ".." in path.parts:
        raise DataError(
            f"{where}: wanted a path below the manifest, got {escape(cell)}, which climbs out; "
            "put the manifest above its images"
        )
    return str(path)
