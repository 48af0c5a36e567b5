"""One experiment of a diagnosis as a picture: without the change, with its sham, with it. Computes no statistic."""

import math
from collections.abc import Iterable, Sequence

from markupsafe import Markup

from shiftprobe.report.kit import svg, wording
from shiftprobe.results import diagnosis_words as words
from shiftprobe.results.diagnosis import Experiment, Lack

WIDE, HIGH = 320.0, 26.0  # units of a row
MIDDLE = HIGH / 2
ENDS = (9.0, 311.0)  # of the axis
MOST_TICKS = 5
ROOM = 0.04  # of the span, at both ends
CAP = 4.0  # units, half the height of the ends of an interval


def axis_of(tried: Iterable[Experiment], gaps: Sequence[Lack], at: str) -> svg.Scale | None:
    """One axis for everything that was judged at a place, in percent or points; None where no number is known."""
    values = [0.0] if at == "gain" else [one.reach for one in gaps if one.at == at]
    for one in tried:
        if one.at != at:
            continue
        values += [one.before, one.after, one.sham]
        if one.effect is not None and (base := _base(one)) is not None:
            values += [base + one.effect.low, base + one.effect.high]
    known = [100 * value for value in values if value is not None and math.isfinite(value)]
    if len(known) < 2:  # noqa: PLR2004 - a zero alone is no axis
        return None
    low, high = min(known), max(known)
    room = max(ROOM * (high - low), 0.2)
    bounds = (-math.inf, math.inf) if at == "gain" else (0.0, 100.0)
    return svg.Scale((max(low - room, bounds[0]), min(high + room, bounds[1])), ENDS)


def ruler(scale: svg.Scale, at: str) -> Markup:
    """The axis above the rows of a step."""
    marks = []
    for tick in svg.ticks(*scale.domain, MOST_TICKS):
        word = wording.signed(f"{tick:+g}") if at == "gain" and tick else f"{tick:g}"
        marks.append(svg.text(min(max(scale(tick), 12.0), WIDE - 12.0), 11.0, word, "tick"))
    return _picture(15.0, *marks, hidden=True)


def row(one: Experiment, scale: svg.Scale | None, reach: float | None) -> Markup:
    """One experiment on the axis of its place; nothing where no number is known.

    Args:
        one: the experiment.
        scale: the axis, in percent or points.
        reach: what was within reach before it, a fraction; drawn where the axis holds it.
    """
    if scale is None or not words.known(one.after):
        return Markup()
    marks = [svg.line((scale(tick), 0.0), (scale(tick), HIGH), "grid") for tick in svg.ticks(*scale.domain, MOST_TICKS)]
    if one.at == "gain" and scale.domain[0] <= 0 <= scale.domain[1]:
        marks.append(svg.line((scale(0.0), 0.0), (scale(0.0), HIGH), "zero"))
    if (x := _at(scale, reach)) is not None:
        marks.append(svg.tag("g", svg.tag("title", "within reach"), svg.line((x, 0.0), (x, HIGH), "chance")))
    marks += [_span(one, scale), _interval(one, scale)]
    marks += [
        _mark(one.before, scale, "circle", "reading without", f"without it {words.level(one.before, one.at)}"),
        _mark(one.sham, scale, "diamond", "reading sham", f"with its sham {words.level(one.sham, one.at)}"),
        _mark(one.after, scale, "circle", "reading with", f"with it {words.level(one.after, one.at)}"),
    ]
    return _picture(HIGH, *marks, said=f"{one.title}: {wording.signed(words.change(one))}", kind=f"o-{one.outcome}")


def legend() -> tuple[tuple[Markup, str], ...]:
    """What the marks of a row mean."""
    ends = [svg.line((x, 8.0 - CAP), (x, 8.0 + CAP), "reach") for x in (3.0, 25.0)]
    return (
        (_key(svg.marker("circle", 14.0, 8.0, 4.6, "reading without")), "without the change"),
        (_key(svg.marker("diamond", 14.0, 8.0, 4.6, "reading sham")), "with its sham"),
        (_key(svg.marker("circle", 14.0, 8.0, 4.6, "reading with")), "with the change"),
        (_key(svg.line((3.0, 8.0), (25.0, 8.0), "reach"), *ends), "95 % interval of the effect"),
        (_key(svg.line((14.0, 1.0), (14.0, 15.0), "chance")), "within reach"),
    )


def outcome_icon(outcome: str) -> Markup:
    """A mark for each outcome, told apart by shape, not by colour alone."""
    shape, kind = {
        "cause": ("up", "with"),
        "suggestive": ("up", "sham"),
        "ruled_out": ("cross", "with"),
        "unclear": ("circle", "sham"),
    }.get(outcome, ("square", "sham"))
    mark = svg.marker(shape, 8.0, 8.0, 5.2, f"reading {kind}")
    return svg.tag("svg", mark, class_=f"icon o-{outcome}", viewBox="0 0 16 16", aria_hidden="true")


def bar(one: Lack) -> Markup:
    """What there was to explain: accuracy now as a bar, and how far something reached."""
    scale = svg.Scale((0.0, 100.0), (1.0, WIDE - 1.0))
    now = _at(scale, one.now)
    if one.at == "gain" or now is None:
        return Markup()
    marks = [
        svg.tag("rect", x=1.0, y=5.0, width=WIDE - 2.0, height=8.0, class_="all"),
        svg.tag("rect", x=1.0, y=5.0, width=max(now - 1.0, 0.0), height=8.0, class_="now"),
    ]
    if (far := _at(scale, one.reach)) is not None:
        marks.append(svg.tag("rect", x=min(now, far), y=5.0, width=abs(far - now), height=8.0, class_="missing-part"))
        marks.append(svg.line((far, 1.0), (far, 17.0), "reach"))
    return _picture(18.0, *marks, said=words.lack(one))


def _base(one: Experiment) -> float | None:
    """What the effect is added to."""
    return one.sham if words.known(one.sham) else one.before


def _at(scale: svg.Scale, value: float | None) -> float | None:
    """Where a fraction stands on an axis; None where it is unknown or beyond it."""
    if value is None or not math.isfinite(value):
        return None
    low, high = scale.domain
    return scale(100 * value) if low <= 100 * value <= high else None


def _mark(value: float | None, scale: svg.Scale, shape: str, kind: str, said: str) -> Markup:
    x = _at(scale, value)
    if x is None:
        return Markup()
    return svg.tag("g", svg.tag("title", wording.signed(said)), svg.marker(shape, x, MIDDLE, 5.0, kind))


def _span(one: Experiment, scale: svg.Scale) -> Markup:
    start, end = _at(scale, _base(one)), _at(scale, one.after)
    return Markup() if start is None or end is None else svg.line((start, MIDDLE), (end, MIDDLE), "span")


def _interval(one: Experiment, scale: svg.Scale) -> Markup:
    base, found = _base(one), one.effect
    if base is None or found is None or not words.interval(one):
        return Markup()
    ends = [scale(min(max(100 * (base + end), scale.domain[0]), scale.domain[1])) for end in (found.low, found.high)]
    low, high = ends
    marks = [svg.line((low, MIDDLE), (high, MIDDLE), "reach")]
    marks += [svg.line((x, MIDDLE - CAP), (x, MIDDLE + CAP), "reach") for x in ends]
    return svg.tag("g", svg.tag("title", wording.signed(words.effect(one))), *marks)


def _key(*marks: Markup) -> Markup:
    return svg.tag("svg", *marks, class_="key o-cause", viewBox="0 0 28 16", aria_hidden="true")


def _picture(high: float, *marks: Markup, said: str = "", kind: str = "", hidden: bool = False) -> Markup:
    return svg.tag(
        "svg",
        *marks,
        class_=f"chart tried {kind}".strip(),
        viewBox=f"0 0 {svg.number(WIDE)} {svg.number(high)}",
        role=None if hidden else "img",
        aria_label=None if hidden else said,
        aria_hidden="true" if hidden else None,
    )
