"""Tables and tiles as plain data: text, what it rests on, and a numbered note for what is missing."""

from dataclasses import dataclass, field, replace

from markupsafe import Markup

from shiftprobe.report.kit import wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One cell: its text, what it rests on, the value to sort by, and the number of its note."""

    main: str
    small: tuple[str, ...] = ()
    sort: float | str = ""
    note: int | None = None
    kind: str = ""  # a verdict, drawn with its icon
    arm: str = ""  # drawn with its line and mark
    figure: Markup | None = None  # drawn before the text


@dataclass(frozen=True, slots=True)
class Notes:
    """Reasons in the order they are met, each once."""

    reasons: list[str] = field(default_factory=list)

    def number(self, reason: str) -> int:
        """The number of a reason, from 1."""
        said = reason or wording.NO_REASON
        if said not in self.reasons:
            self.reasons.append(said)
        return self.reasons.index(said) + 1

    @property
    def said(self) -> tuple[str, ...]:
        """All of them, the first is number 1."""
        return tuple(self.reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Heads (word, unit), rows and the notes their entries point to."""

    caption: str
    heads: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Entry, ...], ...]
    notes: tuple[str, ...]
    sortable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A number large enough to be read first, and what it rests on."""

    label: str
    number: str
    unit: str
    basis: str


def counted_once(table: Table) -> Table:
    """The same table with a count that a whole column shares ('n = 1,000 images') moved to the column's head."""
    heads, rows = list(table.heads), [list(row) for row in table.rows]
    for i, (word, unit) in enumerate(heads):
        told = [[line for line in row[i].small if line.startswith("n = ")] for row in rows if row[i].small]
        if len(told) < 2 or not told[0] or any(lines != told[0] for lines in told):  # noqa: PLR2004 - worth a head
            continue
        heads[i] = (word, "; ".join(filter(None, (unit, *told[0]))))
        for row in rows:
            row[i] = replace(row[i], small=tuple(line for line in row[i].small if line not in told[0]))
    return replace(table, heads=tuple(heads), rows=tuple(map(tuple, rows)))
