"""What lies in a tar archive: files by name, place and size; nothing is unpacked to disk."""

import io
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.core.regular_file import IrregularFileError, open_regular

MAX_MEMBERS = 4_000_000
"""Most files of one archive: an image and its class are two."""

_MAX_READ = 2**20  # bytes of one header; a name or a note that is longer is nobody's
_MAX_NAME = 1_000


@dataclass(frozen=True, slots=True)
class TarMember:
    """A regular file in an archive."""

    name: str
    place: int  # where its content begins, in bytes
    size: int


class _Headers:
    """An archive of which headers alone are read: as many bytes as it has, and few at a time.

    Headers lie one behind the other, so whoever reads more than the file holds is walked in a circle.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._left = file, size + 2 * tarfile.RECORDSIZE

    def read(self, size: int) -> bytes:
        self._left -= size
        if size > _MAX_READ or self._left < 0:
            raise DataError("headers that are longer than a name can be, or lead in a circle")
        return self._file.read(size)

    def seek(self, place: int) -> int:
        return self._file.seek(place)

    def tell(self) -> int:
        return self._file.tell()


def members(path: Path) -> Iterator[TarMember]:
    """The regular files of an archive that is not compressed, in its order; links, devices and folders are passed over.

    Raises:
        DataError: when it is no such archive, or damaged, with what to do.
    """
    where = escape(path)
    try:
        file, size = open_regular(path, links=True)
        with file:
            _check_packing(file, where)
            yield from _members(file, size)
    except IrregularFileError:
        raise DataError(f"{where}: wanted a tar archive, got no regular file; name the file") from None
    except tarfile.TarError as error:
        raise DataError(f"{where}: wanted a tar archive whole, got: {escape(error)}; copy it again") from None
    except DataError as error:
        said = str(error)
        raise DataError(
            said if said.startswith(where) else f"{where}: wanted a tar archive, got {said}; copy it again"
        ) from None
    except (OSError, ValueError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{where}: wanted a readable tar archive, got: {escape(reason)}; copy it again") from None


class _Window(io.RawIOBase):
    """A part of a file, as a file of its own."""

    def __init__(self, file: BinaryIO, first: int, size: int) -> None:
        self._file, self._first, self._size, self._at = file, first, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        self._at = max(place + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence], 0)
        return self._at

    def readinto(self, buffer: Any) -> int:
        found = os.pread(self._file.fileno(), max(min(len(buffer), self._size - self._at), 0), self._first + self._at)
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)


@contextmanager
def opened_member(path: Path, member: TarMember) -> Iterator[tuple[BinaryIO, int]]:
    """What a member holds, open for reading, and its size in bytes.

    Raises:
        OSError: when the archive cannot be opened.
    """
    file, _ = open_regular(path, links=True)
    with file, io.BufferedReader(_Window(file, member.place, member.size)) as opened:
        yield opened, member.size


def _check_packing(file: BinaryIO, where: str) -> None:
    head = file.read(6)
    file.seek(0)
    packers = {b"\x1f\x8b": "gunzip", b"BZh": "bunzip2", b"\xfd7zXZ": "unxz", b"\x28\xb5\x2f\xfd": "unzstd"}
    undone = next((name for begin, name in packers.items() if head.startswith(begin)), None)
    if undone is not None:
        raise DataError(
            f"{where}: wanted a tar archive that is not compressed, so that its pictures can be read in any order; "
            f"run `{undone} {where}` and name what it leaves"
        )


def _members(file: BinaryIO, size: int) -> Iterator[TarMember]:
    with tarfile.open(fileobj=cast("IO[bytes]", _Headers(file, size)), mode="r:") as archive:
        last, count = -1, 0
        while (one := archive.next()) is not None:
            archive.members.clear()  # type: ignore[attr-defined] # it would keep all of them
            count += 1
            if one.offset <= last or count > MAX_MEMBERS:
                raise DataError(f"headers that lead in a circle, or over {MAX_MEMBERS:,} of them")
            last = one.offset
            if not one.isreg() or one.issparse():
                continue
            if one.size < 0 or one.offset_data + one.size > size or len(one.name) > _MAX_NAME:
                raise DataError(f"half of one: {escape(one.name, 60)} does not lie in it as a whole")
            yield TarMember(one.name, one.offset_data, one.size)
        _check_end(file, archive.offset)


def _check_end(file: BinaryIO, place: int) -> None:
    """Refuse an archive that breaks off: a header that cannot be read looks like its end to the library."""
    file.seek(place)
    if file.read(tarfile.BLOCKSIZE) != tarfile.NUL * tarfile.BLOCKSIZE:
        raise DataError("half of one: it breaks off before its end")
