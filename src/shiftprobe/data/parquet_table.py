"""One parquet file: which column holds encoded pictures and which classes, and what stands in their cells."""

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from shiftprobe.core.errors import DataError, ResourceError
from shiftprobe.core.escape import escape
from shiftprobe.core.files import exhaustion
from shiftprobe.core.regular_file import IrregularFileError, open_regular
from shiftprobe.data.cache import one_line
from shiftprobe.data.columns import IMAGES, LABELS, chosen
from shiftprobe.data.decode import opened_bytes
from shiftprobe.data.entries import MAX_NAME, MAX_ROWS
from shiftprobe.data.multi_label import several
from shiftprobe.data.parquet_pages import MAX_RATIO, SMALL, check_unpacked, footer_size

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

_MORE_IMAGES = ("image_bytes", "img_bytes", "bytes", "jpg", "jpeg", "png", "webp", "picture", "photo")
_MORE_LABELS = ("y", "cls", "category")
_CONTAINERS, _STRING = 100_000, 2**24  # most parts and characters of a file's description of itself
_AT_ONCE = 4096  # cells of a column of names


@dataclass(frozen=True, slots=True)
class TableColumns:
    """Which columns are read."""

    image: str
    label: str | None
    names: tuple[str, ...] | None = None  # of the classes in label order, where the file says them
    counted: bool = False  # labels are whole numbers


class Spool:
    """Encoded pictures one after the other in a file without a name, which vanishes with this process."""

    def __init__(self, limit: int) -> None:
        self._file = tempfile.TemporaryFile(prefix="shiftprobe-")  # noqa: SIM115 - it lives as long as the pictures
        self._limit, self._end = limit, 0

    def add(self, content: bytes) -> tuple[int, int]:
        """Keep a picture; where it lies, and its size in bytes.

        Raises:
            DataError: when all of them together are too large.
        """
        place, self._end = self._end, self._end + len(content)
        if self._end > self._limit:
            raise DataError(f"its pictures unpack to over {MAX_RATIO} times the size of the files")
        with exhaustion("unpacking pictures into a temporary file (TMPDIR says where)"):
            self._file.write(content)
        return place, len(content)

    def close(self) -> None:
        """No more is added."""
        with exhaustion("unpacking pictures into a temporary file (TMPDIR says where)"):
            self._file.flush()

    def read(self, place: int, size: int) -> bytes:
        """What lies there."""
        return os.pread(self._file.fileno(), size, place)


@dataclass(frozen=True, slots=True)
class SpooledPicture:
    """A picture out of a table, still encoded."""

    spool: Spool
    place: int
    size: int  # -1: the cell holds no bytes
    where: str

    def __str__(self) -> str:
        """File and row."""
        return self.where

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Its encoded bytes.

        Raises:
            DataError: the reason in a few words.
        """
        if self.size < 0:
            raise DataError("no bytes in its cell, only a name, or nothing")
        with opened_bytes(self.spool.read(self.place, self.size)) as file:
            yield file


@contextmanager
def opened_table(path: Path, where: str) -> Iterator["ParquetFile"]:
    """A parquet file, its description read.

    Args:
        path: the file.
        where: what it is called, safe to print.

    Raises:
        DataError: when the library is missing or the file is damaged, with what to do; also while it is read.
    """
    try:
        import pyarrow.parquet
    except ImportError:
        raise DataError("wanted the library of parquet:, got none; run `pip install 'shiftprobe[hf]'`") from None
    try:
        file, size = open_regular(path, links=True)
        with file:
            footer_size(file, size)
            limits = {"thrift_string_size_limit": _STRING, "thrift_container_size_limit": _CONTAINERS}
            schema = pyarrow.parquet.ParquetFile(file, **limits).schema_arrow
            yield pyarrow.parquet.ParquetFile(
                file, read_dictionary=_texts_of(schema), pre_buffer=False, buffer_size=2**20, **limits
            )
    except DataError as error:
        raise DataError(f"{where}: {error}") from None
    except (MemoryError, ResourceError):
        raise
    except IrregularFileError:
        raise DataError(f"{where}: wanted a parquet file, got no regular file; name the file") from None
    except Exception as error:  # noqa: BLE001 - on hostile bytes its parser raises whatever it met
        raise DataError(f"{where}: wanted a parquet file whole, got: {one_line(error)}; copy it again") from None


def _texts_of(schema: "pa.Schema") -> list[str]:
    """Columns of text: a value that stands in a million rows is kept once."""
    import pyarrow as pa

    return [field.name for field in schema if pa.types.is_string(field.type)]


def columns_of(table: "ParquetFile", *, labelled: bool) -> TableColumns:
    """Which of its columns hold pictures and classes.

    Args:
        table: the file.
        labelled: whether classes are wanted.

    Raises:
        DataError: when that cannot be told, or an image has several classes.
    """
    import pyarrow as pa

    schema, features = table.schema_arrow, _declared(table.schema_arrow)
    found = [field.name for field in schema if _is_encoded(field.type)]
    image = chosen(found, (*IMAGES, *_MORE_IMAGES))
    if image is None:
        got = escape(", ".join(found or schema.names))
        raise DataError(
            f"wanted one column of encoded pictures (JPEG or PNG bytes), got {got}; call the right one image"
        )
    if not labelled:
        return TableColumns(image, None)
    label = _label(schema, features)
    names = features.get(label, {}).get("names")
    said = isinstance(names, list) and all(isinstance(one, str) and 0 < len(one) <= MAX_NAME for one in names)
    told = tuple(names) if said and isinstance(names, list) else None
    return TableColumns(image, label, told, counted=pa.types.is_integer(schema.field(label).type))


def _declared(schema: "pa.Schema") -> dict[str, dict[str, object]]:
    """What Hugging Face's library wrote of each column."""
    try:
        told = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        features = told["info"]["features"]
        return {name: one for name, one in features.items() if isinstance(one, dict)}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}


def _is_encoded(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    if pa.types.is_struct(kind):
        place = kind.get_field_index("bytes")
        return place >= 0 and _is_encoded(kind.field(place).type)
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _label(schema: "pa.Schema", features: dict[str, dict[str, object]]) -> str:
    import pyarrow as pa

    usual = (*LABELS, *_MORE_LABELS)
    types = pa.types
    named = {field.name: field.type for field in schema}
    lists = [name for name, kind in named.items() if name in usual and (types.is_list(kind) or types.is_large_list(kind))]
    told = [name for name in named if features.get(name, {}).get("_type") == "ClassLabel"]
    single = [name for name, kind in named.items() if name in usual and _is_name(kind)]
    label = chosen(told or single, usual)
    if label is None and lists:
        raise several("", f"a list of them in column {escape(lists[0])}")
    if label is None:
        got = escape(", ".join(told or named))
        raise DataError(f"wanted one column of classes, got {got}; rename the right one to label")
    return label


def _is_name(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return _is_name(kind.value_type)
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
    )


def check_bounded(table: "ParquetFile", path: Path, wanted: Sequence[str]) -> int:
    """Refuse a file whose columns unpack to too much; the size of the file in bytes.

    Raises:
        DataError: with what to do.
    """
    about = table.metadata
    if about.num_rows > MAX_ROWS:
        raise DataError(f"wanted at most {MAX_ROWS:,} rows, got {about.num_rows:,}; divide it")
    file, size = open_regular(path, links=True)
    with file:
        groups = [about.row_group(place) for place in range(about.num_row_groups)]
        chunks = (group.column(place) for group in groups for place in range(group.num_columns))
        check_unpacked(file, size, (one for one in chunks if one.path_in_schema.split(".")[0] in wanted))
    return size


def texts(table: "ParquetFile", column: str) -> list[str | None]:
    """The cells of a column of names or whole numbers as text; None where one is empty.

    Raises:
        DataError: when a name is longer than any is.
    """
    found: list[str | None] = []
    for batch in table.iter_batches(batch_size=_AT_ONCE, columns=[column], use_threads=False):
        cells: Any = batch.column(0)
        known = [None if one is None else _name(one, column) for one in _values(cells)]
        found += known if not hasattr(cells, "indices") else [_at(known, place) for place in cells.indices.to_pylist()]
    return found


def _values(cells: Any) -> list[object]:
    import pyarrow as pa
    import pyarrow.compute

    values = cells.dictionary if hasattr(cells, "dictionary") else cells
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        longest = pyarrow.compute.max(pyarrow.compute.binary_length(values)).as_py() or 0
        if longest > 4 * MAX_NAME:  # bytes of a letter
            raise DataError(f"wanted names of at most {MAX_NAME} characters, got longer; shorten them")
    held: list[object] = values.to_pylist()
    return held


def _at(known: list[str | None], place: int | None) -> str | None:
    return None if place is None else known[place]


def _name(value: object, column: str) -> str | None:
    name = str(value).strip()
    if len(name) > MAX_NAME:
        raise DataError(
            f"wanted names of at most {MAX_NAME} characters in column {escape(column)}, got longer; shorten them"
        )
    return name or None


def pictures(table: "ParquetFile", column: str, spool: Spool, where: str) -> list[SpooledPicture]:
    """Every picture of a column, put into a spool one at a time.

    Args:
        table: the file.
        column: which one.
        spool: where the encoded bytes go.
        where: what the file is called, safe to print.

    Raises:
        DataError: when they are too large, or more rows than the file says.
    """
    found: list[SpooledPicture] = []
    for batch in table.iter_batches(batch_size=1, columns=[column], use_threads=False):
        for value in batch.column(0):
            cell = value.as_py()
            content = cell.get("bytes") if isinstance(cell, dict) else cell
            place, size = spool.add(content) if content is not None else (0, -1)
            found.append(SpooledPicture(spool, place, size, f"{where}, row {len(found)}"))
            if len(found) > MAX_ROWS:
                raise DataError(f"wanted at most {MAX_ROWS:,} rows, got more; divide it")
    return found


def room(sizes: int) -> Spool:
    """A spool for the pictures of files of so many bytes."""
    return Spool(max(SMALL, MAX_RATIO * sizes))
