"""Where a run was made, and its tables as the page carries them for download."""

import base64
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shiftprobe.core.checksums import check_file
from shiftprobe.core.reading import is_there, read_bytes

TABLES = ("results.csv", "results.json")
ROOM = 400_000  # characters of the page that all of them may take
PIECE = 2**20  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file that travels inside the page."""

    name: str
    size: int  # bytes, unpacked
    packed: str  # gzip in base64


def read_downloads(path: Path) -> tuple[Download, ...]:
    """The tables that are there and fit, in order; the same files give the same text.

    Args:
        path: the run folder.

    Raises:
        RunError: when one is not as it was written.
    """
    return tuple(_fitting(path))


def _fitting(path: Path) -> Iterator[Download]:
    left = ROOM
    for name in TABLES:
        check_file(path / name)
        content = read_bytes(path / name) if is_there(path / name) else b""
        packed = _packed(content, left) if content else ""
        if packed:
            left -= len(packed)
            yield Download(name=name, size=len(content), packed=packed)


def _packed(content: bytes, room: int) -> str:
    """A file as gzip in base64; empty where that is longer than the room, which is seen before all of it is packed."""
    packer, size = zlib.compressobj(9), 0
    for start in range(0, len(content), PIECE):
        size += len(packer.compress(content[start : start + PIECE]))
        if size > room:
            return ""
    packed = base64.b64encode(gzip.compress(content, mtime=0)).decode()
    return packed if len(packed) <= room else ""
