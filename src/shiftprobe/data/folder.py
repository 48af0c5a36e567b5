"""Folders of photographs: one folder per class, with or without train/ and val/ above them."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shiftprobe.data.bundle import Bundle, Skipped
from shiftprobe.data.files import read
from shiftprobe.data.origins import ORIGINS, Origin
from shiftprobe.data.walk import look, walk
from shiftprobe.errors import DataError
from shiftprobe.show import show

_TRAIN = {"train", "training"}
_TEST = {"test", "testing"}
_HELD_OUT = _TEST | {"val", "valid", "validation"}


@dataclass(frozen=True, slots=True)
class _Part:
    name: str  # "train", "test", or "" where the folder is not divided
    folder: Path
    classes: dict[str, Path]  # class name -> its folder


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    part: _Part
    label: str


def load(rest: str, base: Path) -> Bundle:
    """The images below a folder; a class is a folder's name, never its position.

    Where train/ stands beside test/ or val/ the data divides itself. With both test/ and val/, test/
    is the test set and val/ joins train/. Names compare without case; `validation`, `valid`,
    `training` and `testing` are understood. An image that cannot be decoded is listed in `skipped`.

    Args:
        rest: the folder, absolute or relative to `base`.
        base: the folder that relative paths start from.

    Raises:
        DataError: when the folder is missing, closed, holds fewer than two classes, a class without a
            readable image, or parts with different classes.
    """
    root = base / rest
    parts, skipped = _parts(root)
    classes = _classes(parts, root)
    files: list[_File] = []
    for part in parts:
        for label in classes:
            found = walk(part.classes[label])
            files += [_File(path, part, label) for path in found.files]
            skipped += found.others
    result = read([file.path for file in files])
    skipped += [(files[i].path, reason) for i, reason in result.bad]
    good = [files[i] for i in result.good]
    _check_no_class_is_empty(parts, good, skipped)
    numbers = {label: number for number, label in enumerate(classes)}
    return Bundle(
        name=f"folder:{rest}",
        images=result.images,
        labels=np.array([numbers[file.label] for file in good], np.int64),
        classes=classes,
        official=np.array([file.part.name for file in good]) if parts[0].name else None,
        skipped=tuple(Skipped(_text(path.relative_to(root)), reason) for path, reason in skipped),
        prints=result.images.prints,
    )


def unlabelled(rest: str, base: Path) -> Bundle:
    """All images below a folder, at any depth, as one class: for looking at them, not for training.

    Args:
        rest: the folder, absolute or relative to `base`.
        base: the folder that relative paths start from.

    Raises:
        DataError: when the folder is missing, closed, or holds no readable image.
    """
    root = base / rest
    found = walk(root)
    result = read(found.files)
    bad = [*found.others, *((found.files[i], reason) for i, reason in result.bad)]
    if not result.good:
        first = f" ({len(bad)} skipped, first {show(bad[0][0].name)}: {show(bad[0][1])})" if bad else ""
        raise DataError(f"wanted images in {show(root)}, got none{first}; name the folder that holds them")
    return Bundle(
        name=f"folder:{rest}",
        images=result.images,
        labels=np.zeros(len(result.good), np.int64),
        classes=(_text(root.name) or "images",),
        skipped=tuple(Skipped(_text(path.relative_to(root)), reason) for path, reason in bad),
        prints=result.images.prints,
    )


def _parts(root: Path) -> tuple[list[_Part], list[tuple[Path, str]]]:
    """The parts of a data set, and what lies around its class folders."""
    parts: list[_Part] = []
    skipped: list[tuple[Path, str]] = []
    for name, folder in _divide(root, skipped):
        inside = look(folder)
        skipped += [(path, "lies beside the class folders, so it has no class") for path in inside.files]
        skipped += inside.others
        parts.append(_Part(name, folder, {_text(path.name): path for path in inside.folders}))
    return parts, skipped


def _divide(root: Path, skipped: list[tuple[Path, str]]) -> list[tuple[str, Path]]:
    inside = look(root)
    words = {folder: folder.name.lower() for folder in inside.folders}
    present = set(words.values())
    if not (present & _TRAIN and present & _HELD_OUT):
        return [("", root)]
    strangers = sorted(present - _TRAIN - _HELD_OUT)
    if strangers:
        raise DataError(
            f"{show(root)}: wanted only train and test folders at this level, got also "
            f"{show(', '.join(strangers))}; move it, or rename the class called train"
        )
    skipped += [(path, "lies beside the train and test folders") for path in inside.files]
    skipped += inside.others
    tests = present & _TEST or present & _HELD_OUT
    return [("test" if word in tests else "train", folder) for folder, word in words.items()]


def _classes(parts: Sequence[_Part], root: Path) -> tuple[str, ...]:
    first, *rest = parts
    for part in rest:
        differing = sorted(first.classes.keys() ^ part.classes.keys())
        if differing:
            raise DataError(
                f"wanted the same classes in {show(first.folder)} and {show(part.folder)}, got "
                f"{show(', '.join(differing))} in one of them; add or remove these folders"
            )
    if len(first.classes) <= 1:
        got = f"only {show(next(iter(first.classes)))}" if first.classes else "none"
        raise DataError(
            f"{show(root)}: wanted at least two folders, one per class, got {got}; "
            f"name the folder that holds the class folders (links to folders are not followed)"
        )
    return tuple(sorted(first.classes))


def _check_no_class_is_empty(
    parts: Sequence[_Part], good: Sequence[_File], skipped: Sequence[tuple[Path, str]]
) -> None:
    filled = {file.part.classes[file.label] for file in good}
    for folder in (folder for part in parts for folder in part.classes.values()):
        if folder in filled:
            continue
        reasons = [f"{show(path.name)}: {reason}" for path, reason in skipped if folder in path.parents]
        got = f"none ({len(reasons)} skipped, first {reasons[0]})" if reasons else "an empty folder"
        raise DataError(f"wanted a readable image in class folder {show(folder)}, got {got}; add images or remove it")


def _text(name: str | Path) -> str:
    r"""A file name as text that encodes; bytes that are not UTF-8 become `\xNN`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


ORIGINS.add(Origin(name="folder", names=("folder:PATH",), load=load, unlabelled=unlabelled))
