"""Checksums of files that are read back one by one: bytes under a name are believed only when they are those written.

`checksums.json` of a folder holds the SHA-256 of its files. A file that it does not name was written by an earlier
version and is read as it is; one that it names must be there with these bytes. Folders that appear whole have a
manifest instead (`files.write_folder`).
"""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shiftprobe.core.digest import digest
from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.files import MANIFEST, intact, json_bytes, write_bytes
from shiftprobe.core.reading import HEAVIEST, read_json, sha256

CHECKSUMS = "checksums.json"
OWN = "checksum"  # the key of a file that carries its own
AGAIN = "run its command again, which writes it anew"
MAX_SUMS = 2**26  # bytes of checksums.json


def sha256_of(path: Path, most: int = HEAVIEST) -> str:
    """SHA-256 of a file's bytes; empty when it is not there, no regular file, unreadable, or over `most` bytes."""
    try:
        return sha256(path, most)
    except (OSError, RunError):
        return ""


def write_with_checksums(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files, each whole or not at all, and their checksums beside them.

    Killed anywhere, it leaves no file that its checksums refuse: until all are written both the old and the new
    bytes of each are theirs.

    Raises:
        ResourceError: when the disk is full or the place not writable.
    """
    try:
        before = _sums(folder)
    except RunError:
        before = {}
    new = {name: (hashlib.sha256(content).hexdigest(),) for name, content in files.items()}
    if any(before.get(name) != sums for name, sums in new.items()):
        either = {name: (*sums, *(before.get(name) or _there(folder / name))) for name, sums in new.items()}
        _write(folder, {**before, **either})
    for name, content in files.items():
        write_bytes(folder / name, content)
    _write(folder, {**before, **new})


def _there(path: Path) -> tuple[str, ...]:
    """The checksum of a file of an earlier version: until it is replaced it may still be read."""
    return tuple(filter(None, (sha256_of(path),)))


def _write(folder: Path, sums: Mapping[str, tuple[str, ...]]) -> None:
    content = json_bytes({name: list(several) for name, several in sums.items()})
    path = folder / CHECKSUMS
    if sha256_of(path) != hashlib.sha256(content).hexdigest():
        write_bytes(path, content)


def _sums(folder: Path) -> dict[str, tuple[str, ...]]:
    """What a folder's files may hold; nothing where it says nothing.

    Raises:
        RunError: when its checksums are damaged.
    """
    path = folder / CHECKSUMS
    if not os.path.lexists(path):
        return {}
    try:
        data: Any = read_json(path, MAX_SUMS)
        return {str(name): tuple(map(str, sums)) for name, sums in data.items()}
    except (OSError, AttributeError, TypeError, RunError):
        raise RunError(f"{escape(path)}: wanted the checksums of a folder, got something else; {AGAIN}") from None


def check_file(path: Path, advice: str = AGAIN) -> None:
    """Refuse a file whose folder holds a checksum of it that it does not have; also one that is gone.

    Its folder's other files are not looked at: who took the weights out to mail a folder may still read its tables.

    Args:
        path: the file.
        advice: what makes it anew, for the message.

    Raises:
        RunError: naming the file.
    """
    sums = _sums(path.parent).get(path.name) or _of_manifest(path, advice)
    if sums is None:
        return
    found = sha256_of(path)
    if found not in sums:
        got = "other bytes" if found else "no such file" if not os.path.lexists(path) else "something else"
        raise RunError(f"{escape(path)}: wanted the bytes that were written (its checksum), got {got}; {advice}")


def _of_manifest(path: Path, advice: str) -> tuple[str, ...] | None:
    """What a file may hold by its folder's manifest; None where there is none, or it does not name the file."""
    place = path.parent / MANIFEST
    if not os.path.lexists(place):
        return None
    try:
        said = read_json(place, MAX_SUMS)["files"].get(path.name)
    except (OSError, RunError, KeyError, AttributeError, TypeError):
        raise RunError(f"{escape(place)}: wanted the checksums of a folder, got something else; {advice}") from None
    return None if said is None else (str(said),)


def is_whole(path: Path) -> bool:
    """Whether a file is there with the checksum that its folder holds of it."""
    try:
        sums = _sums(path.parent).get(path.name)
    except RunError:
        return False
    return sums is not None and sha256_of(path) in sums


def is_kept(folder: Path, advice: str = AGAIN) -> bool:
    """Whether a folder that was written with a manifest is there.

    Args:
        folder: as `files.write_folder` writes it.
        advice: what makes it anew, for the message.

    Raises:
        RunError: when it is there, but not whole or not as it was written.
    """
    if intact(folder):
        return True
    if os.path.lexists(folder):
        raise RunError(f"{escape(folder)}: wanted the files that were written (their checksums), got others; {advice}")
    return False


def with_own(data: Mapping[str, object]) -> dict[str, object]:
    """Plain data with the checksum of all its other keys among them, for a file that differs from run to run."""
    return {**data, OWN: digest(dict(data))}


def check_own(data: object, path: Path, advice: str = AGAIN) -> None:
    """Refuse data whose own checksum is not that of its other keys; data of earlier versions carry none.

    Args:
        data: what a file holds.
        path: where it was read, for the message.
        advice: what makes it anew.

    Raises:
        RunError: naming the file.
    """
    if isinstance(data, dict) and OWN in data and data != with_own({k: v for k, v in data.items() if k != OWN}):
        raise RunError(f"{escape(path)}: wanted the values that were written (its checksum), got others; {advice}")
