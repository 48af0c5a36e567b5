"""The pictures that a table names: those that are there, decoded, and the others with the line that names them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.data.bundle import Skipped
from shiftprobe.data.claims import left_behind
from shiftprobe.data.entries import ImageEntry, ImageTable
from shiftprobe.data.files import Read, read
from shiftprobe.data.walk import kind, shown


@dataclass(frozen=True, slots=True)
class ListedPictures:
    """What a table's rows gave: decoded images, their rows, and what was skipped."""

    read: Read
    rows: tuple[ImageEntry, ...]  # one per image
    skipped: tuple[Skipped, ...]
    set_aside: tuple[Skipped, ...]


def pictures_of(file: Path, listed: ImageTable) -> ListedPictures:
    """Read the pictures of a table; paths start from its folder and stay below it.

    Args:
        file: where the table stands.
        listed: its rows.

    Raises:
        DataError: when no picture can be read.
    """
    folder = file.parent
    wanted, bad = _apart(listed.entries, folder)
    result = read([folder / row.path for row in wanted])
    bad += [(wanted[i], reason) for i, reason in result.bad]
    bad.sort(key=lambda pair: pair[0].line)
    lost = [Skipped(shown(Path(row.path)), f"{reason} (line {row.line})") for row, reason in bad]
    if not result.good:
        first = f" ({len(lost)} skipped, first {escape(lost[0].path)}: {lost[0].reason})" if lost else ""
        raise DataError(f"wanted images in {escape(file)}, got none{first}; check its paths and rows")
    noise = [left_behind(Path(row.path).name) for row, _ in bad]
    return ListedPictures(
        result,
        tuple(wanted[i] for i in result.good),
        skipped=tuple(one for one, is_noise in zip(lost, noise, strict=True) if not is_noise),
        set_aside=tuple(one for one, is_noise in zip(lost, noise, strict=True) if is_noise),
    )


def _apart(rows: Sequence[ImageEntry], folder: Path) -> tuple[list[ImageEntry], list[tuple[ImageEntry, str]]]:
    """The rows whose file is there, and the others with the reason."""
    stays_inside = cache(lambda place: place.resolve().is_relative_to(folder.resolve()))
    wanted: list[ImageEntry] = []
    bad: list[tuple[ImageEntry, str]] = []
    first: dict[str, ImageEntry] = {}
    for row in rows:
        earlier = first.setdefault(row.path, row)
        reason = _lacking(folder / row.path) if earlier is row else f"repeats line {earlier.line}"
        if not reason and not stays_inside((folder / row.path).parent):
            reason = "lies behind a link that leaves the manifest's folder"
        if reason:
            bad.append((row, reason))
        else:
            wanted.append(row)
    return wanted, bad


def _lacking(path: Path) -> str:
    """Why there is no file to read, in a few words; nothing when there is one."""
    try:
        what = kind(path)
    except OSError as error:  # a name that no file system takes, a folder that is closed
        return escape(error.strerror)
    if what == "file":
        return ""
    if what == "folder":
        return "a folder, not an image"
    hint = "; write / between folders" if "\\" in path.name else ""
    return what if path.is_symlink() or path.exists() else f"no such file{hint}"
