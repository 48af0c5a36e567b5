"""Images named by a manifest: a CSV file with path and label, and where they matter split and domain."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.data.bundle import Bundle, Skipped
from shiftprobe.data.claims import left_behind
from shiftprobe.data.entries import ImageEntry, ImageTable, content, table
from shiftprobe.data.files import Read, read
from shiftprobe.data.origins import ORIGINS, Origin
from shiftprobe.data.parts import HELD_OUT, TRAIN, divides, part_of
from shiftprobe.data.walk import kind, shown


@dataclass(frozen=True, slots=True)
class _Pictures:
    """What a manifest's rows gave: decoded images, their rows, and what was skipped."""

    read: Read
    rows: tuple[ImageEntry, ...]  # one per image
    skipped: tuple[Skipped, ...]
    set_aside: tuple[Skipped, ...]


def load(rest: str, base: Path) -> Bundle:
    """The images that a manifest lists, `path,label[,split,domain,group]`; a class is what its cell says.

    A header is needed; columns stand in any order and others are ignored. Paths start from the manifest's folder
    and stay below it: absolute ones and `..` are refused. `split` holds train and test (or val, as folders are
    called) and divides the data where both occur; `domain` groups images for the worst group of an audit. Images of
    one `group` (one object, one person, one scene) are not independent: a drawn division keeps them together, and
    they count as one draw in every test. An image that is missing or cannot be decoded is listed in `skipped`, as is
    a row that repeats another; a row for what file managers leave behind (`Thumbs.db`) is set aside.

    Args:
        rest: the file, absolute or relative to `base`.
        base: the folder that relative paths start from.

    Raises:
        DataError: when the manifest cannot be read, naming the line; when rows contradict each other, there are
            fewer than two classes, or a class is left without a readable image.
    """
    return _load(rest, base, few=False)


def few(rest: str, base: Path) -> Bundle:
    """The same where one class is enough; a class without a readable image is left out.

    Raises:
        DataError: when the manifest cannot be read, naming the line, or no image can.
    """
    return _load(rest, base, few=True)


def find(rest: str, base: Path) -> None:
    """Refuse a manifest that is not there.

    Raises:
        DataError: when it is missing, or no readable text.
    """
    content(base / rest)


def unlabelled(rest: str, base: Path) -> Bundle:
    """All images of a manifest as one class, whatever other columns it has.

    Raises:
        DataError: when the manifest cannot be read, naming the line, or no image can.
    """
    file = base / rest
    listed = table(file)
    found = _pictures(file, listed)
    labels, name = np.zeros(len(found.rows), np.int64), escape(file.stem) or "images"
    return _bundle(rest, found, labels, (name,), clusters=_clusters(listed, found))


def _clusters(listed: ImageTable, found: _Pictures) -> NDArray[np.str_] | None:
    return np.array([row.group for row in found.rows]) if "group" in listed.columns else None


def _load(rest: str, base: Path, *, few: bool) -> Bundle:
    file = base / rest
    listed = table(file)
    if "label" not in listed.columns:
        raise DataError(f"{escape(file)}: wanted a column label, got a manifest without; add it to the header and rows")
    _check_agreement(listed, escape(file))
    official = _official(listed, escape(file))
    found = _pictures(file, listed)
    written = {row.label: row.written for row in sorted(found.rows, key=lambda one: one.written, reverse=True)}
    classes = sorted(written, key=written.__getitem__)  # as whoever trained on this table sorted its cells
    if not few:
        _check_classes(listed, classes, (*found.skipped, *found.set_aside), escape(file))
    numbers = {label: number for number, label in enumerate(classes)}
    labels = np.array([numbers[row.label] for row in found.rows], np.int64)
    parts = np.array([official[row.split] for row in found.rows]) if official else None
    groups = np.array([row.domain for row in found.rows]) if "domain" in listed.columns else None
    return _bundle(
        rest, found, labels, tuple(classes), official=parts, groups=groups, clusters=_clusters(listed, found)
    )


def _bundle(
    rest: str,
    found: _Pictures,
    labels: NDArray[np.int64],
    classes: tuple[str, ...],
    *,
    official: NDArray[np.str_] | None = None,
    groups: NDArray[np.str_] | None = None,
    clusters: NDArray[np.str_] | None = None,
) -> Bundle:
    return Bundle(
        name=f"csv:{rest}",
        images=found.read.images,
        labels=labels,
        classes=classes,
        official=official,
        groups=groups,
        clusters=clusters,
        skipped=found.skipped,
        set_aside=found.set_aside,
        prints=found.read.images.prints,
        paths=tuple(shown(Path(row.path)) for row in found.rows),
    )


def _official(listed: ImageTable, where: str) -> dict[str, str]:
    """Which part each word in the column split stands for; none where the data does not divide itself."""
    words = {row.split for row in listed.entries if row.split}
    if divides(words):
        return part_of(words, f"{where}: wanted train and test in the column split", "correct or rename it")
    strange = next((row for row in listed.entries if row.split and row.split not in TRAIN | HELD_OUT), None)
    if strange:
        raise DataError(
            f"{where}, line {strange.line}: wanted train, val or test as split, got {escape(strange.split, 40)}; "
            "correct it, or rename the column"
        )
    return {}


def _pictures(file: Path, listed: ImageTable) -> _Pictures:
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
    return _Pictures(
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


def _check_agreement(listed: ImageTable, where: str) -> None:
    first: dict[str, ImageEntry] = {}
    for row in listed.entries:
        earlier = first.setdefault(row.path, row)
        for column in ("label", "split", "domain", "group"):
            one, other = getattr(earlier, column), getattr(row, column)
            if one != other:
                raise DataError(
                    f"{where}, line {row.line}: wanted one {column} for {escape(row.path, 60)}, got "
                    f"{escape(other, 40)} and in line {earlier.line} {escape(one, 40)}; keep the right row"
                )


def _check_classes(listed: ImageTable, classes: Sequence[str], skipped: Sequence[Skipped], where: str) -> None:
    if len(classes) <= 1 and len({row.label for row in listed.entries}) <= 1:
        raise DataError(f"{where}: wanted at least two classes, got only {escape(classes[0])}; add rows of another")
    lost = next((row for row in listed.entries if row.label not in classes), None)
    if lost:
        reason = next(f"{escape(one.path)}: {one.reason}" for one in skipped if one.path == shown(Path(lost.path)))
        raise DataError(
            f"{where}: wanted a readable image of class {escape(lost.label)}, got none (first {reason}); "
            "add images or remove its rows"
        )


ORIGINS.add(
    Origin(
        name="csv",
        names=("csv:FILE",),
        about="a manifest of images: path,label[,split,domain,group]; paths start from its folder",
        load=load,
        find=find,
        few=few,
        unlabelled=unlabelled,
    )
)
