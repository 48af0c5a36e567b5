"""The parts of a folder of photographs, train/ and test/ or val/, and the class folders in them."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from shiftprobe.core.errors import DataError, NoTestImagesError
from shiftprobe.core.escape import escape
from shiftprobe.core.words import counted
from shiftprobe.data.claims import claims_picture
from shiftprobe.data.parts import HELD_OUT, TRAIN, divides, part_of
from shiftprobe.data.walk import A_CIRCLE, FollowedLinks, Listing, class_name, look, walk


@dataclass(frozen=True, slots=True)
class FolderPart:
    """One part of a data set, or the whole where it is not divided."""

    name: str  # "train", "test", or "" where the folder is not divided
    folder: Path
    classes: dict[str, Path]  # class name -> its folder


def parts_of(root: Path, links: FollowedLinks | None) -> tuple[list[FolderPart], list[tuple[Path, str]]]:
    """The parts of a data set, and what lies around its class folders, each with the reason.

    Args:
        root: its folder.
        links: which links to folders are entered; None: none.

    Raises:
        DataError: when a folder is closed to us, or what lies beside train and test has no place there.
    """
    parts: list[FolderPart] = []
    around: list[tuple[Path, str]] = []
    for name, folder in _divide(root, around, links):
        inside = look(folder, links)
        around += [(path, "lies beside the class folders, so it has no class") for path in inside.files]
        around += inside.others
        _check_places(inside)
        parts.append(FolderPart(name, folder, _by_name(inside.folders)))
    return parts, around


def _check_places(inside: Listing) -> None:
    """Refuse two class folders that a link makes one."""
    known = {folder.resolve(): folder for folder in inside.folders}
    for path, reason in inside.others:
        if reason == A_CIRCLE and (other := known.get(path.resolve())) is not None:
            raise DataError(
                f"{escape(path.parent)}: wanted a place of its own for every class, got {escape(other.name)} and "
                f"{escape(path.name)}, which are one place; remove one of them"
            )


def _by_name(folders: Sequence[Path]) -> dict[str, Path]:
    named = {class_name(path.name): path for path in folders}
    if len(named) < len(folders):
        name = next(class_name(path.name) for path in folders if path not in named.values())
        raise DataError(
            f"{escape(folders[0].parent)}: two class folders are called {escape(name)}; rename or join them"
        )
    return named


def _divide(root: Path, around: list[tuple[Path, str]], links: FollowedLinks | None) -> list[tuple[str, Path]]:
    inside = look(root, links)
    words = {folder: folder.name.lower() for folder in inside.folders}
    if not divides(set(words.values())):
        return [("", root)]
    notes = {path for path, word in words.items() if word not in TRAIN | HELD_OUT and not _has_picture(path)}
    around += [(path, "a folder without a picture") for path in sorted(notes)]
    words = {folder: word for folder, word in words.items() if folder not in notes}
    trains_or_tests = part_of(
        set(words.values()),
        f"{escape(root)}: wanted only train and test folders at this level",
        "move it, or rename the class called train",
    )
    around += [(path, "lies beside the train and test folders") for path in inside.files]
    around += inside.others
    return [(trains_or_tests[word], folder) for folder, word in words.items()]


def _has_picture(folder: Path) -> bool:
    found = walk(folder)
    return any(claims_picture(path) for path in (*found.files, *(path for path, _ in found.others)))


def check_classes(parts: Sequence[FolderPart], root: Path, *, few: bool, follow: bool) -> None:
    """Refuse data without classes, or whose parts differ in theirs.

    Args:
        parts: of the data.
        root: its folder.
        few: whether one class is enough, and parts may differ.
        follow: whether links to folders were followed.

    Raises:
        DataError: naming the classes.
    """
    first, *rest = parts
    for part in rest:
        differing = sorted(first.classes.keys() ^ part.classes.keys())
        if differing and not few:
            spelt = len({name.casefold() for name in differing}) < len(differing)
            raise DataError(
                f"wanted the same classes in {escape(first.folder)} and {escape(part.folder)}, got "
                f"{escape(', '.join(differing))} in one of them; "
                f"{'spell them alike' if spelt else 'add or remove these folders'}"
            )
    names = {name for part in parts for name in part.classes}
    if len(names) <= (0 if few else 1):
        got = f"only {escape(next(iter(names)))}" if names else "none"
        wanted = "a folder per class" if few else "at least two folders, one per class"
        linked = "" if follow else f" (links to folders are followed in links:{escape(root)} alone)"
        raise DataError(
            f"{escape(root)}: wanted {wanted}, got {got}; name the folder that holds the class folders{linked}, or a "
            "list of what lies there (a CSV of path,label)"
        )


def check_held_out(parts: Sequence[FolderPart], read: AbstractSet[str], bad: Sequence[tuple[Path, str]]) -> None:
    """Refuse a folder that has a part to judge on and no image of a class in it: what trained never judges instead.

    Args:
        parts: of the data.
        read: names of those that gave an image.
        bad: what gave none, with the reason.

    Raises:
        NoTestImagesError: naming that part, with what to do.
    """
    held_out = [part.folder for part in parts if part.name == "test"]
    if not held_out or "test" in read:
        return
    where = held_out[0]
    inside = [(path, reason) for path, reason in bad if where in path.parents]
    got = f"{counted(len(inside), 'file')} without one, first {escape(inside[0][0].name)}" if inside else "none"
    train = next((part.folder for part in parts if part.name == "train"), where.parent)
    raise NoTestImagesError(
        f"wanted pictures in class folders in {escape(where)}, got {got}; the training images are not judged instead: "
        f"name a list of what lies there (a CSV of path,label, or lines of NAME LABEL in a .txt), or {escape(train)}"
    )
