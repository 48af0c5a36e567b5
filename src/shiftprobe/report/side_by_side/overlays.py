"""Several runs in one picture: the dials overlaid, the headlines below each other. Computes no statistic."""

from collections.abc import Sequence

from markupsafe import Markup

from shiftprobe.report.kit import charts, svg, wording
from shiftprobe.report.side_by_side.reading import Entered
from shiftprobe.results.model import ArmPoint, Contrast, Headline

SHAPES = ("circle", "square", "up", "diamond", "down", "plus", "hexagon", "bow")
APART = 7.0  # user units between runs at one severity
ROW = 30.0


def look(i: int) -> tuple[int, str]:
    """Colour class and shape of the i-th run; both repeat only together after many runs."""
    return i % 8, SHAPES[(i + i // 8) % len(SHAPES)]


def key(i: int) -> Markup:
    """A run's line and mark, as the charts draw them."""
    place, shape = look(i)
    stroke = svg.line((0, 8), (28, 8), f"line arm{place}")
    mark = svg.marker(shape, 14, 8, 4.6, f"mark arm{place}")
    return svg.tag("svg", stroke, mark, class_="key", viewBox="0 0 28 16", aria_hidden="true")


def overlaid_gains(
    ident: str,
    axis: charts.Axis,
    series: Sequence[tuple[int, Entered, Sequence[Contrast | None]]],
    domain: tuple[float, float],
    margin: float | None,
) -> Markup:
    """The difference of two arms along one dial, a line with intervals per run.

    Args:
        ident: of the picture.
        axis: severities, shared by all runs.
        series: per run its number, itself and a difference per severity; None where it has none.
        domain: points, shared by all panels.
        margin: drawn as a band; None where the runs have different ones.
    """
    scale = svg.Scale(domain, (176.0, 24.0))
    marks = []
    if margin is not None:
        top, bottom = scale(100 * margin), scale(-100 * margin)
        marks.append(
            svg.tag("rect", x=svg.LEFT, width=svg.RIGHT - svg.LEFT, y=top, height=bottom - top, class_="margin")
        )
    marks += [*charts.grid_lines(scale, 5, "+.3g"), svg.line((svg.LEFT, scale(0)), (svg.RIGHT, scale(0)), "zero")]
    marks.append(charts.foot(axis, 176))
    for i, one, contrasts in series:
        spots = [
            (x, c, 100 * c.difference) for x, c in zip(_xs(axis, i, series), contrasts, strict=True)
            if c is not None and c.difference is not None
        ]  # fmt: skip
        marks.append(svg.path([(x, scale(value)) for x, _, value in spots], f"line arm{look(i)[0]}"))
        marks += [_gain(i, one, x, scale, c) for x, c, _ in spots]
    pair = next((wording.minus(c.a, c.b) for *_, row in series for c in row if c), "difference")
    marks.append(svg.text(svg.LEFT - 40, 11, f"{pair}, points", "axis", "start"))
    return svg.chart(ident, 212.0, f"{pair} of every run with its 95 % interval", _ends(series), *marks)


def _xs(axis: charts.Axis, i: int, series: Sequence[tuple[int, object, object]]) -> list[float]:
    """Runs beside each other at every severity, so that no interval hides another."""
    place = [number for number, *_ in series].index(i)
    step = APART * (place - (len(series) - 1) / 2) * min(1.0, 4 / len(series))
    return [x + step for x in axis.xs]


def _gain(i: int, one: Entered, x: float, scale: svg.Scale, c: Contrast) -> Markup:
    place, shape = look(i)
    marks = [svg.tag("title", f"{one.mark}, severity {c.severity:g}: {wording.difference(c)}")]
    if c.low is not None and c.high is not None:
        marks.append(svg.whisker(x, scale(100 * c.low), scale(100 * c.high), f"whisker arm{place}"))
    marks.append(svg.marker(shape, x, scale(100 * (c.difference or 0.0)), 4.6, f"mark arm{place}"))
    return svg.tag("g", *marks)


def _ends(series: Sequence[tuple[int, Entered, Sequence[Contrast | None]]]) -> str:
    """Every run's last difference, for those who do not see the picture."""
    last = [(one.mark, [c for c in row if c is not None]) for _, one, row in series]
    return " ".join(
        f"{mark}, severity {row[-1].severity:g}: {wording.difference(row[-1])}." for mark, row in last if row
    )


def overlaid_accuracies(
    ident: str,
    axis: charts.Axis,
    series: Sequence[tuple[int, Entered, Sequence[ArmPoint | None]]],
    domain: tuple[float, float],
    arm: str,
) -> Markup:
    """The accuracy of one arm along one dial, a line with test-image intervals per run."""
    scale, score = svg.Scale(domain, (176.0, 24.0)), charts.score_of(p for *_, points in series for p in points)
    what, unit = wording.axis(score).split(", ")
    marks = [*charts.grid_lines(scale, 5, ".0f"), charts.foot(axis, 176)]
    said = []
    for i, one, points in series:
        spots = [
            (x, p, 100 * p.mean) for x, p in zip(_xs(axis, i, series), points, strict=True)
            if p is not None and p.mean is not None
        ]  # fmt: skip
        marks.append(svg.path([(x, scale(value)) for x, _, value in spots], f"line arm{look(i)[0]}"))
        marks += [_point(i, one, x, scale, p) for x, p, _ in spots]
        said += (
            [f"{one.mark}: {' → '.join(f'{wording.mean_std(p)} {unit}' for _, p, _ in (spots[0], spots[-1]))}."]
            if spots
            else []
        )
    marks.append(svg.text(svg.LEFT - 40, 11, f"{what} of {wording.name(arm)}, {unit}", "axis", "start"))
    return svg.chart(
        ident, 212.0, f"{wording.heading(score)} of {wording.name(arm)} in every run", " ".join(said) or "n/a", *marks
    )


def _point(i: int, one: Entered, x: float, scale: svg.Scale, p: ArmPoint) -> Markup:
    place, shape = look(i)
    y = scale(100 * (p.mean or 0.0))
    marks = [svg.tag("title", f"{one.mark}, severity {p.severity:g}: {wording.accuracy(p)}")]
    if p.low is not None and p.high is not None:
        marks.append(svg.whisker(x, scale(100 * p.low), scale(100 * p.high), f"whisker arm{place}"))
    marks += [svg.tag("circle", cx=x, cy=scale(100 * v), r=1.6, class_=f"seed arm{place}") for v in p.values if p.n > 1]
    marks.append(svg.marker(shape, x, y, 4.6, f"mark arm{place}"))
    return svg.tag("g", *marks)


def forest(runs: Sequence[Entered], margin: float | None) -> Markup | None:
    """The headlines below each other; None when no run has one."""
    known = [(i, one, one.run.summary.verdict.contrast) for i, one in enumerate(runs)]
    shown = [(i, one, found) for i, one, found in known if found is not None]
    if not shown:
        return None
    reach = [100 * end for *_, c in shown for end in (c.difference, c.low, c.high) if end is not None]
    edge = 130 * (margin or 0.0)
    low, high = min(*reach, -edge, 0.0), max(*reach, edge, 0.01)
    room, bottom = 0.05 * (high - low), len(shown) * ROW + 4
    scale = svg.Scale((low - room, high + room), (svg.LEFT - 16, svg.RIGHT - 62))
    marks = []
    if margin is not None:
        left, right = scale(-100 * margin), scale(100 * margin)
        marks.append(svg.tag("rect", x=left, width=right - left, y=4, height=bottom - 4, class_="margin"))
    for tick in svg.ticks(*scale.domain, 6):
        word = f"{tick:+.3g}".replace("-", wording.MINUS) if tick else "0"
        marks += [
            svg.line((scale(tick), 4), (scale(tick), bottom), "grid"),
            svg.text(scale(tick), bottom + 15, word, "tick"),
        ]
    marks.append(svg.line((scale(0), 4), (scale(0), bottom), "zero"))
    marks += [_headline(one, i, c, scale, row * ROW + 4 + ROW / 2) for row, (i, one, c) in enumerate(shown)]
    marks.append(
        svg.text((svg.LEFT + svg.RIGHT) / 2 - 39, bottom + 31, "headline difference, points, 95 % over seeds", "axis")
    )
    said = " ".join(f"{one.mark}: {_said(c)}." for _, one, c in shown)
    return svg.chart("forest", bottom + 36, "Headline difference of every run", said, *marks)


def _said(c: Headline) -> str:
    interval = wording.points_interval(c.low, c.high) or "no interval"
    return f"{wording.points(c.difference, c.low, c.high)} points ({interval}, n = {wording.counted(c.n, 'seed')})"


def _headline(one: Entered, i: int, c: Headline, scale: svg.Scale, y: float) -> Markup:
    place, shape = look(i)
    marks = [svg.tag("title", f"{one.mark}: {_said(c)}"), svg.text(6, y + 4, one.mark, "amount", "start")]
    if c.low is not None and c.high is not None:
        ends = f"M{svg.number(scale(100 * c.low))} {svg.number(y)}H{svg.number(scale(100 * c.high))}"
        marks.append(svg.tag("path", d=ends, class_=f"whisker arm{place}"))
    marks.append(svg.marker(shape, scale(100 * c.difference), y, 5.0, f"mark arm{place}"))
    marks.append(svg.text(svg.RIGHT + 24, y + 4, wording.points(c.difference, c.low, c.high), "amount", "end"))
    return svg.tag("g", *marks)
