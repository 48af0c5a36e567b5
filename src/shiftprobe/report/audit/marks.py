"""Pictures that stand beside words: the sign of a status, an interval against what was wanted."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from shiftprobe.auditing.outputs import wording
from shiftprobe.auditing.types import Check, Status
from shiftprobe.report.kit import svg

KINDS: dict[Status, str] = {
    "pass": "k-pass", "fail": "k-fail", "cannot tell": "k-cannot", "warn": "k-warn", "not done": "k-none",
}  # fmt: skip
TRACK_HEIGHT, EDGE = 22.0, 8.0  # of a track, user units; where its scale begins and ends
Ends = tuple[float, float]


def kind(status: Status) -> str:
    """The class of a status in audit.css."""
    return KINDS[status]


def icon(status: Status) -> Markup:
    """The sign of a status: shapes differ where colours may not."""
    drawn = {
        "pass": (svg.marker("circle", 8, 8, 7.2, "solid"), _stroke("M4.4 8.3L7 10.9L11.7 5.6")),
        "fail": (svg.marker("square", 8, 8, 8.4, "solid"), _stroke("M5 5L11 11M11 5L5 11")),
        "cannot tell": (
            svg.marker("diamond", 8, 8, 6.7, "solid"),
            _stroke("M6.3 6.4A1.8 1.8 0 1 1 8 8.3V9.2M8 11.1V11.3"),
        ),
        "warn": (svg.marker("up", 8, 8.9, 7.4, "solid"), _stroke("M8 5.6V9.6M8 12V12.2")),
        "not done": (svg.marker("circle", 8, 8, 6.6, "hollow"), svg.line((4.8, 8), (11.2, 8), "bar")),
    }[status]
    return svg.tag("svg", *drawn, class_=f"icon sign {kind(status)}", viewBox="0 0 16 16", aria_hidden="true")


def _stroke(steps: str) -> Markup:
    return svg.tag("path", d=steps, class_="inside")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What a track draws, in the unit of its scale."""

    value: float | None
    low: float | None = None
    high: float | None = None
    start: float | None = None  # where it comes from
    kind: str = "k-none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A picture of one interval, with the ends of its scale in words."""

    figure: Markup
    left: str
    right: str


def track(span: Span, domain: Ends, said: str, limit: tuple[str, float] | None = None) -> Markup:
    """An interval on a bare scale.

    Args:
        span: what is drawn.
        domain: ends of the scale.
        said: the finding in words, for those who do not see it.
        limit: 'at least' or 'at most' and the threshold; its wrong side is shaded.
    """
    scale = svg.Scale(domain, (EDGE, svg.WIDTH - EDGE))
    middle = TRACK_HEIGHT / 2
    marks = [svg.line((EDGE, middle), (svg.WIDTH - EDGE, middle), "grid")]
    if limit:
        marks += _limit(scale, *limit)
    if span.start is not None and span.value is not None:
        marks.append(svg.line((_at(scale, span.start), middle), (_at(scale, span.value), middle), "way"))
        marks.append(svg.marker("circle", _at(scale, span.start), middle, 4.2, "from"))
    if span.low is not None and span.high is not None:
        low, high = _at(scale, span.low), _at(scale, span.high)
        marks.append(
            svg.tag("rect", x=low, width=max(high - low, 1.0), y=middle - 4, height=8.0, class_="reach", rx=2.0)
        )
    if span.value is not None:
        marks.append(svg.marker("circle", _at(scale, span.value), middle, 5.2, "dot"))
    return svg.tag(
        "svg", svg.tag("title", said), *marks, class_=f"track {span.kind}", viewBox=f"0 0 {svg.number(svg.WIDTH)} 22",
        role="img",
    )  # fmt: skip


def _at(scale: svg.Scale, value: float) -> float:
    """Where a value stands, at the end of the scale if it lies beyond."""
    return scale(min(max(value, scale.domain[0]), scale.domain[1]))


def _limit(scale: svg.Scale, relation: str, threshold: float) -> list[Markup]:
    x = _at(scale, threshold)
    left, right = (EDGE, x) if relation == "at least" else (x, svg.WIDTH - EDGE)
    shade = svg.tag("rect", x=left, width=max(right - left, 0.0), y=2.0, height=TRACK_HEIGHT - 4, class_="wrong")
    return [shade, svg.line((x, 0), (x, TRACK_HEIGHT), "limit")]


def of_check(check: Check) -> Track | None:
    """The interval of a check against its threshold; None where there is no value or nothing was wanted."""
    if check.value is None or check.threshold is None or not check.relation:
        return None
    ends = domain(check)
    span = Span(value=check.value, low=check.low, high=check.high, kind=kind(check.status))
    said = f"{wording.amount(check)}, wanted {wording.wanted(check)}: {wording.SIGNS[check.status].word.lower()}"
    left, right = (wording.number(end, check.unit).replace(".0 ", " ") for end in ends)
    return Track(figure=track(span, ends, said, (check.relation, check.threshold)), left=left, right=right)


def domain(check: Check) -> Ends:
    """Ends of a check's scale: 0 and 1 where that is the whole, else round everything that will be drawn."""
    drawn = [one for one in (check.value, check.low, check.high, check.threshold) if one is not None]
    if check.unit == "dose" or (check.unit == "fraction" and check.relation == "at least"):
        return 0.0, 1.0
    if check.unit == "points":
        reach = [*drawn, 0.0]
        room = 0.15 * max(max(reach) - min(reach), 0.01)
        return _rounded(min(reach) - room), _rounded(max(reach) + room)
    top = 1.2 * max([*drawn, 1.6 * (check.threshold or 0.0), 1e-9])
    return 0.0, min(top, 1.0) if check.unit == "fraction" else top


def _rounded(value: float) -> float:
    """To a whole point, so that the words at the ends are true."""
    return round(100 * value) / 100


def scale_of(values: Sequence[float | None]) -> Ends:
    """Ends around gains in fractions, 0 among them."""
    reach = [0.0, *(one for one in values if one is not None)]
    room = 0.08 * max(max(reach) - min(reach), 0.02)
    return min(reach) - room, max(reach) + room
