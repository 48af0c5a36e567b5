"""How far the pages of a parquet file unpack, read off their own headers before anything unpacks them."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from shiftprobe.core.errors import DataError

MAX_PAGE = 2**30
"""Bytes that one page may unpack to: it lies in memory as a whole."""

SMALL, MAX_RATIO = 64 * 2**20, 20
"""A file may unpack to so many bytes, or to so many times its own size."""

MAX_PAGES = 200_000
MAX_FOOTER = 32 * 2**20
MAGIC = b"PAR1"

_WINDOW, _MAX_HEADER = 2**12, 2**24
_UNPACKED, _PACKED = 2, 3  # numbers of a page header's fields
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY = range(1, 9)
_STRUCT = 12
_DEEPEST = 16
_DAMAGED = "wanted a parquet file whole, got a page that cannot be read; copy it again"


class _CutShortError(Exception):
    """The header goes on behind the bytes that were read."""


def footer_size(file: BinaryIO, size: int) -> int:
    """Bytes of the description at the end of a parquet file.

    Raises:
        DataError: when it is no parquet file, or one that is encrypted, cut short, or describes itself at such length.
    """
    file.seek(0)
    head = file.read(4)
    file.seek(max(size - 8, 0))
    tail = file.read(8)
    if head != MAGIC or tail[4:] != MAGIC or size < 2 * len(MAGIC) + 4:
        got = "one that is encrypted" if tail[4:] == b"PARE" else "another file, or half of one"
        raise DataError(f"wanted a parquet file, got {got}; name a table, or copy it again")
    length = int.from_bytes(tail[:4], "little")
    if not 0 < length <= min(size - 12, MAX_FOOTER):
        raise DataError(
            f"wanted a description of at most {MAX_FOOTER // 2**20} MiB that lies in the file, got another; copy it "
            "again, or divide it"
        )
    return length


def check_unpacked(file: BinaryIO, size: int, chunks: Iterator[Any]) -> int:
    """How many bytes some columns unpack to, by every page's own header.

    Args:
        file: the parquet file.
        size: its bytes.
        chunks: what pyarrow says of each part of these columns; what it says of sizes is not believed.

    Raises:
        DataError: when that is more than `SMALL` bytes and `MAX_RATIO` times the file's size, or a page's header is
            damaged.
    """
    whole, pages = 0, 0
    for chunk in chunks:
        for unpacked in _pages(file, size, chunk):
            whole, pages = whole + unpacked, pages + 1
            if unpacked > MAX_PAGE:
                raise DataError(
                    f"a page that unpacks to over {MAX_PAGE // 2**30} GiB; write it with smaller row groups"
                )
            if whole > max(SMALL, MAX_RATIO * size):
                raise DataError(
                    f"it unpacks to over {MAX_RATIO} times its size; write the pictures without compression"
                )
            if pages > MAX_PAGES:
                raise DataError(f"over {MAX_PAGES:,} pages; write it with larger row groups")
    return whole


def _pages(file: BinaryIO, size: int, chunk: Any) -> Iterator[int]:
    """Bytes that each page of a column's part unpacks to."""
    at, first = chunk.data_page_offset, chunk.dictionary_page_offset
    at = first if chunk.has_dictionary_page and first is not None and 0 < first < at else at
    end = at + chunk.total_compressed_size
    if at < len(MAGIC) or end > size:
        raise DataError("wanted a parquet file whole, got a column that does not lie in it; copy it again")
    while at < end:
        length, unpacked, packed = _header(file, at)
        if unpacked < 0 or packed < 0:
            raise DataError(_DAMAGED)
        yield unpacked
        at += length + packed


def _header(file: BinaryIO, at: int) -> tuple[int, int, int]:
    """Length of the header at a place, and the bytes of its page unpacked and packed."""
    for window in (_WINDOW, _MAX_HEADER):
        file.seek(at)
        reader = _Compact(file.read(window))
        try:
            found = reader.numbers()
        except _CutShortError:
            continue
        if not {_UNPACKED, _PACKED} <= found.keys():
            raise DataError(_DAMAGED)
        return reader.at, found[_UNPACKED], found[_PACKED]
    raise DataError(_DAMAGED)


class _Compact:
    """Thrift's compact protocol, as far as a header must be read to know where it ends."""

    def __init__(self, content: bytes) -> None:
        self._content, self.at = content, 0

    def numbers(self) -> dict[int, int]:
        """The whole numbers among the fields of a struct; whatever else it holds is passed over."""
        found: dict[int, int] = {}
        for number, kind in self._fields():
            if kind in {_I16, _I32, _I64}:
                found[number] = self._signed()
            else:
                self._pass(kind, 0)
        return found

    def _fields(self) -> Iterator[tuple[int, int]]:
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._signed()
            yield number, head & 15

    def _pass(self, kind: int, depth: int) -> None:
        if depth > _DEEPEST:
            raise DataError(_DAMAGED)
        if kind in {_BYTE, _DOUBLE}:
            self._skip(1 if kind == _BYTE else 8)
        elif kind in {_I16, _I32, _I64}:
            self._varint()
        elif kind == _BINARY:
            self._skip(self._varint())
        elif kind == _STRUCT:
            for _, inner in self._fields():
                self._pass(inner, depth + 1)
        elif kind not in {_TRUE, _FALSE}:  # lists, sets and mappings: no header of a page has any
            raise DataError(_DAMAGED)

    def _skip(self, count: int) -> None:
        self.at += count
        if self.at > len(self._content):
            raise _CutShortError

    def _byte(self) -> int:
        self._skip(1)
        return self._content[self.at - 1]

    def _varint(self) -> int:
        found, shift = 0, 0
        while (one := self._byte()) & 128:
            found |= (one & 127) << shift
            shift += 7
            if shift > 63:  # noqa: PLR2004 - bits
                raise DataError(_DAMAGED)
        return found | one << shift

    def _signed(self) -> int:
        found = self._varint()
        return (found >> 1) ^ -(found & 1)
