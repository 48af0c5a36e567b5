"""Prediction sets on an audit's page: what they promise, and where that is kept. Computes no statistic."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from shiftprobe.auditing.measurements import PredictionSets, SetsDial, SizeCoverage
from shiftprobe.auditing.outputs import wording
from shiftprobe.core.escape import escape
from shiftprobe.core.words import listed
from shiftprobe.report.audit import rows
from shiftprobe.report.kit import charts, svg
from shiftprobe.report.kit.table import Entry, Table

TOP, BOTTOM = 24.0, 206.0  # of the plot, user units
MAX_NAME = 40
MAX_LINES = 8  # shifts with a colour of their own
SCORES = {
    "lac": "one less the probability of a class (LAC): the smallest sets on average, at times none at all",
    "aps": "the probability of a class and of all likelier ones (APS): sets grow where images are hard",
    "raps": "APS with a price on every class beyond the fifth (RAPS)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A line of the chart: its look and its shift."""

    look: int
    shift: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetsSection:
    """What the page says and draws of prediction sets."""

    finding: str
    figure: Markup | None
    keys: tuple[Key, ...]
    table: Table
    score: str
    calibrated: int


def section(found: PredictionSets | None) -> SetsSection | None:
    """None where sets were not looked at."""
    if found is None:
        return None
    shown = dict(list(found.dials.items())[:MAX_LINES])
    severities = tuple(sorted({dose for dial in shown.values() for dose in dial.severities}))
    said = finding(found)
    return SetsSection(
        finding=said,
        figure=_draw(shown, severities, found.promised, said) if len(severities) > 1 else None,
        keys=tuple(Key(look=i, shift=shift, said=_broken(dial)) for i, (shift, dial) in enumerate(shown.items())),
        table=_table(found),
        score=SCORES.get(found.score, escape(found.score, MAX_NAME)),
        calibrated=found.calibrated,
    )


def finding(found: PredictionSets) -> str:
    """'Sets that hold the right class 90.0 % of the time at home hold it 71.0 % (66.0 to 76.0) on the target; ...'."""
    home = found.home.coverage
    held = wording.number(found.promised if home is None else home, "fraction")
    promised = wording.number(found.promised, "fraction")
    parts = [f"Sets that promise {promised} hold the right class {held} of the time at home"]
    there = found.target
    if there is not None and there.coverage is not None:
        parts.append(f"{rows.share(there.coverage, there.low, there.high, there.n)} on the target")
    said = " and ".join(parts)
    broken = {shift: one.broken_from for shift, one in found.dials.items() if one.broken_from is not None}
    if not found.dials:
        return f"{said}."
    if not broken:
        return f"{said}; under no shift is the promise shown to break."
    first = min(broken.values())
    names = [escape(shift, MAX_NAME) for shift, dose in broken.items() if dose == first]
    later = len(broken) - len(names)
    more = f", under {later} more later" if later else ""
    return f"{said}; under {listed(names)} the promise breaks from severity {first:g}{more}."


def _broken(dial: SetsDial) -> str:
    return "not shown to break" if dial.broken_from is None else f"breaks from {dial.broken_from:g}"


def _table(found: PredictionSets) -> Table:
    """Home and target side by side: coverage, sizes, and coverage by size."""
    sides = [("at home", found.home), *([("on the target", found.target)] if found.target is not None else [])]
    lines = [
        ("right class in the set", [rows.share(one.coverage, one.low, one.high, one.n) for _, one in sides]),
        ("classes in a set, on average", [f"{one.size:.2f}" for _, one in sides]),
        ("sets of one class", [wording.number(one.single, "fraction") for _, one in sides]),
        ("sets of none", [wording.number(one.empty, "fraction") for _, one in sides]),
    ]
    by_size = [{(one.least, one.most): one for one in side.by_size} for _, side in sides]
    sizes = sorted({size for side in by_size for size in side}, key=lambda one: one[0])
    lines += [
        (f"right class in sets of {_size(*size)}", [_covered(side.get(size)) for side in by_size]) for size in sizes
    ]
    return Table(
        caption="Prediction sets at home, where each half judges the other's, and on the target",
        heads=(("measured", ""), *((word, "") for word, _ in sides)),
        rows=tuple((Entry(main=name), *(Entry(main=one) for one in amounts)) for name, amounts in lines),
        notes=(),
        sortable=False,
    )


def _size(least: int, most: int | None) -> str:
    if most is None:
        return f"{least} and more"
    return f"{least}" if least == most else f"{least} to {most}"


def _covered(one: SizeCoverage | None) -> str:
    return "" if one is None else rows.share(one.coverage, one.low, one.high, one.n)


def _draw(dials: Mapping[str, SetsDial], severities: tuple[float, ...], promised: float, said: str) -> Markup:
    """One line per shift, and the level that is promised."""
    known = [100 * one for dial in dials.values() for one in (*dial.low, *dial.high) if one is not None]
    low, high = min([*known, 100 * promised]) // 10 * 10, 100.0
    scale, axis = svg.Scale((min(low, 90.0), high), (BOTTOM, TOP)), charts.severity_axis(severities)
    level = scale(100 * promised)
    word = svg.text(svg.LEFT + 3, level - 4, f"promised {100 * promised:.3g} %", "floorword", "start")
    marks = [*charts.grid_lines(scale, 5, ".0f"), charts.foot(axis, BOTTOM)]
    marks += [svg.line((svg.LEFT, level), (svg.RIGHT, level), "floor"), word]
    for i, (shift, dial) in enumerate(dials.items()):
        marks += _line(i, shift, dial, (axis, severities, scale))
    marks.append(svg.text(svg.LEFT - 40, 11, "sets with the right class, %", "axis", "start"))
    return svg.chart("sets-c", 242.0, "Coverage of prediction sets against severity", said, *marks)


def _line(look: int, shift: str, dial: SetsDial, on: tuple[charts.Axis, tuple[float, ...], svg.Scale]) -> list[Markup]:
    axis, severities, scale = on
    places = [axis.xs[severities.index(dose)] for dose in dial.severities]
    points = [(x, scale(100 * one)) for x, one in zip(places, dial.coverage, strict=False) if one is not None]
    marks = [svg.path(points, f"line arm{look}")] if len(points) > 1 else []
    for i, dose in enumerate(dial.severities[: len(dial.coverage)]):
        value, low, high = (row[i] if i < len(row) else None for row in (dial.coverage, dial.low, dial.high))
        if value is not None:
            tip = f"{escape(shift, MAX_NAME)} at severity {dose:g}: {rows.share(value, low, high, dial.n)}"
            dot = svg.marker("circle", places[i], scale(100 * value), 3.4, f"mark arm{look}")
            marks.append(svg.tag("g", svg.tag("title", tip), dot))
    return marks
