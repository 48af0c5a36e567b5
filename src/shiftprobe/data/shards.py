"""Data in files beside each other, as parquet tables and tar archives come: found, ordered, and told apart by part."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.data.claims import named_picture
from shiftprobe.data.parts import HELD_OUT, TRAIN
from shiftprobe.data.walk import check_no_own, exists, walk

OF_NO_PART = "unnamed"
"""The part of a shard whose name says none, where others do."""

MAX_SHARDS = 100_000
_MOST_LOOKED_AT = 10_000  # names below a folder that are enough to say what it holds
_DEEPEST = 3  # folders between a data set's own and its shards
_RANGE = re.compile(r"\{(\d{1,9})\.\.(\d{1,9})\}")


@dataclass(frozen=True, slots=True)
class Shard:
    """One file of several that make up some data."""

    path: Path
    name: Path  # from the folder that was named
    part: str  # as its name, or a folder's above it, says in lower case


def shards(rest: str, base: Path, suffixes: tuple[str, ...]) -> tuple[Shard, ...]:
    """The files that a name stands for, in the order of their names.

    Args:
        rest: a file, a folder that holds them at any depth, or files by a pattern (`*`, `{0000..0011}`); behind a colon
            the part that is wanted, as in "photos:test".
        base: the folder that relative paths start from.
        suffixes: how their names may end, in lower case; the first is that of what is read.

    Raises:
        DataError: when there is none, or none of that part.
    """
    name, part = _divided(rest, base)
    check_no_own(base / name)
    found = _found(name, base, suffixes)
    if not found:
        raise DataError(
            f"wanted files that end in {suffixes[0]} at {escape(base / name)}, got none; name such a file or the "
            "folder that holds them"
        )
    if not part:
        return found
    kept = tuple(one for one in found if one.part == part.lower())
    if not kept:
        parts = ", ".join(sorted({one.part for one in found}))
        raise DataError(f"{escape(name)}: wanted a part called {escape(part)}, got {escape(parts)}; name one")
    return kept


def are_shards(path: Path, suffixes: tuple[str, ...]) -> bool:
    """Whether a path is such a file, or a folder of them and of no pictures, by the first names in it."""
    if path.is_file():
        return path.name.lower().endswith(suffixes)
    found = False
    for place, name in enumerate(_names(path, _DEEPEST)):
        if named_picture(name) or place >= _MOST_LOOKED_AT:
            return False
        found = found or name.lower().endswith(suffixes)
    return found


def without_part(rest: str, base: Path) -> str:
    """The name of some data without the part behind its colon."""
    return _divided(rest, base)[0]


def _divided(rest: str, base: Path) -> tuple[str, str]:
    name, colon, part = rest.rpartition(":")
    return (name, part) if colon and name and not exists(base / rest) else (rest, "")


def _found(name: str, base: Path, suffixes: tuple[str, ...]) -> tuple[Shard, ...]:
    place = base / name
    try:
        if place.is_dir():
            files = [one for one in walk(place).files if one.name.lower().endswith(suffixes)]
            return tuple(_shard(one, one.relative_to(place)) for one in files)
        if place.exists() or not {"*", "{"} & set(place.name):
            return (Shard(place, Path(place.name), OF_NO_PART),) if place.exists() else ()
        return tuple(_shard(one, Path(one.name)) for one in _matching(place))
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the path
        raise DataError(f"{escape(place)}: {escape(getattr(error, 'strerror', None) or error)}; check it") from None


def _shard(path: Path, name: Path) -> Shard:
    return Shard(path, name, _part(name))


def _matching(place: Path) -> list[Path]:
    """The files of a pattern; every one of a range must be there."""
    spread = _RANGE.search(place.name)
    if spread is None:
        return sorted((one for one in place.parent.glob(place.name) if one.is_file()), key=os.fsencode)
    first, last = int(spread[1]), int(spread[2])
    if last - first >= MAX_SHARDS:
        raise DataError(f"{escape(place)}: wanted at most {MAX_SHARDS:,} files, got more; name a folder")
    names = [_RANGE.sub(str(number).zfill(len(spread[1])), place.name, count=1) for number in range(first, last + 1)]
    missing = next((name for name in names if not (place.parent / name).is_file()), None)
    if missing is not None:
        raise DataError(f"wanted all files of {escape(place)}, got no {escape(missing)}; name those that are there")
    return [place.parent / name for name in names]


def _part(path: Path) -> str:
    """The first word for a part in a file's name, else in that of the nearest folder above it."""
    known = TRAIN | HELD_OUT
    for name in (path.name, *(one.name for one in path.parents)):
        words = re.split(r"[^a-z]+", name.lower())
        if found := next((word for word in words if word in known), ""):
            return found
    return OF_NO_PART


def _names(folder: Path, depth: int) -> Iterator[str]:
    """Names of the files of a folder, its own before those of its folders; links are not followed."""
    below: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for one in entries:
                if one.name.startswith("."):
                    continue
                if one.is_dir(follow_symlinks=False):
                    below.append(one.path)
                else:
                    yield one.name
    except OSError:
        return
    for path in sorted(below) if depth else []:
        yield from _names(Path(path), depth - 1)
