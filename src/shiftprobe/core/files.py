"""Files and folders written whole, their checksums, and the lock of the folder they lie in.

A file appears by rename, whole or not at all; a cell's folder too. Nothing appends, nothing is edited in place, and
nothing is written through a link.
"""

import errno
import fcntl
import hashlib
import io
import json
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from shiftprobe.core.errors import BusyError, ResourceError, RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.reading import read_json, sha256

if TYPE_CHECKING:
    from numpy.typing import NDArray

Content: TypeAlias = bytes | tuple[bytes | memoryview, ...]
"""Of a file: its bytes, or parts of them one after the other, which need not be copied to be written."""

MANIFEST = "manifest.json"
MAX_MANIFEST = 2**22  # bytes
PLAIN = re.compile(r"(?!\.)[^/\\\x00]{1,255}")  # a file beside its manifest
LOCK = "lock"
LOCKING = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
EXHAUSTED = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOMEM, errno.EFBIG}
TRIES = 50  # to bring a folder into a place that others fill too
UNUSABLE = {errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENOTEMPTY}  # of a place that can hold no such file


def json_bytes(data: Any) -> bytes:
    """Plain data as a file that a person can read and a diff can compare."""
    return (json.dumps(data, indent=1, sort_keys=True, ensure_ascii=True, allow_nan=False) + "\n").encode()


def npz_bytes(arrays: Mapping[str, Any]) -> bytes:
    """Arrays as an .npz file; the same arrays give the same bytes."""
    import numpy as np

    buffer = io.BytesIO()
    np.savez_compressed(buffer, **dict(sorted(arrays.items())))
    return buffer.getvalue()


def npy_parts(array: "NDArray[Any]") -> tuple[bytes | memoryview, ...]:
    """An array as an .npy file, without a copy of it: the same array gives the same bytes."""
    import numpy as np

    head, whole = io.BytesIO(), np.ascontiguousarray(array)
    np.lib.format.write_array_header_1_0(head, np.lib.format.header_data_from_array_1_0(whole))
    return head.getvalue(), whole.reshape(-1).view(np.uint8).data


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
        if error.errno in UNUSABLE:
            raise ResourceError(f"{doing}: {error.strerror}; choose another place") from None
        if error.errno not in EXHAUSTED:
            raise
        raise ResourceError(
            f"{doing}: {error.strerror}; free some space or choose another place with --out, then run the same "
            "command again: what is finished is kept"
        ) from None


def on_its_way(path: Path) -> Path:
    """Where something is written before it is renamed: a name of its own, whoever else writes the same elsewhere.

    Two machines that share a disk may both have a process of one number.
    """
    return path.with_name(f".{path.name}.{os.getpid()}{secrets.randbelow(10**12):012d}.tmp")


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file by rename: a reader sees the old one or the whole new one.

    Raises:
        ResourceError: when the disk is full, the place not writable, or a link, a pipe or a device lies there.
    """
    temporary = on_its_way(path)
    with exhaustion(f"writing {escape(path)}"):
        _check_replaceable(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.unlink(missing_ok=True)
            _create(temporary, content)
            temporary.replace(path)
            _sync(path.parent)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def _check_replaceable(path: Path) -> None:
    """A rename would put a file in the place of a device or a link, whoever else needs it."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        got = "a link" if path.is_symlink() else "a folder" if path.is_dir() else "no regular file"
        raise ResourceError(f"writing {escape(path)}: wanted a file of our own there, got {got}; choose another place")


def _create(path: Path, content: Content) -> None:
    """A new file with its bytes on the disk; never one that is there, and never through a link."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(path, flags, 0o666), "wb") as file:  # noqa: PTH123 - a descriptor
        file.writelines(_parts(content))
        file.flush()
        os.fsync(file.fileno())


def _sum(content: Content) -> str:
    whole = hashlib.sha256()
    for part in _parts(content):
        whole.update(part)
    return whole.hexdigest()


def _parts(content: Content) -> tuple[bytes | memoryview, ...]:
    return (content,) if isinstance(content, bytes) else content


def write_folder(path: Path, files: Mapping[str, Content], about: Mapping[str, object]) -> None:
    """Write a folder of files by rename, with a manifest that holds their checksums."""
    temporary = on_its_way(path)
    sums = {name: _sum(content) for name, content in files.items()}
    with exhaustion(f"writing {escape(path)}"):
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        try:
            for name, content in (*files.items(), (MANIFEST, json_bytes({"about": about, "files": sums}))):
                _create(temporary / name, content)
            _put(temporary, path)
            _sync(path.parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _put(temporary: Path, path: Path) -> None:
    """Bring a folder into its place, which another process may fill at the same time with the same."""
    for left in reversed(range(TRIES)):
        try:
            temporary.replace(path)
        except OSError as error:
            if not left or error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
                raise
        else:
            return
        aside = on_its_way(path)
        with suppress(FileNotFoundError):  # the other one moved it
            path.replace(aside)
        shutil.rmtree(aside, ignore_errors=True)


def intact(path: Path) -> bool:
    """Whether a folder is there, whole, and every file still has the checksum it was written with."""
    return written_about(path) is not None


def written_about(path: Path) -> dict[str, Any] | None:
    """What a folder says of itself in its manifest; None where it is not intact.

    A manifest names plain files that lie beside it, or its folder is not whole.
    """
    try:
        manifest = read_json(path / MANIFEST, MAX_MANIFEST)
        sums, about = manifest["files"], manifest.get("about", {})
        whole = all(PLAIN.fullmatch(name) and sha256(path / name) == kept for name, kept in sums.items())
        return about if whole and isinstance(about, dict) else None
    except (OSError, RunError, KeyError, TypeError, AttributeError):
        return None


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold a run folder. The kernel frees it when the process ends, however it ends.

    Raises:
        BusyError: when another process holds it.
        ResourceError: when the folder cannot be made, written to or locked.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        file = os.fdopen(os.open(path / LOCK, LOCKING, 0o666), "a")
    except OSError as error:
        raise ResourceError(
            f"wanted a run folder at {escape(path)}, got: {error.strerror}; choose another place with --out"
        ) from None
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise RunError(f"{escape(path / LOCK)}: wanted a regular file, got something else; remove it")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(
                f"another shiftprobe is at work in {escape(path)}; wait for it, or choose another place with --out"
            ) from None
        except OSError as error:
            raise ResourceError(
                f"wanted to lock {escape(path)}, got: {error.strerror}; choose a place on another disk with --out"
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
