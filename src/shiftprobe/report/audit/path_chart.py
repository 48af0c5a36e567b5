"""Accuracy along mixing weights as a picture, there and at home. Computes no statistic."""

from collections.abc import Sequence

from markupsafe import Markup

from shiftprobe.auditing.measurements import PathPoint, Repair
from shiftprobe.auditing.outputs import wording
from shiftprobe.core.escape import escape
from shiftprobe.report.kit import charts, svg

TOP, BOTTOM = 24.0, 156.0  # of the plot, user units
FOOT, ROOM, HALF = 200.0, 16.0, 170.0  # where the legend begins, a line of it, and its second column
MAX_NAME = 24
SHAPES = ("circle", "square", "up", "diamond")
Ends = tuple[float, float, float]  # value, low, high


def path_chart(ident: str, one: Repair) -> Markup | None:
    """Both lines with their intervals; None where nothing was mixed."""
    if len(one.path) < 2:  # noqa: PLR2004 - two ends make a line
        return None
    there = escape(one.on, MAX_NAME) or "there"
    lines = {there: _there(one.path), "home": _home(one.path)}
    lines |= {f"{there}, averaged statistics": _there(one.averaged), "home, averaged statistics": _home(one.averaged)}
    known = {name: points for name, points in lines.items() if points}
    reach = [100 * end for points in known.values() for point in points for end in point]
    scale = svg.Scale((min(reach) // 10 * 10, -(-max(reach) // 10) * 10), (BOTTOM, TOP))
    across = svg.Scale((0.0, 1.0), (svg.LEFT, svg.RIGHT))
    xs = tuple(across(point.weight) for point in one.path)
    axis = charts.Axis(xs=xs, labels=tuple(f"{point.weight:g}" for point in one.path), title="share", moves=False)
    marks = [*charts.grid_lines(scale, 4, ".0f"), charts.foot(axis, BOTTOM)]
    for place, (name, points) in enumerate(known.items()):
        marks += [*_line(place, name, axis, scale, points), *_legend(place, name)]
    marks.append(svg.text(svg.LEFT - 40, 11, "images right, %", "axis", "start"))
    title = f"Accuracy against the share of {escape(one.title, 60)}"
    return svg.chart(ident, FOOT + ROOM * -(-len(known) // 2), title, _said(one.path), *marks)


def _there(path: Sequence[PathPoint]) -> list[Ends]:
    return [(point.there, point.there_low, point.there_high) for point in path]


def _home(path: Sequence[PathPoint]) -> list[Ends]:
    return [
        (point.home, point.home_low, point.home_high)
        for point in path
        if point.home is not None and point.home_low is not None and point.home_high is not None
    ]


def _line(place: int, name: str, axis: charts.Axis, scale: svg.Scale, points: Sequence[Ends]) -> list[Markup]:
    marks = [svg.path(_at(axis, scale, points), f"line arm{place}")]
    for x, (value, low, high) in zip(axis.xs, points, strict=True):
        said = f"{name}: {wording.number(value, 'fraction')} ({wording.bare(low, 'fraction')} to "
        dot = svg.marker(SHAPES[place], x, scale(100 * value), 4.2, f"mark arm{place}")
        whisker = svg.whisker(x, scale(100 * low), scale(100 * high), f"whisker arm{place}")
        marks.append(svg.tag("g", svg.tag("title", f"{said}{wording.bare(high, 'fraction')})"), whisker, dot))
    return marks


def _legend(place: int, name: str) -> list[Markup]:
    x, y = svg.LEFT + HALF * (place % 2), FOOT + ROOM * (place // 2)
    dot = svg.marker(SHAPES[place], x, y - 4, 4.2, f"mark arm{place}")
    return [dot, svg.text(x + 9, y, name, "note", "start")]


def _at(axis: charts.Axis, scale: svg.Scale, points: Sequence[Ends]) -> list[tuple[float, float]]:
    return [(x, scale(100 * value)) for x, (value, _, _) in zip(axis.xs, points, strict=True)]


def _said(path: Sequence[PathPoint]) -> str:
    def one(point: PathPoint) -> str:
        home = "" if point.home is None else f", at home {wording.number(point.home, 'fraction')}"
        return f"share {point.weight:g}: {wording.number(point.there, 'fraction')} there{home}"

    return "; ".join(map(one, path))
