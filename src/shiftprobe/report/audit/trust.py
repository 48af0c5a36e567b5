"""How far its confidence can be trusted: what turning away costs, and sure against right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from shiftprobe.auditing.measurements import Bin, RejectionCurve
from shiftprobe.auditing.outputs import wording
from shiftprobe.core.escape import escape
from shiftprobe.metrics.intervals import wilson
from shiftprobe.report.kit import charts, svg

TOP, BOTTOM = 24.0, 206.0  # of the plot, user units
TITLES = {"clean": "Clean images", "target": "The target"}
MAX_OPEN = 4  # pictures that stand open


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustFigure:
    """One picture and the sentence that reads it."""

    title: str
    figure: Markup
    said: str


def selective(found: RejectionCurve | None) -> TrustFigure | None:
    """The risk-coverage curve with the policy's point; None where it was not looked at."""
    if found is None or len(found.coverage) < 2 or len(found.coverage) != len(found.risk):  # noqa: PLR2004 - a line
        return None
    said = _selective(found)
    top = 100 * max([*found.risk, 1.5 * (found.error or 0.0), 0.01])
    x, y = svg.Scale((0.0, 100.0), (svg.LEFT, svg.RIGHT)), svg.Scale((0.0, top), (BOTTOM, TOP))
    marks = [*charts.grid_lines(y, 5, ".3g")]
    marks += [svg.text(x(tick), BOTTOM + 15, f"{tick:.0f}", "tick") for tick in (0.0, 25.0, 50.0, 75.0, 100.0)]
    marks.append(svg.text((svg.LEFT + svg.RIGHT) / 2, BOTTOM + 31, "images that are answered, %", "axis"))
    marks.append(svg.text(svg.LEFT - 40, 11, "of them wrong, %", "axis", "start"))
    if found.error is not None:
        level, word = y(100 * found.error), f"policy {100 * found.error:.3g} %"
        marks.append(svg.line((svg.LEFT, level), (svg.RIGHT, level), "floor"))
        marks.append(svg.text(svg.LEFT + 3, level - 4, word, "floorword", "start"))
    points = sorted(zip(found.coverage, found.risk, strict=True))
    marks.append(svg.path([(x(100 * a), y(100 * b)) for a, b in points], "line arm0"))
    marks += _point(found, x, y)
    return TrustFigure(
        title="Error of what is answered",
        figure=svg.chart("rc", 242.0, "Risk against coverage", said, *marks),
        said=said,
    )


def _point(found: RejectionCurve, x: svg.Scale, y: svg.Scale) -> list[Markup]:
    if found.rejected is None:
        return []
    at = x(100 * (1 - found.rejected))
    near = min(zip(found.coverage, found.risk, strict=True), key=lambda one: abs(one[0] - 1 + (found.rejected or 0.0)))
    marks = [svg.line((at, TOP - 6), (at, BOTTOM), "flag")]
    if found.rejected_low is not None and found.rejected_high is not None:
        ends = [x(100 * (1 - one)) for one in (found.rejected_high, found.rejected_low)]
        marks.append(svg.line((ends[0], y(100 * near[1])), (ends[1], y(100 * near[1])), "interval v-equivalent"))
    marks.append(svg.marker("diamond", at, y(100 * near[1]), 5.4, "verdict v-equivalent"))
    return marks


def _selective(found: RejectionCurve) -> str:
    if found.rejected is None or found.error is None:
        return f"No confidence threshold is shown to keep the error low enough: {found.reason or wording.NO_REASON}."
    ends = (found.rejected_low, found.rejected_high)
    between = (
        ""
        if None in ends
        else f"{wording.bare(ends[0] or 0.0, 'fraction')} to {wording.bare(ends[1] or 0.0, 'fraction')}, "
    )
    least = "" if found.threshold is None else f" (those with a confidence below {found.threshold:.3g})"
    rest = wording.number(found.error, "fraction")
    turned = f"{wording.number(found.rejected, 'fraction')} of the images ({between}n = {found.n or 0:,}){least}"
    return f"Turning away {turned} keeps the error of the others at or under {rest}."


def reliability(found: Mapping[str, Sequence[Bin]]) -> tuple[TrustFigure, ...]:
    """Sure against right, a picture per set of images: clean, target, then shifts."""
    order = sorted(found, key=lambda key: list(TITLES).index(key) if key in TITLES else len(TITLES))
    return tuple(
        _reliability(f"r{i}", key, found[key]) for i, key in enumerate(order) if any(one[0] for one in found[key])
    )


def _reliability(ident: str, key: str, bins: Sequence[Bin]) -> TrustFigure:
    title, said = TITLES.get(key, f"Under {escape(key, 40)}"), _sure(bins)
    x, y = svg.Scale((0.0, 100.0), (svg.LEFT, svg.RIGHT)), svg.Scale((0.0, 100.0), (BOTTOM, TOP))
    marks = [*charts.grid_lines(y, 4, ".0f"), svg.line((x(0), y(0)), (x(100), y(100)), "diagonal")]
    marks += [svg.text(x(tick), BOTTOM + 15, f"{tick:.0f}", "tick") for tick in (0.0, 25.0, 50.0, 75.0, 100.0)]
    marks.append(svg.text((svg.LEFT + svg.RIGHT) / 2, BOTTOM + 31, "confidence, %", "axis"))
    marks.append(svg.text(svg.LEFT - 40, 11, "of them right, %", "axis", "start"))
    most = max(one[0] for one in bins)
    for images, sure, right in bins:
        if images:
            marks.append(_bin((images, sure, right), most, x, y))
    return TrustFigure(
        title=title, figure=svg.chart(ident, 242.0, f"Reliability: {title.lower()}", said, *marks), said=said
    )


def _bin(one: Bin, most: float, x: svg.Scale, y: svg.Scale) -> Markup:
    images, sure, right = one
    low, high = wilson(round(right), round(images))
    at, level = x(100 * sure / images), y(100 * right / images)
    tip = f"{100 * sure / images:.1f} % sure, {100 * right / images:.1f} % right "
    tip += f"({100 * low:.1f} to {100 * high:.1f}, n = {images:,.0f})"
    dot = svg.tag("circle", cx=at, cy=level, r=2.5 + 4.5 * (images / most) ** 0.5, class_="mark arm0")
    return svg.tag("g", svg.tag("title", tip), svg.whisker(at, y(100 * low), y(100 * high), "whisker arm0"), dot)


def _sure(bins: Sequence[Bin]) -> str:
    """How sure it is on average, and how often right."""
    n, sure, right = (sum(column) for column in zip(*bins, strict=True))
    low, high = wilson(round(right), round(n))
    ends = f"{100 * low:.1f} to {100 * high:.1f}, n = {n:,.0f}"
    over = 100 * sure / n > 100 * high
    under = 100 * sure / n < 100 * low
    word = ": surer than it is right" if over else ": right more often than it is sure" if under else ""
    return f"{100 * sure / n:.1f} % sure on average, {100 * right / n:.1f} % right ({ends}){word}."
