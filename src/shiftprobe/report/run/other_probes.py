"""What probes found that no section draws, such as a probe of one's own: every measure, in a table."""

from collections.abc import Iterator

from shiftprobe.core.types import IDENTITY
from shiftprobe.report.kit import wording
from shiftprobe.report.kit.contents import ReadRun, natural
from shiftprobe.report.kit.drawn import is_drawn
from shiftprobe.report.kit.measures import LayerMeasure, LayerPlace, Measure, averaged
from shiftprobe.report.kit.table import Entry, Notes, Table

HEADS = (
    ("measure", ""), ("network", ""), ("tap", ""), ("against", ""), ("shift", ""), ("severity", "0 to 1"),
    ("value", "interval, n"), ("unit", ""),
)  # fmt: skip


def section(run: ReadRun) -> tuple[Table, ...]:
    """A table per probe, in the order of their names; empty where every probe has its chart."""
    rows = [row for row in run.rows if not is_drawn(row.probe)]
    return tuple(_table(run, probe, [row for row in rows if row.probe == probe]) for probe in sorted(_names(rows)))


def _names(rows: list[Measure]) -> set[str]:
    return {row.probe for row in rows}


def _table(run: ReadRun, probe: str, rows: list[Measure]) -> Table:
    notes, units = Notes(), {row.metric: row.unit for row in rows}
    found = averaged(rows, max(run.summary.budgets, default=None))
    places = sorted(found, key=lambda place: _order(run, place))
    lines = tuple((*_address(place), _value(found[place], notes), _word(units[place.metric])) for place in places)
    return Table(caption=f"Probe {wording.name(probe)}", heads=HEADS, rows=lines, notes=notes.said)


def _order(run: ReadRun, place: LayerPlace) -> tuple[str, str, str, int, tuple[tuple[int, str], ...], int, float]:
    """By measure and network, taps in depth order, shifts in the run's order and mild before strong."""
    taps, shifts = run.summary.taps, run.summary.shifts
    depth = taps.index(place.tap) if place.tap in taps else len(taps)
    shift = shifts.index(place.condition.shift) if place.condition.shift in shifts else -1
    return (place.metric, place.arm, place.versus, depth, natural(place.tap), shift, place.condition.severity)


def _address(place: LayerPlace) -> Iterator[Entry]:
    where = place.condition
    shift = "none (unshifted)" if where.shift == IDENTITY else where.shift
    yield from map(_word, (place.metric, place.arm, place.tap, place.versus, shift))
    yield Entry(main=f"{where.severity:g}", sort=where.severity)


def _word(text: str) -> Entry:
    return Entry(main=text or wording.DASH, sort=text)


def _value(one: LayerMeasure, notes: Notes) -> Entry:
    """The number with its interval (of several seeds the smallest and the largest) and what it rests on."""
    if one.value is None:
        return Entry(main="n/a", note=notes.number(one.reason))
    ends = "" if one.low is None or one.high is None else f"{_number(one.low)} to {_number(one.high)}"
    n = "" if one.n is None else f"n = {one.n:,}"
    seeds = f"{one.seeds} seeds" if one.seeds > 1 else ""
    note = notes.number(one.reason) if one.reason else None
    return Entry(main=_number(one.value), small=tuple(filter(None, (ends, seeds, n))), sort=one.value, note=note)


def _number(value: float) -> str:
    return f"{value:.4g}".replace("-", wording.MINUS)
