"""Numbers -> SVG text. Every word that comes from outside is made printable and escaped here."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup
from markupsafe import escape as escape_html

from shiftprobe.core.escape import escape

WIDTH = 400.0  # of every chart, in user units; charts share it, so that doses stand in line below each other
LEFT, RIGHT = 48.0, 372.0  # ends of the dose axis; a picture of 56 units may hang over either


def number(value: float) -> str:
    """A coordinate: one decimal at most, no trailing zero, never '-0'."""
    return f"{value:z.1f}".removesuffix(".0")


def tag(name: str, *children: object, **attributes: object) -> Markup:
    """One element. `class_` gives class, `stroke_width` gives stroke-width; None leaves an attribute out."""
    parts = []
    for key, value in attributes.items():
        if value is not None:
            written = number(value) if isinstance(value, float) else escape(value, 600_000)
            parts.append(f' {key.rstrip("_").replace("_", "-")}="{escape_html(written)}"')
    inside = "".join(child if isinstance(child, Markup) else escape_html(escape(child, 2000)) for child in children)
    end = f">{inside}</{name}>" if inside else "/>"
    return Markup(f"<{name}{''.join(parts)}{end}")  # noqa: S704 - every part was escaped above


def chart(ident: str, height: float, title: str, finding: str, *marks: Markup) -> Markup:
    """A picture with a name and, for those who do not see it, its finding in words."""
    head = (tag("title", title, id=f"{ident}-t"), tag("desc", finding, id=f"{ident}-d"))
    return tag(
        "svg",
        *head,
        *marks,
        class_="chart",
        viewBox=f"0 0 {number(WIDTH)} {number(height)}",
        role="img",
        aria_labelledby=f"{ident}-t {ident}-d",
    )


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "middle") -> Markup:
    """Words at a place; `anchor` is start, middle or end."""
    return tag("text", words, x=x, y=y, class_=kind or None, text_anchor=None if anchor == "middle" else anchor)


def line(start: tuple[float, float], end: tuple[float, float], kind: str) -> Markup:
    """A straight stroke; its look comes from the style sheet."""
    return tag("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], class_=kind)


def path(points: Sequence[tuple[float, float]], kind: str, *, closed: bool = False) -> Markup:
    """A line through points, or the area within them."""
    steps = "".join(f"{'L' if i else 'M'}{number(x)} {number(y)}" for i, (x, y) in enumerate(points))
    return tag("path", d=f"{steps}Z" if closed else steps, class_=kind)


def whisker(x: float, low: float, high: float, kind: str, cap: float = 4.0) -> Markup:
    """An interval as a vertical stroke with caps."""
    left, right = number(x - cap), number(x + cap)
    ends = "".join(f"M{left} {number(y)}H{right}" for y in (low, high))
    return tag("path", d=f"M{number(x)} {number(low)}V{number(high)}{ends}", class_=kind)


def without_tips(figure: Markup) -> Markup:
    """The same picture without what its marks say when pointed at; its own title stays, and every reason for n/a."""
    return Markup(re.sub(r"<title>(?![^<]*n/a)[^<]*</title>", "", figure))  # noqa: S704 - only taken from


OUTLINES = {  # corners on the unit circle, so that shapes differ where colours may not
    "square": ((-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)),
    "up": ((0, -1.15), (1.05, 0.8), (-1.05, 0.8)),
    "down": ((0, 1.15), (1.05, -0.8), (-1.05, -0.8)),
    "diamond": ((0, -1.2), (1.2, 0), (0, 1.2), (-1.2, 0)),
    "plus": (
        (-0.38, -1.1), (0.38, -1.1), (0.38, -0.38), (1.1, -0.38), (1.1, 0.38), (0.38, 0.38),
        (0.38, 1.1), (-0.38, 1.1), (-0.38, 0.38), (-1.1, 0.38), (-1.1, -0.38), (-0.38, -0.38),
    ),
    "cross": (
        (-1, -0.6), (-0.6, -1), (0, -0.4), (0.6, -1), (1, -0.6), (0.4, 0), (1, 0.6), (0.6, 1), (0, 0.4), (-0.6, 1),
        (-1, 0.6), (-0.4, 0),
    ),
    "bow": ((-1, -1), (1, 1), (1, -1), (-1, 1)),
    "hexagon": tuple((math.cos(math.pi * i / 3) * 1.1, math.sin(math.pi * i / 3) * 1.1) for i in range(6)),
}  # fmt: skip


def marker(shape: str, x: float, y: float, size: float, kind: str) -> Markup:
    """A mark of a given shape: 'circle' or one of `OUTLINES`."""
    if shape == "circle":
        return tag("circle", cx=x, cy=y, r=size, class_=kind)
    return path([(x + size * dx, y + size * dy) for dx, dy in OUTLINES[shape]], kind, closed=True)


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear map from values to user units."""

    domain: tuple[float, float]
    extent: tuple[float, float]

    def __call__(self, value: float) -> float:
        """Where a value stands."""
        (low, high), (start, end) = self.domain, self.extent
        return start + (value - low) / (high - low) * (end - start)


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers within an interval, 1, 2 or 5 times a power of ten apart, at most so many."""
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * (1 - 1e-9))
    return [step * i for i in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def snug(low: float, high: float, most: int) -> tuple[float, float]:
    """Round ends close around an interval of percentages, never beyond 0 or 100."""
    room = max(high - low, 0.2)
    low, high = low - 0.05 * room, high + 0.05 * room
    marks = ticks(low, high, most)
    step = marks[1] - marks[0] if len(marks) > 1 else room
    ends = step * math.floor(low / step + 1e-9), step * math.ceil(high / step - 1e-9)
    return max(0.0, ends[0]), min(100.0, ends[1])
