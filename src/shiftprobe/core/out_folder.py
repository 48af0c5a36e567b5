"""Writing into a folder: absent, empty or ours, marked as ours, held by one process, and never through a link."""

import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shiftprobe.core.errors import ResourceError, RunError, SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.files import LOCK, exhaustion, json_bytes, lock, write_bytes
from shiftprobe.core.folder_kinds import MARKER, FolderKind, marked, proved

MAX_DEPTH = 20  # folders below a folder of ours; we make at most four
TEMPORARY = re.compile(r"\.(?P<name>.+)\.\d+\.tmp", re.DOTALL)  # of a file or folder on its way: .NAME.PID.tmp
PAGE_HEAD = 4096  # bytes in which the title of a page ends
PAGE_TITLE = " \N{MIDDLE DOT} shiftprobe".encode()  # how the title of each ends
OTHER_PLACE = "choose another place with --out"


@contextmanager
def held(path: Path, kind: FolderKind) -> Iterator[None]:
    """Hold a folder for writing: refused where it is not ours, made and marked, leftovers of killed processes gone.

    Raises:
        SpecError: when something of somebody else lies there.
        RunError: when there is a link in it.
        BusyError: when another process holds it.
        ResourceError: when it cannot be made or written to.
    """
    check_out(path, kind)
    with lock(path):
        sweep_leftovers(path, kind)
        _mark(path, kind)
        yield


def opened(path: Path, kind: FolderKind) -> Path:
    """Make a folder that needs no lock and mark it; its path is handed back.

    Raises:
        SpecError: when something of somebody else lies there.
        RunError: when there is a link in it.
        ResourceError: when it cannot be made or written to.
    """
    check_out(path, kind)
    with exhaustion(f"making {escape(path)}"):
        path.mkdir(parents=True, exist_ok=True)
    _mark(path, kind)
    return path


def check_out(path: Path, kind: FolderKind) -> None:
    """Refuse a place that is neither absent, nor empty, nor a folder of ours of this kind without links in it.

    A file at the place is met when the folder is made.

    Raises:
        SpecError: when it is a link, or holds what we did not write.
        RunError: when there is a link, a pipe or a device in it at a place that we write.
        ResourceError: when it cannot be looked into.
    """
    check_no_link(path)
    try:
        names = {one.name for one in path.iterdir()} if path.is_dir() else set()
    except OSError as error:
        raise ResourceError(f"wanted to write to {escape(path)}, got: {error.strerror}; {OTHER_PLACE}") from None
    mine = {name for name in names if not _leftover(name, kind)}
    if mine and not _accepted(path, kind, mine):
        raise SpecError(
            f"{escape(path)}: wanted a folder that is absent, empty or {_article(kind.name)} folder that shiftprobe "
            f"wrote, got {_described(path, mine)}; {OTHER_PLACE}"
        )
    check_inside(path, kind)


def check_inside(path: Path, kind: FolderKind) -> None:
    """Refuse a folder of ours that is a link, or has one at a place that we write.

    Raises:
        SpecError: when it is a link itself.
        RunError: when there is a link, a pipe or a device in it, a file for a folder, or a folder for a file.
    """
    check_no_link(path)
    for name in sorted(kind.names):
        if os.path.lexists(path / name):
            _check_entry(path / name, folder=name in kind.folders)


def check_page(file: Path) -> None:
    """Refuse to replace a file that is no page of ours; one that is absent or empty is free.

    Raises:
        SpecError: when somebody else's file lies there.
        ResourceError: when it cannot be looked at.
    """
    with exhaustion(f"writing {escape(file)}"):
        if not file.is_file() or not file.stat().st_size:
            return
        with file.open("rb") as page:
            head = page.read(PAGE_HEAD)
    if not head.startswith(b"<!doctype html>") or PAGE_TITLE not in head:
        raise SpecError(
            f"{escape(file)}: wanted a new file or a page that shiftprobe wrote, got another file; {OTHER_PLACE}"
        )


def check_no_link(path: Path) -> None:
    """Refuse a link as the folder that is written into.

    Raises:
        SpecError: naming where it leads.
        ResourceError: when the place cannot be looked at.
    """
    try:
        leads = path.readlink() if path.is_symlink() else None
    except OSError as error:
        raise ResourceError(f"wanted to write to {escape(path)}, got: {error.strerror}; {OTHER_PLACE}") from None
    if leads is not None:
        raise SpecError(
            f"{escape(path)}: wanted a folder to write into, got a link to {escape(leads)}; name the folder itself"
        )


def sweep_leftovers(path: Path, kind: FolderKind) -> None:
    """Remove what a killed process left half-written at the places we write. Only the lock's holder may call this.

    Links are neither followed nor removed.
    """
    for leftover in [one for one in sorted(path.iterdir()) if _leftover(one.name, kind)]:
        _remove(leftover)
    for top in sorted(kind.folders):
        for folder, inside, files in os.walk(path / top):
            for name in [name for name in (*inside, *files) if TEMPORARY.fullmatch(name)]:
                _remove(Path(folder, name))
            inside[:] = [name for name in inside if not TEMPORARY.fullmatch(name)]


def _remove(leftover: Path) -> None:
    if leftover.is_symlink():
        return
    if leftover.is_dir():
        shutil.rmtree(leftover, ignore_errors=True)
    else:
        leftover.unlink(missing_ok=True)


def _mark(path: Path, kind: FolderKind) -> None:
    if marked(path) is None:
        write_bytes(path / MARKER, json_bytes({"made_by": "shiftprobe", "kind": kind.name}))


def _leftover(name: str, kind: FolderKind) -> bool:
    """Whether a name at the top of a folder is one that we write, on its way."""
    found = TEMPORARY.fullmatch(name)
    return found is not None and found["name"] in kind.names


def _accepted(path: Path, kind: FolderKind, names: set[str]) -> bool:
    """Whether what lies in a folder that is not empty is ours."""
    there = marked(path)
    if there is not None:
        return there is kind
    if kind.held and LOCK in names and names <= kind.names:  # a process was killed before it marked the folder
        return (path / LOCK).is_file() and (path / LOCK).stat().st_size == 0
    return proved(path, kind) and (kind.shared or names <= kind.names)


def _check_entry(path: Path, *, folder: bool, depth: int = 0) -> None:
    """Refuse what is neither a regular file nor a folder at a place that we write."""
    mode = os.lstat(path).st_mode
    if folder and stat.S_ISDIR(mode) and depth <= MAX_DEPTH:
        with os.scandir(path) as entries:
            for one in entries:
                if one.is_file(follow_symlinks=False):
                    continue
                _check_entry(Path(one), folder=True, depth=depth + 1)
    elif not (stat.S_ISREG(mode) and (not folder or depth)):
        wanted = "a file or a folder" if depth else "a folder" if folder else "a file"
        raise RunError(
            f"{escape(path)}: wanted {wanted} of this folder's own, got {_what(mode, depth)}; remove it, or "
            f"{OTHER_PLACE}"
        )


def _what(mode: int, depth: int) -> str:
    if stat.S_ISDIR(mode):
        return f"more than {MAX_DEPTH} folders one in the other" if depth else "a folder"
    return "a link" if stat.S_ISLNK(mode) else "a file" if stat.S_ISREG(mode) else "no regular file"


def _article(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _described(path: Path, names: set[str]) -> str:
    there = marked(path)
    if there is not None:
        return f"{_article(there.name)} folder"
    first = escape(min(names), 60)
    return f"one that holds {first}" + (f" and {len(names) - 1:,} more" if len(names) > 1 else "")
