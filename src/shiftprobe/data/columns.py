"""Columns of a table of the Hugging Face hub: which holds images, which classes, and what stands in their cells."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.data.decode import opened, opened_bytes
from shiftprobe.data.entries import MAX_NAME
from shiftprobe.data.labelled import LabelledItem
from shiftprobe.data.multi_label import several
from shiftprobe.data.walk import class_name, kind

LABELS = ("label", "labels", "class", "target")
IMAGES = ("image", "img")


@dataclass(frozen=True, slots=True)
class Item:
    """An encoded image in a table; our own decoder opens it, never the library's."""

    table: Any  # datasets.Dataset whose images are bytes or paths
    column: str
    part: str
    place: int

    def __str__(self) -> str:
        """Part and row."""
        return f"{escape(self.part)}/{self.place}"

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Its encoded bytes.

        Raises:
            DataError: the reason in a few words.
        """
        cell = self.table[self.place][self.column]
        if not cell or (cell.get("bytes") is None and not cell.get("path")):
            raise DataError("an empty cell")
        if cell.get("bytes") is not None:
            with opened_bytes(cell["bytes"]) as file:
                yield file
            return
        path = Path(cell["path"])
        if not path.is_absolute() or kind(path) != "file":  # an address is never followed
            raise DataError(f"wanted pixels or a local file, got {escape(cell['path'], 60)}")
        with opened(path) as file:
            yield file


def items(table: Any, part: str, where: str) -> list[Item]:
    """Every image of a table, still encoded.

    Raises:
        DataError: when no column, or more than one, could hold the images.
    """
    import datasets

    column = chosen([name for name, kind in table.features.items() if isinstance(kind, datasets.Image)], IMAGES)
    if column is None:
        raise DataError(f"{where}: wanted one column of images, got none that is called image; keep one with that name")
    encoded = table.with_format(None).select_columns([column]).cast_column(column, datasets.Image(decode=False))
    return [Item(encoded, column, part, place) for place in range(len(encoded))]


def labelled(table: Any, part: str, where: str) -> list[LabelledItem]:
    """Every image of a table with its class, and its domain and group where there are columns of these names.

    Raises:
        DataError: when the columns cannot be told, or a domain or a group is missing.
    """
    labels = _names(table, _label_column(table, where), where)
    domains = _filled(table, "domain", part, where) or [""] * len(table)
    found, groups = items(table, part, where), belonging(table, part, where)
    return [
        LabelledItem(item=item, part=part, label=label, domain=domain, group=group)
        for item, label, domain, group in zip(found, labels, domains, groups, strict=True)
    ]


def belonging(table: Any, part: str, where: str) -> list[str] | list[None]:
    """What every image belongs together with: the cells of a column `group`; None each where there is none.

    Raises:
        DataError: when a cell is empty.
    """
    return _filled(table, "group", part, where) or [None] * len(table)


def _filled(table: Any, column: str, part: str, where: str) -> list[str]:
    """A column in which every row says something; empty where there is no such column."""
    values = _names(table, column, where) if column in table.features else []
    if None in values:
        raise DataError(f"{where}: wanted a {column} in every row of {escape(part)}, got rows without; fill them")
    return [str(value) for value in values]


def _label_column(table: Any, where: str) -> str:
    import datasets

    named = {name: kind for name, kind in table.features.items() if name not in {"domain", "group"}}
    told = [name for name, kind in named.items() if isinstance(kind, datasets.ClassLabel)]
    plain = [name for name, kind in table.features.items() if isinstance(kind, datasets.Value) and name in LABELS]
    column = chosen(told or plain, LABELS)
    if column is None:
        if lists := [name for name, kind in named.items() if name in LABELS and hasattr(kind, "feature")]:
            raise several(where, f"a list of them in column {escape(lists[0])}")
        got = escape(", ".join(told or table.features))
        raise DataError(f"{where}: wanted one column of classes, got {got}; rename the right one to label")
    return column


def chosen(found: Sequence[str], usual: tuple[str, ...]) -> str | None:
    """The only one, or the one that goes by a usual name."""
    return found[0] if len(found) == 1 else next((name for name in usual if name in found), None)


def _names(table: Any, column: str, where: str) -> list[str | None]:
    """The column as text; None where a cell holds no class."""
    values = list(table.with_format(None)[column])
    known = getattr(table.features[column], "names", None)
    if known is not None:
        return [known[value] if value is not None and 0 <= value < len(known) else None for value in values]
    names = [None if value is None else str(value).strip() or None for value in values]
    if any(len(name) > MAX_NAME for name in names if name):
        raise DataError(
            f"{where}: wanted names of at most {MAX_NAME} characters in column {escape(column)}, got longer"
        )
    return names


def classes(tables: Collection[Any], where: str) -> tuple[str, ...]:
    """All classes the data set declares, in its own order; or those that occur, sorted.

    Raises:
        DataError: when its parts declare different ones.
    """
    declared = {tuple(getattr(table.features[_label_column(table, where)], "names", ())) for table in tables}
    if len(declared) > 1:
        raise DataError(f"{where}: wanted the same classes in all parts, got different ones; name one part")
    names = declared.pop()
    if not names:
        seen = {name for table in tables for name in _names(table, _label_column(table, where), where) if name}
        names = tuple(sorted(seen))
    return tuple(map(class_name, names))
