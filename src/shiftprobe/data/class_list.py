"""Names of classes in a file beside the data, one a line in label order."""

from pathlib import Path

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.core.regular_file import open_regular

NAME = "classes.txt"
_MAX_BYTES = 2**20


def names_beside(folder: Path) -> tuple[str, ...] | None:
    """The names that `classes.txt` in a folder holds; None where there is none.

    Raises:
        DataError: when a line is empty, or it is too long.
        OSError: when it cannot be opened; of text that is not UTF-8 a ValueError.
    """
    path = folder / NAME
    if not path.is_file():
        return None
    file, _ = open_regular(path, links=True)
    with file:
        content = file.read(_MAX_BYTES + 1)
    lines = tuple(line.strip() for line in content.decode("utf-8-sig").rstrip().split("\n"))
    if len(content) > _MAX_BYTES or not all(lines):
        raise DataError(f"{escape(path)}: wanted one class name a line, got an empty line or over 1 MiB; mend the file")
    return lines
