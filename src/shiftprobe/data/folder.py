"""Folders of photographs: one folder per class, with or without train/ and val/ above them."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.data.bundle import Bundle
from shiftprobe.data.claims import told_apart
from shiftprobe.data.files import read
from shiftprobe.data.folder_parts import FolderPart, check_classes, check_held_out, parts_of
from shiftprobe.data.origins import ORIGINS, Origin
from shiftprobe.data.walk import FollowedLinks, check_no_own, look, shown, text, walk


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    part: FolderPart
    label: str


def load(rest: str, base: Path) -> Bundle:
    """The images below a folder; a class is a folder's name, never its position.

    Where train/ stands beside test/ or val/ the data divides itself. With both test/ and val/, test/
    is the test set and val/ joins train/. Names compare without case; `validation`, `valid`,
    `training` and `testing` are understood. A picture that cannot be decoded is listed in `skipped`; what claims to be
    none by its name and content (notes, `Thumbs.db`, links to folders) in `set_aside`.

    Args:
        rest: the folder, absolute or relative to `base`.
        base: the folder that relative paths start from.

    Raises:
        DataError: when the folder is missing, closed, holds fewer than two classes, a class without a
            readable image, or parts with different classes.
    """
    return _load(rest, base)


def few(rest: str, base: Path) -> Bundle:
    """The same where one class is enough: parts may differ in theirs, and a class without an image is left out.

    Raises:
        DataError: when the folder is missing, closed, or holds no class folder with a readable image.
    """
    return _load(rest, base, few=True)


def _load(rest: str, base: Path, *, few: bool = False, follow: bool = False) -> Bundle:
    root = base / rest
    links = _links(root, follow=follow)
    parts, bad = parts_of(root, links)
    check_held_out(parts, {part.name for part in parts if part.classes}, bad)
    check_classes(parts, root, few=few, follow=follow)
    files: list[_File] = []
    for part in parts:
        for label in sorted(part.classes):
            found = walk(part.classes[label], links)
            files += [_File(path, part, label) for path in found.files]
            bad += found.others
    result = read([file.path for file in files])
    bad += [(files[i].path, reason) for i, reason in result.bad]
    good = [files[i] for i in result.good]
    check_held_out(parts, {file.part.name for file in good}, bad)
    empty = _empty(parts, good)
    if (empty and not few) or not good:
        raise _no_image(empty[0], bad)
    bad += [(folder, "a class folder without a readable image") for folder in empty]
    skipped, set_aside = told_apart(bad, root)
    classes = _in_order(parts, {file.label for file in good})
    numbers = {label: number for number, label in enumerate(classes)}
    return Bundle(
        name=_named(rest, follow=follow),
        images=result.images,
        labels=np.array([numbers[file.label] for file in good], np.int64),
        classes=classes,
        official=np.array([file.part.name for file in good]) if parts[0].name else None,
        skipped=skipped,
        set_aside=set_aside,
        prints=result.images.prints,
        paths=tuple(shown(file.path.relative_to(root)) for file in good),
    )


def _in_order(parts: Sequence[FolderPart], names: AbstractSet[str]) -> tuple[str, ...]:
    """Classes as ImageFolder sorts them: by what the disk calls their folders, in the part that trains where it can.

    Letters that Unicode can write in two ways stand at other places in one than in the other.
    """
    written: dict[str, str] = {}
    for part in sorted(parts, key=lambda one: one.name != "train"):
        written = {name: folder.name for name, folder in part.classes.items()} | written
    return tuple(sorted(names, key=written.__getitem__))


def find(rest: str, base: Path) -> None:
    """Refuse a folder that is not there.

    Raises:
        DataError: when it is missing, no folder, or closed to us.
    """
    check_no_own(base / rest)
    look(base / rest)


def unlabelled(rest: str, base: Path, *, follow: bool = False) -> Bundle:
    """All images below a folder, at any depth, as one class: for looking at them, not for training.

    Args:
        rest: the folder, absolute or relative to `base`.
        base: the folder that relative paths start from.
        follow: whether links to folders are followed.

    Raises:
        DataError: when the folder is missing, closed, or holds no readable image.
    """
    root = base / rest
    found = walk(root, _links(root, follow=follow))
    result = read(found.files)
    bad = [*found.others, *((found.files[i], reason) for i, reason in result.bad)]
    skipped, set_aside = told_apart(bad, root)
    if not result.good:
        first = f" ({len(bad)} skipped, first {escape(bad[0][0].name)}: {escape(bad[0][1])})" if bad else ""
        raise DataError(f"wanted images in {escape(root)}, got none{first}; name the folder that holds them")
    return Bundle(
        name=_named(rest, follow=follow),
        images=result.images,
        labels=np.zeros(len(result.good), np.int64),
        classes=(text(root.name) or "images",),
        skipped=skipped,
        set_aside=set_aside,
        prints=result.images.prints,
        paths=tuple(shown(found.files[i].relative_to(root)) for i in result.good),
    )


def _links(root: Path, *, follow: bool) -> FollowedLinks | None:
    """Which links are entered below a folder of somebody else's."""
    check_no_own(root)
    look(root)  # says why it cannot be read
    return FollowedLinks(root) if follow else None


def _named(rest: str, *, follow: bool) -> str:
    return f"{'links' if follow else 'folder'}:{rest}"


def _empty(parts: Sequence[FolderPart], good: Sequence[_File]) -> list[Path]:
    filled = {file.part.classes[file.label] for file in good}
    return [folder for part in parts for folder in part.classes.values() if folder not in filled]


def _no_image(folder: Path, bad: Sequence[tuple[Path, str]]) -> DataError:
    reasons = [f"{escape(path.name)}: {reason}" for path, reason in bad if folder in path.parents]
    got = f"none ({len(reasons)} skipped, first {reasons[0]})" if reasons else "an empty folder"
    return DataError(f"wanted a readable image in class folder {escape(folder)}, got {got}; add images or remove it")


ORIGINS.add(
    Origin(
        name="folder",
        names=("folder:PATH",),
        about="a folder per class, or train/ and test/ (val/) with a folder per class",
        of_path=True,
        load=load,
        find=find,
        few=few,
        unlabelled=unlabelled,
    )
)
ORIGINS.add(
    Origin(
        name="links",
        names=("links:PATH",),
        about="the same where folders may be links, which are followed as far as they end on the same disk",
        of_path=True,
        load=partial(_load, follow=True),
        find=find,
        few=partial(_load, few=True, follow=True),
        unlabelled=partial(unlabelled, follow=True),
    )
)
