"""Class by class: a table, lowest first, and what is taken for what."""

from collections.abc import Sequence
from dataclasses import dataclass

from shiftprobe.auditing.measurements import ClassAccuracy, Confusion
from shiftprobe.auditing.outputs import wording
from shiftprobe.core.escape import escape
from shiftprobe.report.audit.marks import Span, track
from shiftprobe.report.audit.rows import WHOLE, IntervalRow, IntervalRows, share
from shiftprobe.report.kit.table import Entry, Notes, Table

WEAKEST = 5  # classes that stand open
MAX_ROWS = 200  # rows of the table
MAX_CLASSES = 30  # classes of a heat map
SHADES = 10
MAX_NAME = 30
BRIEF = 4  # characters of a name that fits over a column


def weakest(found: Sequence[ClassAccuracy]) -> IntervalRows | None:
    """The classes with the lowest accuracy; None without any."""
    known = sorted((one for one in found if one.accuracy is not None), key=lambda one: (one.accuracy or 0.0, one.name))
    if not known:
        return None
    return IntervalRows(rows=tuple(_line(one) for one in known[:WEAKEST]), left="0 %", right="100 %")


def _line(one: ClassAccuracy) -> IntervalRow:
    said = share(one.accuracy, one.low, one.high, one.n)
    taken = (f"{one.taken:,} taken for {escape(one.taken_for, MAX_NAME)}",) if one.taken and one.taken_for else ()
    span = Span(value=one.accuracy, low=one.low, high=one.high, kind="k-measured")
    return IntervalRow(name=escape(one.name, MAX_NAME), amount=said, figure=track(span, WHOLE, said), small=taken)


def table(found: Sequence[ClassAccuracy], of: str = "") -> Table | None:
    """Every class with its interval; None without any. `of` says whose they are."""
    if not found:
        return None
    notes = Notes()
    ordered = sorted(found, key=lambda one: (one.accuracy is None, one.accuracy or 0.0, one.name))
    left = len(found) - MAX_ROWS
    more = f"; {left:,} with a higher accuracy are left out" if left > 0 else ""
    return Table(
        caption=f"{len(found):,} classes{of and f' {of}'}, lowest accuracy first{more}",
        heads=(("class", ""), ("accuracy", "%, interval of its images"), ("n", "images"), ("most taken for", "images")),
        rows=tuple(_row(one, notes) for one in ordered[:MAX_ROWS]),
        notes=notes.said,
    )


def _row(one: ClassAccuracy, notes: Notes) -> tuple[Entry, ...]:
    name, n = Entry(main=one.name, sort=one.name), Entry(main=f"{one.n:,}", sort=float(one.n))
    if one.accuracy is None:
        gone = Entry(main="n/a", note=notes.number("no image of this class was looked at"))
        return (name, gone, n, Entry(main=""))
    ends = () if one.low is None or one.high is None else (_between(one.low, one.high),)
    span = Span(value=one.accuracy, low=one.low, high=one.high, kind="k-measured")
    said = f"{wording.number(one.accuracy, 'fraction')} of class {escape(one.name, MAX_NAME)} right"
    value = Entry(
        main=wording.bare(one.accuracy, "fraction"), small=ends, sort=one.accuracy, figure=track(span, WHOLE, said)
    )
    taken = f"{escape(one.taken_for, MAX_NAME)} ({one.taken:,})" if one.taken_for is not None and one.taken else ""
    return (name, value, n, Entry(main=taken, sort=float(one.taken or 0)))


def _between(low: float, high: float) -> str:
    return f"{wording.bare(low, 'fraction')} to {wording.bare(high, 'fraction')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatCell:
    """Images of one label that got one answer."""

    count: int
    shade: int  # 0 to 10, by the share of the label's images
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """The confusion map, rows are labels."""

    names: tuple[str, ...]
    heads: tuple[str, ...]  # of the columns: names where they are short, else numbers
    rows: tuple[tuple[HeatCell, ...], ...]
    finding: str


def heat(found: Confusion | None) -> Heat | None:
    """None where there is none, or where it would have more than 30 classes or no square shape."""
    if found is None or not 0 < len(found.classes) <= MAX_CLASSES:
        return None
    size = len(found.classes)
    if len(found.counts) != size or any(len(row) != size for row in found.counts):
        return None
    rows = tuple(tuple(_cell(found, i, j) for j in range(size)) for i in range(size))
    brief = all(len(name) <= BRIEF for name in found.classes)
    heads = found.classes if brief else tuple(f"{i + 1}" for i in range(size))
    return Heat(names=found.classes, heads=heads, rows=rows, finding=_finding(found))


def _cell(found: Confusion, i: int, j: int) -> HeatCell:
    count, n = found.counts[i][j], sum(found.counts[i])
    label, answer = (escape(found.classes[place], MAX_NAME) for place in (i, j))
    return HeatCell(
        count=count,
        shade=round(SHADES * count / n) if n else 0,
        said=f"{count:,} of {n:,} images of {label} answered {answer}",
    )


def _finding(found: Confusion) -> str:
    """The most frequent mistake, as a count; no claim beyond these images."""
    size = range(len(found.classes))
    wrong = [(found.counts[i][j], i, j) for i in size for j in size if i != j]
    count, i, j = max(wrong, key=lambda one: one[0], default=(0, 0, 0))
    if not count:
        return "No image of these was answered wrongly."
    label, answer = (escape(found.classes[place], MAX_NAME) for place in (i, j))
    n = sum(found.counts[i])
    return f"The most frequent mistake here: {label} answered as {answer}, {count:,} of {n:,} images of {label}."
