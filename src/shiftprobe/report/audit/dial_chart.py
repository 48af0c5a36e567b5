"""One dial of an audit as a picture. Computes no statistic."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from shiftprobe.auditing.measurements import Dial
from shiftprobe.auditing.outputs import wording
from shiftprobe.core.escape import escape
from shiftprobe.report.kit import charts, svg
from shiftprobe.report.kit.charts import Axis

TOP, BOTTOM = 24.0, 206.0  # of the plot, user units
MAX_NAME = 40


class Axes(NamedTuple):
    """What all panels share."""

    severities: tuple[float, ...]
    axis: Axis
    ends: tuple[float, float]  # percent


def domain(dials: Sequence[Dial]) -> tuple[float, float]:
    """Percent, whole tens around everything that is drawn, one pair for all panels."""
    reach: list[float | None] = [dial.floor for dial in dials]
    for dial in dials:
        reach += [*dial.accuracy, *dial.low, *dial.high, *dial.lower, *dial.confidence]
    known = [100 * one for one in reach if one is not None] or [0.0, 100.0]
    low, high = max(0.0, min(known) // 10 * 10), min(100.0, -(-max(known) // 10) * 10)
    return (low, high) if high > low else (max(0.0, low - 10), low + 10)


def step(dial: Dial, dose: float) -> str:
    """The numbers of one severity."""
    if dose not in dial.severities:
        return f"Severity {dose:g}: not looked at under this shift."
    i = dial.severities.index(dose)
    value, low, high, sure = (_get(row, i) for row in (dial.accuracy, dial.low, dial.high, dial.confidence))
    if value is None:
        return f"Severity {dose:g}: n/a ({dial.reason or wording.NO_REASON})."
    said = (
        f"Severity {dose:g}: {wording.number(value, 'fraction')} right ({between(low, high)}n = {dial.n or 0:,} images)"
    )
    return f"{said}; {wording.number(sure, 'fraction')} sure on average." if sure is not None else f"{said}."


def between(low: float | None, high: float | None) -> str:
    """'28.0 to 34.5, ' or nothing."""
    if low is None or high is None:
        return ""
    return f"{wording.bare(low, 'fraction')} to {wording.bare(high, 'fraction')}, "


def _get(row: Sequence[float | None], i: int) -> float | None:
    return row[i] if i < len(row) else None


def draw(ident: str, shift: str, dial: Dial, axes: Axes, said: str) -> Markup:
    """The line of one shift with its interval, its floor, and the place up to which it is shown to hold."""
    severities, axis, ends = axes
    scale = svg.Scale(ends, (BOTTOM, TOP))
    places = [axis.xs[severities.index(dose)] for dose in dial.severities]
    marks = [*charts.grid_lines(scale, 5, ".0f"), *_band(places, scale, dial), *_floor(scale, dial)]
    marks += [*_flag(severities, axis, dial), charts.cursor(axis, 18, BOTTOM), charts.foot(axis, BOTTOM)]
    marks += [_line(places, scale, dial.confidence, "line sure"), _line(places, scale, dial.lower, "bound")]
    marks.append(_line(places, scale, dial.fitted or dial.accuracy, "line arm0"))
    marks += _points(places, scale, dial)
    among = "" if dial.metric == "top1" else " among five answers"
    marks.append(svg.text(svg.LEFT - 40, 11, f"images right{among}, %", "axis", "start"))
    return svg.chart(ident, 242.0, f"Accuracy under {escape(shift, MAX_NAME)} against severity", said, *marks)


def _known(places: Sequence[float], scale: svg.Scale, row: Sequence[float | None]) -> list[tuple[float, float]]:
    return [(x, scale(100 * one)) for x, one in zip(places, row, strict=False) if one is not None]


def _line(places: Sequence[float], scale: svg.Scale, row: Sequence[float | None], kind: str) -> Markup:
    known = _known(places, scale, row)
    return svg.path(known, kind) if len(known) > 1 else Markup()


def _band(places: Sequence[float], scale: svg.Scale, dial: Dial) -> list[Markup]:
    low, high = _known(places, scale, dial.low), _known(places, scale, dial.high)
    return [svg.path([*high, *reversed(low)], "band arm0", closed=True)] if len(low) == len(high) > 1 else []


def _points(places: Sequence[float], scale: svg.Scale, dial: Dial) -> list[Markup]:
    marks = []
    for i, x in enumerate(places):
        value, low, high = (_get(row, i) for row in (dial.accuracy, dial.low, dial.high))
        if value is None:
            marks.append(svg.text(x, BOTTOM - 5, "n/a", "missing"))
            continue
        if low is not None and high is not None:
            marks.append(svg.whisker(x, scale(100 * low), scale(100 * high), "whisker arm0"))
        dot = svg.marker("circle", x, scale(100 * value), 4.6, "mark arm0")
        marks.append(svg.tag("g", svg.tag("title", step(dial, dial.severities[i])), dot))
    return marks


def _floor(scale: svg.Scale, dial: Dial) -> list[Markup]:
    if dial.floor is None:
        return []
    y, word = scale(100 * dial.floor), f"floor {100 * dial.floor:.3g} %"
    return [svg.line((svg.LEFT, y), (svg.RIGHT, y), "floor"), svg.text(svg.LEFT + 3, y - 4, word, "floorword", "start")]


def _flag(severities: Sequence[float], axis: Axis, dial: Dial) -> list[Markup]:
    """Where it is last shown to hold: a line down to the axis with a word."""
    if dial.passes_to is None or len(severities) < 2:  # noqa: PLR2004 - two ends make a scale
        return []
    scale = svg.Scale((0.0, max(severities)), (axis.xs[0], axis.xs[-1]))
    x, late = scale(dial.passes_to), dial.passes_to > max(severities) / 2
    word = svg.text(
        x - 5 if late else x + 5, BOTTOM - 6, f"holds to {dial.passes_to:.3g}", "note", "end" if late else "start"
    )
    return [svg.line((x, TOP - 6), (x, BOTTOM), "flag"), word]
