"""One walker: what lies in a folder, in an order that no file system changes."""

import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.core.folder_kinds import is_no_data, own_above

_OF_THE_SYSTEM = frozenset(
    {"$RECYCLE.BIN", "@eaDir", "#recycle", "System Volume Information", "__MACOSX", "__pycache__", "lost+found"}
)
"""Folders that systems and archive programs make for themselves: what looks like a picture in them is a preview."""

_MAX_PATH = 20_000  # characters of a path with everything escaped


MAX_FILES = 2_000_000
"""Most files below one folder: more than any data set has, and fewer than a disk."""

A_LINK = "a link to a folder; put the folder itself here, or name the data as links:PATH"

A_CIRCLE = "a link in a circle, or to a folder that is read already"


class FollowedLinks:
    """Which links to folders are entered below one root: those that end on the same disk, each place once."""

    def __init__(self, root: Path) -> None:
        here = root.resolve()
        self._disk = here.stat().st_dev
        self._above = {_place(one) for one in (here, *here.parents)}
        self._entered: dict[tuple[int, int], Path] = {}

    def refused(self, folder: Path) -> str:
        """Why a folder, or one that a link leads to, is not entered; nothing where it now is."""
        place = _place(folder)
        if place in self._above or self._entered.setdefault(place, folder) != folder:
            return A_CIRCLE
        if place[0] != self._disk:
            return "a folder on another disk; name that folder itself"
        return ""


def _place(folder: Path) -> tuple[int, int]:
    found = folder.stat()
    return found.st_dev, found.st_ino


@dataclass(frozen=True, slots=True)
class Listing:
    """What was found, sorted by the bytes of the names. Dot-names and folders that shiftprobe wrote are left out."""

    folders: tuple[Path, ...]
    files: tuple[Path, ...]
    others: tuple[tuple[Path, str], ...]  # what we do not enter or open, each with the reason


def look(folder: Path, links: FollowedLinks | None = None) -> Listing:
    """One folder, not what is inside its folders.

    Args:
        folder: which one.
        links: which links to folders are entered; None: none.

    Raises:
        DataError: when it is missing, no folder, or closed to us.
    """
    try:
        inside = sorted((p for p in folder.iterdir() if not p.name.startswith(".")), key=os.fsencode)
        kinds = [(path, what) for path in inside if (what := _entered(path, links)) != "folder" or not is_no_data(path)]
    except FileNotFoundError:
        raise _refuse(folder, "nothing", "check the path; a relative one starts at the spec's folder") from None
    except NotADirectoryError:
        raise _refuse(folder, "a file", "name the folder that holds one folder per class") from None
    except PermissionError:
        raise _refuse(folder, "no permission to read it", "ask its owner, or `chmod -R u+rX` it") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the path
        raise _refuse(folder, escape(error), "check the path") from None
    return Listing(
        tuple(path for path, what in kinds if what == "folder"),
        tuple(path for path, what in kinds if what == "file"),
        tuple((path, what) for path, what in kinds if what not in {"folder", "file"}),
    )


def check_no_own(folder: Path) -> None:
    """Refuse a folder that we wrote, or that lies in one, as data.

    Raises:
        DataError: naming the folder of ours.
    """
    own = own_above(folder)
    if own is not None:
        raise _refuse(folder, f"what shiftprobe wrote ({escape(own)})", "name the folder that holds your own images")


def walk(folder: Path, links: FollowedLinks | None = None) -> Listing:
    """All files below a folder, at any depth; a folder's own files come before those of its folders.

    Args:
        folder: which one.
        links: which links to folders are entered; None: none.

    Raises:
        DataError: when it is missing, no folder, closed to us, or holds more files than any data set.
    """
    files: list[Path] = []
    others: list[tuple[Path, str]] = []
    waiting = [folder]
    while waiting:
        here = look(waiting.pop(), links)
        files += here.files
        if len(files) + len(waiting) > MAX_FILES:
            raise _refuse(folder, f"over {MAX_FILES:,} files", "name a folder of fewer, or list them in a manifest")
        others += here.others
        waiting += reversed(here.folders)
    return Listing((), tuple(files), tuple(others))


def _entered(path: Path, links: FollowedLinks | None) -> str:
    """What lies there, as `kind` says, where some links are followed."""
    what = kind(path)
    if links is None or what not in {"folder", A_LINK}:
        return what
    return links.refused(path) or "folder"


def kind(path: Path) -> str:
    """What lies there: "file", "folder", or in words why it is neither to be opened nor entered."""
    if path.is_dir():
        if path.is_symlink():
            return A_LINK
        return (
            "a folder that the system or an archive program made for itself"
            if path.name in _OF_THE_SYSTEM
            else "folder"
        )
    if path.is_file():
        return "file"
    return "a link that leads nowhere" if path.is_symlink() and not path.exists() else "not a regular file"


def exists(path: Path) -> bool:
    """Whether anything lies there; nothing does at a place that no path can name."""
    try:
        return path.exists()
    except (OSError, ValueError):  # longer than any path, a NUL
        return False


def text(name: str | Path) -> str:
    r"""A file name as text that encodes; bytes that are not UTF-8 become `\xNN`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def class_name(name: str) -> str:
    """A class by the name of its folder or cell: one spelling for letters that Unicode can write in two ways."""
    return unicodedata.normalize("NFC", text(name))


def shown(path: Path) -> str:
    """A relative path in full, as `show` writes it."""
    return escape(path, _MAX_PATH)


def _refuse(folder: Path, got: str, advice: str) -> DataError:
    return DataError(f"wanted a folder of images at {escape(folder)}, got {got}; {advice}")
