"""Encoded pictures out of files that cannot be read in any order, kept in an unnamed file while they are used."""

import os
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from shiftprobe.core.errors import DataError
from shiftprobe.core.files import exhaustion
from shiftprobe.data.decode import opened_bytes
from shiftprobe.data.parquet_pages import MAX_RATIO, SMALL

_DOING = "unpacking pictures into a temporary file (TMPDIR says where)"


class Spool:
    """Encoded pictures one after the other in a file without a name, which vanishes with this process."""

    def __init__(self, limit: int) -> None:
        with exhaustion(_DOING), tempfile.TemporaryFile(prefix="shiftprobe-", buffering=0) as file:
            self._file = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._file)
        self._limit, self._end = limit, 0

    def kept(self, cell: object, where: str) -> "SpooledPicture":
        """Keep a picture.

        Args:
            cell: its encoded bytes, or keys of which `bytes` holds them.
            where: what it is called, safe to print.

        Raises:
            DataError: when all of them together are too large.
        """
        content = cell.get("bytes") if isinstance(cell, dict) else cell
        if not isinstance(content, bytes):
            return SpooledPicture(self, 0, -1, where)
        place, self._end = self._end, self._end + len(content)
        if self._end > self._limit:
            raise DataError(
                f"its pictures unpack to over {MAX_RATIO} times the size of the files; write them once each"
            )
        rest = memoryview(content)
        with exhaustion(_DOING):
            while rest:
                rest = rest[os.write(self._file, rest) :]
        return SpooledPicture(self, place, len(content), where)

    def read(self, place: int, size: int) -> bytes:
        """What lies there."""
        return os.pread(self._file, size, place)


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


def room(sizes: int) -> Spool:
    """A spool for the pictures of files of so many bytes."""
    return Spool(max(SMALL, MAX_RATIO * sizes))
