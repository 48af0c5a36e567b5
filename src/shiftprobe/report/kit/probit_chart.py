"""Accuracy against accuracy on normal quantiles, with the line through the networks and the band of a further one."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup

from shiftprobe.report.kit import svg, wording
from shiftprobe.stats.probit_line import AccuracyLine, OffLine

TOP, BOTTOM = 24.0, 266.0
SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
NEAREST = 21.0  # user units between two labels
STEPS = 24  # of the band
ROOM = 0.12  # of an axis beyond its marks


class ProbitSpot(NamedTuple):
    """One network: where it lies, its look, and what it says."""

    name: str
    first: float
    second: float
    look: tuple[int, str]
    said: str
    named: bool  # shown to lie off the line


class ProbitAxes(NamedTuple):
    """What stands beside the axes."""

    title: str
    first: str
    second: str


def probit_chart(ident: str, axes: ProbitAxes, line: AccuracyLine, spots: Sequence[ProbitSpot], said: str) -> Markup:
    """The picture; both axes are straight in normal quantiles and labelled in percent."""
    x = _scale([spot.first for spot in spots], (svg.LEFT, svg.RIGHT), line.images[0])
    y = _scale([spot.second for spot in spots], (BOTTOM, TOP), line.images[1])
    marks = [*_grid(x, y), _band(line, x, y)]
    for spot in spots:
        left, top = x(_at(spot.first, line.images[0])), y(_at(spot.second, line.images[1]))
        ring = svg.tag("circle", cx=left, cy=top, r=9.0, class_="off-line") if spot.named else Markup()
        mark = svg.marker(spot.look[1], left, top, 4.6, f"mark arm{spot.look[0]}")
        name = svg.text(left + 8, top - 6, wording.name(spot.name), "note", "start")
        marks.append(svg.tag("g", svg.tag("title", spot.said), ring, mark, name))
    marks.append(svg.text(svg.LEFT - 40, 11, axes.second, "axis", "start"))
    marks.append(svg.text((svg.LEFT + svg.RIGHT) / 2, BOTTOM + 31, axes.first, "axis"))
    return svg.chart(ident, BOTTOM + 36, axes.title, said, *marks)


def _at(share: float, images: int) -> float:
    from scipy.special import ndtri

    return float(ndtri(min(max(share, 0.5 / images), 1.0 - 0.5 / images)))


def _scale(shares: Sequence[float], extent: tuple[float, float], images: int) -> svg.Scale:
    places = [_at(one, images) for one in shares]
    low, high = min(places), max(places)
    room = ROOM * max(high - low, 0.1)
    return svg.Scale((low - room, high + room), extent)


def _grid(x: svg.Scale, y: svg.Scale) -> Iterator[Markup]:
    for place, share in _ticks(y):
        yield svg.line((svg.LEFT, place), (svg.RIGHT, place), "grid")
        yield svg.text(svg.LEFT - 8, place + 4, f"{100 * share:g}", "tick", "end")
    for place, share in _ticks(x):
        yield svg.line((place, TOP), (place, BOTTOM), "grid")
        yield svg.text(place, BOTTOM + 15, f"{100 * share:g}", "tick")


def _ticks(scale: svg.Scale) -> Iterator[tuple[float, float]]:
    """Round percentages within the axis, none so near to the one before that their labels would touch."""
    last: float | None = None
    for share in SHARES:
        place = _at(share, 10**6)
        if scale.domain[0] <= place <= scale.domain[1] and (last is None or abs(scale(place) - last) >= NEAREST):
            last = scale(place)
            yield last, share


def _band(line: AccuracyLine, x: svg.Scale, y: svg.Scale) -> Markup:
    """The line with where 95 of 100 further networks lie, as far as it was fitted."""
    low, high = (_at(one, line.images[0]) for one in line.ends)
    firsts = [_share(low + (high - low) * i / STEPS) for i in range(STEPS + 1)]
    bands = [line.band(one) for one in firsts]
    middle = [(x(_at(one, line.images[0])), _kept(y, line.value(one))) for one in firsts]
    upper = [(place, _kept(y, band[1])) for (place, _), band in zip(middle, bands, strict=True)]
    lower = [(place, _kept(y, band[0])) for (place, _), band in zip(middle, bands, strict=True)]
    area = svg.path([*upper, *reversed(lower)], "band other", closed=True)
    return svg.tag("g", area, svg.path(middle, "line other"))


def _share(place: float) -> float:
    from scipy.special import ndtr

    return float(ndtr(place))


def _kept(y: svg.Scale, share: float) -> float:
    """Within the axis."""
    place = _at(share, 10**6)
    return y(min(max(place, y.domain[0]), y.domain[1]))


def off_said(name: str, one: OffLine) -> str:
    """'C: +4.2 points off the line (95 % +1.0 to +7.3)'."""
    beyond = ", beyond the networks that the line was fitted to" if one.beyond else ""
    amount, interval = wording.points(one.effect, one.low, one.high), wording.points_interval(one.low, one.high)
    return f"{name}: {amount} points off the line (95 % interval {interval}{beyond})"


def line_said(line: AccuracyLine) -> str:
    """What the line is."""
    return (
        f"Slope {line.slope:.2f} in normal quantiles (95 % interval {line.slope_low:.2f} to {line.slope_high:.2f}, "
        f"R² {line.fit:.2f}, n = {line.n} networks)."
    )
