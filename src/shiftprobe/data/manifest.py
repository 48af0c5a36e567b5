"""Images named by a manifest: a CSV file with path and label, and where they matter split and domain."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.data.bundle import Bundle, Skipped
from shiftprobe.data.entries import ImageEntry, ImageTable, content
from shiftprobe.data.labelled import UNLABELLED
from shiftprobe.data.listed_pictures import ListedPictures, pictures_of
from shiftprobe.data.lists import table_of
from shiftprobe.data.multi_label import check_one_class, joined, several
from shiftprobe.data.origins import ORIGINS, Origin
from shiftprobe.data.parts import HELD_OUT, TRAIN, divides, part_of
from shiftprobe.data.walk import class_name, shown

_HINTS = {"label": " (images of several classes at once, multi-label data, are not supported)"}


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
    """The same where one class is enough; a class without a readable image is left out, an empty cell is no label.

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
    return of_table_unlabelled(f"csv:{rest}", base / rest, table_of(base / rest, UNLABELLED))


def of_table_unlabelled(name: str, file: Path, listed: ImageTable) -> Bundle:
    """All images of a table as one class, called as its file.

    Raises:
        DataError: when no image can be read.
    """
    found = pictures_of(file, listed)
    labels, called = np.zeros(len(found.rows), np.int64), escape(file.stem) or "images"
    return _bundle(name, found, labels, (called,), clusters=_clusters(listed, found))


def _clusters(listed: ImageTable, found: ListedPictures) -> NDArray[np.str_] | None:
    return np.array([row.group for row in found.rows]) if "group" in listed.columns else None


def _load(rest: str, base: Path, *, few: bool) -> Bundle:
    file = base / rest
    listed = table_of(file, UNLABELLED if few else None)
    if "label" not in listed.columns:
        check_one_class(file)
        raise DataError(f"{escape(file)}: wanted a column label, got a manifest without; add it to the header and rows")
    if one := joined(row.label for row in listed.entries):
        raise several(escape(file), escape(one, 60))
    return of_table(f"csv:{rest}", file, listed, few=few, official=_official(listed, escape(file)))


def of_table(
    name: str,
    file: Path,
    listed: ImageTable,
    *,
    few: bool,
    official: Mapping[str, str],
    order: Sequence[str] | None = None,
) -> Bundle:
    """The images of a table with a column of classes.

    Args:
        name: the data, as it is written.
        file: where the table stands; its paths start from the folder.
        listed: the table.
        few: whether one class is enough, and one without an image is left out.
        official: which word in the column split trains and which tests; empty where the data does not divide itself.
        order: all classes in label order; None: those that occur, sorted.

    Raises:
        DataError: when rows contradict each other, or a class or all are left without a readable image.
    """
    _check_agreement(listed, escape(file))
    found = pictures_of(file, listed)
    written = {row.label: row.written for row in sorted(found.rows, key=lambda one: one.written, reverse=True)}
    seen = sorted(written, key=written.__getitem__)  # as whoever trained on this table sorted its cells
    if not few:
        _check_classes(listed, seen, (*found.skipped, *found.set_aside), escape(file))
    classes = seen if order is None else list(map(class_name, order))
    numbers = {label: number for number, label in enumerate(classes)}
    labels = np.array([numbers[row.label] for row in found.rows], np.int64)
    parts = np.array([official[row.split] for row in found.rows]) if official else None
    groups = np.array([row.domain for row in found.rows]) if "domain" in listed.columns else None
    return _bundle(
        name, found, labels, tuple(classes), official=parts, groups=groups, clusters=_clusters(listed, found)
    )


def _bundle(
    name: str,
    found: ListedPictures,
    labels: NDArray[np.int64],
    classes: tuple[str, ...],
    *,
    official: NDArray[np.str_] | None = None,
    groups: NDArray[np.str_] | None = None,
    clusters: NDArray[np.str_] | None = None,
) -> Bundle:
    return Bundle(
        name=name,
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
                    f"{_HINTS.get(column, '')}"
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
        of_path=True,
        load=load,
        find=find,
        few=few,
        unlabelled=unlabelled,
    )
)
