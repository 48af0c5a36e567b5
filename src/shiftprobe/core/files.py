"""The run folder: every path name, atomic writes, checksums, the lock.

A file appears by rename, whole or not at all; a cell's folder too. Nothing appends and nothing is edited in place.
"""

import errno
import fcntl
import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from shiftprobe.core.errors import BusyError, ResourceError
from shiftprobe.core.escape import escape

MANIFEST = "manifest.json"
EXHAUSTED = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOMEM, errno.EFBIG}


def json_bytes(data: Any) -> bytes:
    """Plain data as a file that a person can read and a diff can compare."""
    return (json.dumps(data, indent=1, sort_keys=True, ensure_ascii=True, allow_nan=False) + "\n").encode()


def npz_bytes(arrays: Mapping[str, Any]) -> bytes:
    """Arrays as an .npz file; the same arrays give the same bytes."""
    import numpy as np

    buffer = io.BytesIO()
    np.savez_compressed(buffer, **dict(sorted(arrays.items())))
    return buffer.getvalue()


@contextmanager
def exhaustion(doing: str) -> Iterator[None]:
    """Turn "disk full", "not permitted" and "out of memory" into one line that says what to do."""
    try:
        yield
    except MemoryError:
        raise ResourceError(f"out of memory while {doing}; use fewer --workers or smaller images") from None
    except OSError as error:
        if error.errno in {errno.EEXIST, errno.ENOTDIR}:
            raise ResourceError(f"{doing}: a file stands where a folder is wanted; choose another place") from None
        if error.errno not in EXHAUSTED:
            raise
        raise ResourceError(
            f"{doing}: {error.strerror}; free some space or choose another place with --out, then run the same "
            "command again: what is finished is kept"
        ) from None


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file by rename: a reader sees the old one or the whole new one.

    Raises:
        ResourceError: when the disk is full or the place not writable.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with exhaustion(f"writing {escape(path)}"):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            _sync(path.parent)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def write_folder(path: Path, files: Mapping[str, bytes], about: Mapping[str, object]) -> None:
    """Write a folder of files by rename, with a manifest that holds their checksums."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    with exhaustion(f"writing {escape(path)}"):
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        try:
            for name, content in (*files.items(), (MANIFEST, json_bytes({"about": about, "files": sums}))):
                with (temporary / name).open("wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
            shutil.rmtree(path, ignore_errors=True)
            temporary.replace(path)
            _sync(path.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def intact(path: Path) -> bool:
    """Whether a folder is there, whole, and every file still has the checksum it was written with."""
    try:
        sums = json.loads((path / MANIFEST).read_bytes())["files"]
        return all(hashlib.sha256((path / name).read_bytes()).hexdigest() == sums[name] for name in sums)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def read_json(path: Path) -> Any:
    """Plain data from a file of ours."""
    return json.loads(path.read_bytes())


def sweep_leftovers(path: Path) -> None:
    """Remove what a killed process left half-written. Only the holder of the lock may call this."""
    for leftover in sorted(path.rglob(".*.tmp")):
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold a run folder. The kernel frees it when the process ends, however it ends.

    Raises:
        BusyError: when another process holds it.
        ResourceError: when the folder cannot be made or written to.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        file = (path / "lock").open("a")
    except OSError as error:
        raise ResourceError(
            f"wanted a run folder at {escape(path)}, got: {error.strerror}; choose another place with --out"
        ) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(
                f"another shiftprobe is at work in {escape(path)}; wait for it, or choose another place with --out"
            ) from None
        yield


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
