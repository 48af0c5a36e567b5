"""Accuracy lost against image distance: a line per shift from the unshifted target, a mark per severity."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup

from shiftprobe.report.kit import charts, svg, wording

TOP, BOTTOM = 24.0, 246.0
TALL, WIDE = 11.0, 6.5  # units of a label: its height, and the width of a digit
AROUND = ((6.0, 4.0, "start"), (0.0, -7.0, "middle"), (0.0, 15.0, "middle"), (-6.0, 4.0, "end"))  # places of a label


class ScatterSpot(NamedTuple):
    """One mark: image distance, accuracy lost with its test-image interval (fractions), and what it says."""

    distance: float
    lost: float
    around: tuple[float, float] | None
    said: str


class ScatterLine(NamedTuple):
    """One shift, by its number in the key."""

    number: int
    spots: tuple[ScatterSpot, ...]


class Frame(NamedTuple):
    """Ends of both axes; `common` is the distance of severity 1 where severities are distances."""

    right: float
    low: float  # points
    high: float
    common: float | None


def frame(lines: Sequence[ScatterLine], farthest: float, common: float | None) -> Frame:
    """Ends around all marks with their intervals and the start of the dial; arms share the farthest distance."""
    spots = [spot for line in lines for spot in line.spots]
    reach = [100 * end for spot in spots for end in (spot.lost, *(spot.around or ()))]
    low, high = min(0.0, *reach), max(1.0, *reach)
    room = 0.06 * (high - low)
    return Frame(1.06 * max(farthest, 0.01), low - room if low < 0 else 0.0, high + room, common)


def scatter(
    ident: str, arm: str, lines: Sequence[ScatterLine], ends: Frame, said: str, *, lost: str = "accuracy"
) -> Markup:
    """One arm's picture; `said` is what it shows, in words, `lost` what is lost."""
    x = svg.Scale((0.0, ends.right), (svg.LEFT, svg.RIGHT))
    y = svg.Scale((ends.low, ends.high), (BOTTOM, TOP))
    marks = [*charts.grid_lines(y, 6, ".4g"), *_foot(x), _common(x, ends.common)]
    marks.append(svg.line((svg.LEFT, y(0)), (svg.RIGHT, y(0)), "zero"))
    labels = dict(_labels([(line, x(line.spots[-1].distance), y(100 * line.spots[-1].lost)) for line in lines]))
    marks += [_line(arm, line, (x, y), labels.get(line.number, Markup())) for line in lines]
    marks.append(svg.text(svg.LEFT - 40, 11, f"{lost} lost, points", "axis", "start"))
    return svg.chart(
        ident, BOTTOM + 36, f"{lost[0].upper()}{lost[1:]} that {arm} loses, by image distance", said, *marks
    )


def _foot(x: svg.Scale) -> Iterator[Markup]:
    for tick in svg.ticks(*x.domain, 5):
        yield svg.text(x(tick), BOTTOM + 15, f"{tick:.3g}", "tick")
    title = f"image distance (mean 1 {wording.MINUS} SSIM)"
    yield svg.text((svg.LEFT + svg.RIGHT) / 2, BOTTOM + 31, title, "axis")


def _common(x: svg.Scale, common: float | None) -> Markup:
    if common is None or not 0 < common <= x.domain[1]:
        return Markup()
    stroke = svg.line((x(common), TOP), (x(common), BOTTOM), "chance")
    return svg.tag("g", stroke, svg.text(x(common), TOP - 4, "severity 1", "note"))


def _line(arm: str, line: ScatterLine, scales: tuple[svg.Scale, svg.Scale], label: Markup) -> Markup:
    (x, y), (place, shape) = scales, charts.look(arm)
    at = [(x(spot.distance), y(100 * spot.lost)) for spot in line.spots]
    marks = [svg.path([(x(0), y(0)), *at], f"thin arm{place}")]
    for spot, (left, top) in zip(line.spots, at, strict=True):
        if spot.around:
            low, high = (y(min(max(100 * end, y.domain[0]), y.domain[1])) for end in spot.around)
            marks.append(svg.whisker(left, low, high, f"whisker arm{place}", 2.5))
        tip = svg.tag("title", spot.said)
        marks.append(svg.tag("g", tip, svg.marker(shape, left, top, 3.4, f"mark arm{place}")))
    return svg.tag("g", *marks, label, class_="kind", data_kind=line.number)


def _labels(ends: Sequence[tuple[ScatterLine, float, float]]) -> Iterator[tuple[int, Markup]]:
    """The number of every line beside its last mark, where it hides neither a mark's end nor another number."""
    taken = [(x - 3.5, y - 3.5, x + 3.5, y + 3.5) for _, x, y in ends]
    for line, x, y in ends:
        for dx, dy, anchor in AROUND:
            box = _box(f"{line.number}", x + dx, y + dy, anchor)
            if (
                box[2] <= svg.WIDTH
                and box[1] >= TOP - 10
                and box[3] <= BOTTOM
                and not any(_meet(box, other) for other in taken)
            ):
                taken.append(box)
                yield line.number, svg.text(x + dx, y + dy, f"{line.number}", "number", anchor)
                break


Box = tuple[float, float, float, float]  # left, top, right, bottom


def _box(text: str, x: float, y: float, anchor: str) -> Box:
    wide = WIDE * len(text)
    left = {"start": x, "middle": x - wide / 2, "end": x - wide}[anchor]
    return left, y - TALL + 2, left + wide, y + 1


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
