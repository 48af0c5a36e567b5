"""Where downloaded data is kept, and how it gets there: whole or not at all, with checksums that loading checks."""

import fcntl
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shiftprobe.core.checksums import CHECKSUMS, sha256_of
from shiftprobe.core.errors import BusyError, DataError, ResourceError, RunError, ShiftprobeError
from shiftprobe.core.escape import escape
from shiftprobe.core.files import EXHAUSTED, json_bytes
from shiftprobe.core.reading import read_json

VARIABLE = "SHIFTPROBE_DATA"
PACKED = {".gz", ".tgz", ".zip", ".tar"}
_PATIENCE = 60.0  # seconds without a byte; the library that downloads would wait for ever
_MESSAGE = 300  # characters of a foreign message


def home() -> Path:
    """The folder of all downloaded data: $SHIFTPROBE_DATA, else ~/.cache/shiftprobe/data.

    Raises:
        DataError: when the variable is not set and this user has no home.
    """
    try:
        return Path(os.environ.get(VARIABLE) or "~/.cache/shiftprobe/data").expanduser().absolute()
    except RuntimeError:
        raise DataError(f"wanted a folder for data, got a user without a home; set {VARIABLE} to a folder") from None


@contextmanager
def arriving(folder: Path, what: str) -> Iterator[Path]:
    """An empty folder to download into; it becomes `folder` when the block ends well, and vanishes when it does not.

    What a killed process left is removed by the next one. One download at a time per place.

    Args:
        folder: where the data belongs; what stands there is replaced, but only by a whole set.
        what: the data's name, for messages.

    Raises:
        BusyError: when another process downloads to the same place.
        ResourceError: when the network, the disk or the source gave out, in one line.
    """
    temporary = folder.with_name(f".{folder.name}.tmp")
    with _explained(what, folder), _alone(folder.parent), _patience():
        shutil.rmtree(temporary, ignore_errors=True)
        try:
            temporary.mkdir()
            yield temporary
            (temporary / CHECKSUMS).write_bytes(json_bytes(_sums(temporary)))
            os.sync()  # the name must not reach the disk before the bytes
            if folder.exists():
                shutil.rmtree(folder)
            temporary.replace(folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def check_arrived(folder: Path) -> None:
    """Refuse a set of ours of which a file is not as it arrived; one of an earlier version, or another's, has no sums.

    Raises:
        DataError: naming the first such file.
    """
    try:
        wanted = dict(read_json(folder / CHECKSUMS)) if (folder / CHECKSUMS).is_file() else {}
    except (OSError, ValueError, TypeError, RunError):
        raise DataError(f"{CHECKSUMS} is damaged") from None
    for name, there in wanted.items():
        if sha256_of(folder / name, sys.maxsize) != there:
            raise DataError(f"{escape(name)} is not as it arrived (its checksum)")


def _sums(folder: Path) -> dict[str, str]:
    """SHA-256 of every file; packed ones that were unpacked beside are not read again."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix not in PACKED)
    return {path.relative_to(folder).as_posix(): sha256_of(path, sys.maxsize) for path in found}


def one_line(error: Exception) -> str:
    """A foreign message, which may be many lines long, as one safe line."""
    return escape(" ".join(str(error).split()) or type(error).__name__, _MESSAGE)


@contextmanager
def _explained(what: str, folder: Path) -> Iterator[None]:
    try:
        yield
    except (ShiftprobeError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - a download fails in as many ways as there are parsers
        if isinstance(error, OSError) and error.errno in EXHAUSTED:
            advice = f"free some space or set {VARIABLE} to another folder"
            raise ResourceError(f"writing {what} to {escape(folder)}: {one_line(error)}; {advice}") from None
        advice = "check the connection and run the same command again; nothing was kept"
        raise ResourceError(f"wanted to download {what}, got: {one_line(error)}; {advice}") from None


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """The kernel frees the lock when the process ends, however it ends."""
    place.mkdir(parents=True, exist_ok=True)
    with (place / ".lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(f"another shiftprobe downloads to {escape(place)}; wait for it") from None
        yield


@contextmanager
def _patience() -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_PATIENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
