"""Two arms seed by seed: a line per pair, and the difference under each source of error. Computes no statistic."""

from collections.abc import Sequence

from markupsafe import Markup

from shiftprobe.metrics.scores import SCORES
from shiftprobe.report.kit import charts, svg, wording
from shiftprobe.report.kit.large import MAX_SEEDS
from shiftprobe.results.model import ArmPoint, Contrast

XS = (150.0, 290.0)  # where the two arms stand
ASIDE = 26.0  # units from the seeds to their mean
TOP, BOTTOM = 22.0, 176.0
ROW, LABELS, END = 34.0, 136.0, 386.0  # of the intervals: height of a row, where the axis begins and ends


def slopes(ident: str, one: Contrast, ends: Sequence[ArmPoint | None], said: str) -> Markup:
    """A dot per seed for each arm, a line per pair; the means stand aside with their spread."""
    reach = [100 * value for pair in one.per_seed for value in (pair.a, pair.b)]
    for point in ends:
        if point and point.mean is not None:
            reach += [100 * (point.mean + sign * (point.std or 0.0)) for sign in (-1, 1)]
    score = charts.score_of(ends)
    scale = svg.Scale(svg.snug(min(reach), max(reach), 5), (BOTTOM, TOP))
    marks = [*charts.grid_lines(scale, 5, ".4g"), svg.text(svg.LEFT - 40, 11, wording.axis(score), "axis", "start")]
    for pair in one.per_seed[:MAX_SEEDS]:
        kind = "pair behind" if pair.difference < 0 else "pair"
        tip = svg.tag("title", _seed(one, SCORES[score].short_unit, pair.seed, pair.a, pair.b, pair.difference))
        spots = [
            svg.marker(charts.look(arm)[1], x, scale(100 * value), 3.2, f"dot arm{charts.look(arm)[0]}")
            for arm, x, value in zip((one.a, one.b), XS, (pair.a, pair.b), strict=True)
        ]
        run = svg.line((XS[0], scale(100 * pair.a)), (XS[1], scale(100 * pair.b)), kind)
        marks.append(svg.tag("g", tip, run, *spots))
    for point, x, aside, arm in zip(ends, XS, (-ASIDE, ASIDE), (one.a, one.b), strict=True):
        marks.append(_mean(scale, point, x + aside))
        marks.append(svg.text(x + aside, BOTTOM + 17, arm, "amount"))
        reached = f"{wording.mean_std(point)} {SCORES[score].short_unit}" if point else "n/a"
        marks.append(svg.text(x + aside, BOTTOM + 32, reached, "tick"))
    return svg.chart(ident, BOTTOM + 38, f"{one.a} and {one.b}, seed by seed", said, *marks)


def _seed(one: Contrast, unit: str, *numbers: float) -> str:
    seed, a, b, gap = numbers
    both = f"{one.a} {wording.percent(a)} {unit}, {one.b} {wording.percent(b)} {unit}"
    return f"seed {seed:g}: {both}, {wording.points(gap)} points"


def _mean(scale: svg.Scale, point: ArmPoint | None, x: float) -> Markup:
    if point is None or point.mean is None:
        return Markup()
    place, shape = charts.look(point.arm)
    marks = [svg.tag("title", f"mean (std): {wording.accuracy(point)}")]
    if point.std is not None:
        low, high = (scale(100 * end) for end in wording.spread(point.mean, point.std, point.score))
        marks.append(svg.whisker(x, low, high, f"whisker arm{place}"))
    marks.append(svg.marker(shape, x, scale(100 * point.mean), 5.6, f"mark arm{place}"))
    return svg.tag("g", *marks)


def intervals(ident: str, one: Contrast, margin: float) -> Markup:
    """One difference, three 95 % intervals: over seeds in pairs, over seeds unpaired, over test images."""
    rows = (
        ("over seeds, paired", one.low, one.high, f"verdict v-{wording.verdict(one)}"),
        ("seeds unpaired", one.unpaired_low, one.unpaired_high, "other"),
        ("over test images", one.image_low, one.image_high, "other"),
    )
    middle = 100 * (one.difference or 0.0)
    reach = [100 * end for _, low, high, _ in rows for end in (low, high) if end is not None]
    low, high = (pick((*reach, middle, -130 * margin, 130 * margin)) for pick in (min, max))
    scale, bottom = svg.Scale((low, high), (LABELS, END)), len(rows) * ROW + 6
    left, right = scale(-100 * margin), scale(100 * margin)
    marks = [svg.tag("rect", x=left, width=right - left, y=0.0, height=bottom, class_="margin")]
    for tick in svg.ticks(low, high, 5):
        word = f"{tick:+.3g}".replace("-", wording.MINUS) if tick else "0"
        marks.append(svg.line((scale(tick), 0), (scale(tick), bottom), "grid"))
        marks.append(svg.text(scale(tick), bottom + 15, word, "tick"))
    marks.append(svg.line((scale(0), 0), (scale(0), bottom), "zero"))
    marks += [_row(scale, (i + 0.5) * ROW + 3, middle, row, one) for i, row in enumerate(rows)]
    pair = wording.minus(one.a, one.b)
    marks.append(svg.text((LABELS + END) / 2, bottom + 31, f"{pair}, points", "axis"))
    return svg.chart(ident, bottom + 36, f"{pair} under each source of error", _said(one, rows, margin), *marks)


Row = tuple[str, float | None, float | None, str]


def _said(one: Contrast, rows: Sequence[Row], margin: float) -> str:
    told = [f"{name} {wording.points_interval(low, high) or 'no interval'}" for name, low, high, _ in rows]
    amount = wording.points(one.difference or 0.0, one.low, one.high)
    return f"{wording.minus(one.a, one.b)} {amount} points, margin {wording.margin(margin)}; 95 %: {'; '.join(told)}."


def _row(scale: svg.Scale, y: float, middle: float, row: Row, one: Contrast) -> Markup:
    name, low, high, kind = row
    interval = wording.points_interval(low, high)
    marks = [
        svg.tag("title", f"{name}: {interval or 'no interval'}"),
        svg.text(4, y - 2, name, "label", "start"),
        svg.text(4, y + 12, interval or "no interval", "tick", "start"),
    ]
    shape = wording.MARKS[wording.verdict(one)].shape if kind != "other" else "diamond"
    stroke = kind.replace("verdict", "interval") if kind != "other" else "reach other"
    if low is not None and high is not None:
        ends = [svg.line((scale(100 * x), y - 4), (scale(100 * x), y + 4), stroke) for x in (low, high)]
        marks += [svg.line((scale(100 * low), y), (scale(100 * high), y), stroke), *ends]
        marks.append(svg.marker(shape, scale(middle), y, 4.6, kind if kind != "other" else "reading other"))
    return svg.tag("g", *marks)
