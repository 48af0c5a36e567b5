"""What decoding a picture found, kept by the hash of its file's bytes, so that a folder is decoded once.

One SQLite file in the user's own cache folder. Nothing in it is believed without its checksum, none of it for a file
with other bytes, and the pixels that it names are held against those that are decoded. It is safe to delete.
"""

import functools
import hashlib
import os
import sqlite3
import stat
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias

import PIL
import PIL.features

from shiftprobe.core.readers import VIEWER, FileTraits, Reader
from shiftprobe.data.bundle import THUMB, Print

VARIABLE = "SHIFTPROBE_CACHE"
OFF = "off"
MAX_BYTES = 2**31
"""Size of the whole; beyond it the older half of the entries goes."""

Looked: TypeAlias = Print | str
"""What a file's pixels are told by, or why it gives none."""

_FILE = "pictures.sqlite"
_TABLE = "CREATE TABLE pictures (key BLOB PRIMARY KEY, value BLOB NOT NULL)"
_ENTRY = struct.Struct(f"<32s{THUMB * THUMB}sII?????H")  # as the fields of a print and of its traits
_SUM = 16  # bytes of an entry's checksum, which stands before it
_PICTURE, _REASON = b"P", b"R"
_MAX_VALUE = 4096  # bytes of an entry; a longer one is not read
_AT_ONCE = 500  # keys in one question
_PATIENCE = 2.0  # seconds that another process may write
_COUNTS = ("page_count", "freelist_count", "page_size")
_CODE = (
    "bundle.py",
    "decode.py",
    "decode_limits.py",
    "file_signatures.py",
    "../core/readers.py",
)


def folder() -> Path | None:
    """Where it lies: $SHIFTPROBE_CACHE, else in $XDG_CACHE_HOME or ~/.cache; None where the variable says `off`."""
    said = os.environ.get(VARIABLE)
    if said is not None and said.strip().lower() in {"", OFF}:
        return None
    try:
        above = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "shiftprobe"
        return Path(said or above).expanduser().absolute() / "pictures"
    except RuntimeError:  # a user without a home
        return None


class PictureCache:
    """Entries by the hash of a file's bytes; one that could not be opened knows nothing and keeps nothing."""

    def __init__(self, base: sqlite3.Connection | None) -> None:
        self._base = base

    @property
    def is_open(self) -> bool:
        """Whether it may know anything."""
        return self._base is not None

    def find(self, keys: Sequence[str], reader: Reader = VIEWER) -> dict[str, Looked]:
        """What is known of files.

        Args:
            keys: SHA-256 of their bytes, hex.
            reader: whose pixels they are told by.
        """
        wanted = {_row(key, reader): key for key in keys}
        rows, found = list(wanted), dict[str, Looked]()
        for first in range(0, len(rows), _AT_ONCE):
            part = rows[first : first + _AT_ONCE]
            among = f"({','.join('?' * len(part))})"
            asked = f"SELECT key, value FROM pictures WHERE length(value) < {_MAX_VALUE} AND key IN {among}"  # noqa: S608
            for row, value in self._rows(asked, part):
                looked = _unpacked(row, value)
                if looked is not None:
                    found[wanted[row]] = looked
        return found

    def keep(self, found: Mapping[str, Looked], reader: Reader = VIEWER) -> None:
        """Add what a reader found in files, by SHA-256 of their bytes, hex."""
        looks = {_row(key, reader): looked for key, looked in found.items()}
        rows = [(row, _packed(row, looked)) for row, looked in looks.items()]
        self._change("INSERT OR REPLACE INTO pictures VALUES (?, ?)", rows)
        counts = [int(self._rows(f"PRAGMA {name}")[0][0]) for name in _COUNTS] if self._base is not None else []
        if counts and (counts[0] - counts[1]) * counts[2] > MAX_BYTES:
            middle = "SELECT rowid FROM pictures ORDER BY rowid LIMIT 1 OFFSET (SELECT count(*) / 2 FROM pictures)"
            self._change(f"DELETE FROM pictures WHERE rowid <= ({middle})", [()])  # noqa: S608 - freed pages are used again

    def forget(self, key: str, reader: Reader = VIEWER) -> None:
        """Drop what is said of a file, by SHA-256 of its bytes, hex."""
        self._change("DELETE FROM pictures WHERE key = ?", [(_row(key, reader),)])

    def _rows(self, asked: str, given: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        if self._base is None:
            return []
        try:
            return list(self._base.execute(asked, given))
        except sqlite3.Error:  # another process writes, or the disk is full: what is not known is decoded
            return []

    def _change(self, asked: str, given: Sequence[Sequence[object]]) -> None:
        if self._base is not None:
            with suppress(sqlite3.Error), self._base:
                self._base.executemany(asked, given)


@contextmanager
def picture_cache() -> Iterator[PictureCache]:
    """The cache, open; an empty one where it is turned off, belongs to somebody else or cannot be written."""
    base = None
    place = folder()
    if place is not None:
        with suppress(OSError, sqlite3.Error):
            base = _opened(place)
    try:
        yield PictureCache(base)
    finally:
        if base is not None:
            base.close()


def _opened(place: Path) -> sqlite3.Connection | None:
    _decoder()  # an OSError where our own code is no file
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _is_ours(place):
        return None
    file = place / _FILE
    for _ in range(2):
        base = sqlite3.connect(file, timeout=_PATIENCE, isolation_level="IMMEDIATE")
        try:
            base.execute("PRAGMA trusted_schema = OFF")
            base.execute(
                "PRAGMA synchronous = OFF"
            )  # what a power cut damages is made again: every entry has a checksum
            with base:
                base.execute(_TABLE.replace("TABLE", "TABLE IF NOT EXISTS", 1))
            if [sql for (sql,) in base.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")] == [_TABLE]:
                return base
        except sqlite3.OperationalError:  # busy, full, closed to us
            base.close()
            return None
        except sqlite3.DatabaseError:
            pass
        base.close()
        file.unlink(missing_ok=True)  # damaged, or a table of another kind: it is made anew
    return None


def _is_ours(place: Path) -> bool:
    """Whether nobody else may put anything there."""
    found = place.lstat()
    others = stat.S_IWGRP | stat.S_IWOTH
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & others


@functools.cache
def _decoder() -> bytes:
    """What decodes here: our code, Pillow and the libraries under it."""
    code = [(Path(__file__).parent / name).read_bytes() for name in _CODE]
    under = [str(PIL.features.version(name)) for name in ("jpg", "libjpeg_turbo", "zlib", "webp", "libtiff")]
    return hashlib.sha256(b"\0".join([*code, PIL.__version__.encode(), *map(str.encode, under)])).digest()


def _row(key: str, reader: Reader) -> bytes:
    return hashlib.sha256(_decoder() + bytes.fromhex(key) + reader.encode()).digest()[:_SUM]


def _packed(row: bytes, looked: Looked) -> bytes:
    if isinstance(looked, str):
        body = _REASON + looked.encode()[: _MAX_VALUE // 2]
    else:
        found = looked.traits
        traits = (found.turned, found.translucent, found.cmyk, found.profiled, found.deep)
        shape = (looked.height, looked.width, looked.colour)
        told = _ENTRY.pack(bytes.fromhex(looked.sha256), looked.thumb, *shape, *traits)
        body = _PICTURE + told
    return _sum(row, body) + body


def _unpacked(row: bytes, value: object) -> Looked | None:
    """The entry; None where it is not as it was written."""
    if not isinstance(value, bytes) or value[:_SUM] != _sum(row, value[_SUM:]):
        return None
    kind, body = value[_SUM : _SUM + 1], value[_SUM + 1 :]
    if kind == _REASON:
        return body.decode(errors="replace")
    sha256, thumb, height, width, colour, turned, translucent, cmyk, profiled, deep = _ENTRY.unpack(body)
    traits = FileTraits(turned=turned, translucent=translucent, deep=deep, cmyk=cmyk, profiled=profiled)
    return Print(sha256.hex(), thumb, height, width, colour, traits)


def _sum(row: bytes, body: bytes) -> bytes:
    return hashlib.sha256(row + body).digest()[:_SUM]
