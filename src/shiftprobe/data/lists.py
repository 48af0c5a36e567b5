"""Lists without a header, as they lie beside flat folders of pictures: a name and its class on every line."""

from pathlib import Path

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.data.entries import MAX_ROWS, ImageTable, content, entry, table

PLAIN = ".txt"
SUFFIXES = frozenset({".csv", ".tsv", PLAIN})
"""How manifests are called."""

_BESIDE = ("images", "val", "test", "train")  # folders that such a list may speak of, beside the one of its own name


def table_of(file: Path, gap: str | None = None) -> ImageTable:
    """The entries of a manifest: with a header, or of a text file without one.

    Args:
        file: the manifest.
        gap: the class that an empty cell in the column label stands for; None: such a cell is refused.

    Raises:
        DataError: as `entries.table`, and when a line of a text file is not a name and a class.
    """
    return _listed(file) if file.suffix.lower() == PLAIN else table(file, gap)


def _listed(file: Path) -> ImageTable:
    """Lines of NAME LABEL: between tabs the first two cells, else the class is the last word.

    A name starts from the list's folder, or from the folder beside it that is called as the list, `images`, `val`,
    `test` or `train`, whichever holds the first.
    """
    where = escape(file)
    rows: list[tuple[int, str, str]] = []
    for line, text in enumerate(content(file).splitlines(), 1):
        if not text.strip():
            continue
        cells = text.strip().split("\t")[:2] if "\t" in text.strip() else text.strip().rsplit(None, 1)
        if len(cells) == 1:
            raise DataError(
                f"{where}, line {line}: wanted NAME LABEL, got {escape(cells[0], 40)} alone; write the class behind "
                "it, or a CSV with the header path,label"
            )
        rows.append((line, cells[0].strip(), cells[1].strip()))
        if len(rows) > MAX_ROWS:
            raise DataError(f"{where}: wanted at most {MAX_ROWS:,} rows, got more; divide it")
    if not rows:
        raise DataError(f"{where}: wanted lines of NAME LABEL, got none; name another file")
    begin = _begin(file, rows[0][1])
    entries = [
        entry({"path": begin + name, "label": label}, line, f"{where}, line {line}") for line, name, label in rows
    ]
    return ImageTable(frozenset({"path", "label"}), tuple(entries))


def _begin(file: Path, first: str) -> str:
    """What goes before every name."""
    places = ("", *(f"{name}/" for name in (file.stem, *_BESIDE)))
    return next((place for place in places if _is_file(file.parent / (place + first))), "")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # longer than any path, a NUL
        return False
