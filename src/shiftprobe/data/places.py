"""Data that is named by a path: whether there is anything at the place."""

from collections.abc import Iterable
from pathlib import Path

from shiftprobe.core.errors import DataError, SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.registry import suggest


def check_place(name: str, what: str, base: Path = Path()) -> None:
    """Refuse a path that leads nowhere, with the one beside it that was probably meant.

    Args:
        name: data by name or path.
        what: the key or flag that named it.
        base: the folder that relative paths start from.

    Raises:
        DataError: when it is neither there nor data by name (ORIGIN:NAME).
    """
    path = base / name
    try:
        if ":" in name or path.exists():
            return
        beside = sorted(one.name for one in path.parent.iterdir()) if path.parent.is_dir() else []
    except OSError:
        beside = []
    hint = suggest(path.name, beside)
    raise DataError(f"{what} {escape(name)}: no such folder or manifest{hint}; data by name is written ORIGIN:NAME")


def check_apart(out: Path, names: Iterable[object], base: Path = Path(), flag: str = "--out") -> None:
    """Refuse to write into a folder that images are read from, where every folder is a class.

    Args:
        out: the folder that is written into.
        names: data by name or path; objects in memory have no place.
        base: the folder that relative paths start from.
        flag: that names `out`.

    Raises:
        SpecError: when `out` is such a folder, or lies in one.
    """
    for name in names:
        folder = _folder(str(name), base) if isinstance(name, str | Path) else None
        if folder is not None and folder in (out.resolve(), *out.resolve().parents):
            raise SpecError(
                f"{flag} {escape(out)}: wanted a place beside the data, got one in {escape(folder)}, where every "
                f"folder is a class; choose another place with {flag}"
            )


def _folder(name: str, base: Path) -> Path | None:
    """The folder that data lies in; None where it has another origin."""
    prefix, colon, rest = name.partition(":")
    try:
        path = base / (rest if colon and prefix in {"folder", "links"} else name)
        return path.resolve() if path.is_dir() else None
    except (OSError, ValueError):  # longer than any path
        return None
