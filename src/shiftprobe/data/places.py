"""Data that is named by a path: whether there is anything at the place."""

from pathlib import Path

from shiftprobe.core.errors import DataError
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
