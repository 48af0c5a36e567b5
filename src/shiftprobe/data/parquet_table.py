"""One parquet file: opened within limits, and what stands in its cells."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from shiftprobe.core.errors import DataError, ResourceError
from shiftprobe.core.escape import escape
from shiftprobe.core.regular_file import IrregularFileError, open_regular
from shiftprobe.data.cache import one_line
from shiftprobe.data.entries import MAX_NAME, MAX_ROWS
from shiftprobe.data.parquet_pages import check_unpacked, footer_size

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

_CONTAINERS, _STRING = 100_000, 2**24  # most parts and characters of a file's description of itself


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
            yield pyarrow.parquet.ParquetFile(file, pre_buffer=False, buffer_size=2**20, **limits)
    except DataError as error:
        raise DataError(f"{where}: {error}") from None
    except (MemoryError, ResourceError):
        raise
    except IrregularFileError:
        raise DataError(f"{where}: wanted a parquet file, got no regular file; name the file") from None
    except Exception as error:  # noqa: BLE001 - on hostile bytes its parser raises whatever it met
        raise DataError(f"{where}: wanted a parquet file whole, got: {one_line(error)}; copy it again") from None


def check_bounded(table: "ParquetFile", path: Path, wanted: Sequence[str]) -> None:
    """Refuse a file of which some columns unpack to too much.

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
        check_unpacked(file, size, (one for one in chunks if _is_of(one.path_in_schema, wanted)))


def _is_of(path: str, wanted: Sequence[str]) -> bool:
    """Whether a part of the file, as `image.bytes`, belongs to one of some columns; their names may hold dots."""
    return any(path == name or path.startswith(f"{name}.") for name in wanted)


def cells(table: "ParquetFile", wanted: Sequence[str]) -> Iterator[Mapping[str, object]]:
    """The rows of some columns by name, one at a time: of a value that stands in a million rows one is in memory.

    Raises:
        DataError: when there are more rows than the file says.
    """
    batches = table.iter_batches(batch_size=1, columns=list(wanted), use_threads=False)
    for count, batch in enumerate(batches):
        if count == MAX_ROWS:
            raise DataError(f"wanted at most {MAX_ROWS:,} rows, got more; divide it")
        yield {name: column[0].as_py() for name, column in zip(batch.schema.names, batch.columns, strict=True)}


def name_in(cell: object, column: str) -> str | None:
    """A name or a whole number as text; None where the cell is empty.

    Raises:
        DataError: when it is longer than any name is.
    """
    name = "" if cell is None else str(cell).strip()
    if len(name) > MAX_NAME:
        raise DataError(
            f"wanted names of at most {MAX_NAME} characters in column {escape(column)}, got longer; shorten them"
        )
    return name or None
