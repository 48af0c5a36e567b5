"""One parquet file: opened within limits, and what stands in its cells."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shiftprobe.core.errors import DataError, ResourceError
from shiftprobe.core.escape import escape
from shiftprobe.core.regular_file import IrregularFileError, open_regular
from shiftprobe.data.cache import one_line
from shiftprobe.data.entries import MAX_NAME, MAX_ROWS
from shiftprobe.data.parquet_pages import check_unpacked, footer_size
from shiftprobe.data.spool import Spool, SpooledPicture

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

_CONTAINERS, _STRING = 100_000, 2**24  # most parts and characters of a file's description of itself
_AT_ONCE = 4096  # cells of a column of names


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
