"""Where a run was made, and its tables as the page carries them for download."""

import base64
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shiftprobe.core.reading import is_there, read_bytes

TABLES = ("results.csv", "results.json")
ROOM = 400_000  # characters of the page that all of them may take


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
    """
    return tuple(_fitting(path))


def _fitting(path: Path) -> Iterator[Download]:
    left = ROOM
    for name in TABLES:
        content = read_bytes(path / name) if is_there(path / name) else b""
        packed = base64.b64encode(gzip.compress(content, mtime=0)).decode() if content else ""
        if content and len(packed) <= left:
            left -= len(packed)
            yield Download(name=name, size=len(content), packed=packed)
