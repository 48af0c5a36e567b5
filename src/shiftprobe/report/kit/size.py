"""The size of a difference as a bar: how much first, whether it is shown second."""

from markupsafe import Markup

from shiftprobe.report.kit import svg

WIDE, HIGH = 76.0, 7.0  # units


def bar(difference: float, largest: float, *, sure: bool) -> Markup:
    """A difference as a length to either side of 0: filled where it is shown, hollow where it is not."""
    half = WIDE / 2 - 1
    length = half * min(abs(difference) / largest, 1.0) if largest else 0.0
    middle = WIDE / 2
    kind = f"{'gain' if difference > 0 else 'loss'}{'' if sure else ' hollow'}"
    marks = [svg.line((middle, 0.0), (middle, HIGH), "zero")]
    if length >= 0.5:  # noqa: PLR2004 - units; shorter is not seen
        left = middle if difference > 0 else middle - length
        marks.append(svg.tag("rect", x=left, y=1.0, width=length, height=HIGH - 2, class_=kind))
    box = f"0 0 {svg.number(WIDE)} {svg.number(HIGH)}"
    return svg.tag("svg", *marks, class_="size", viewBox=box, aria_hidden="true")
