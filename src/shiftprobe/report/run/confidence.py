"""How sure the untouched checkpoint is of its answers: clean against shifted, and how often it is right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from shiftprobe.core.types import UNSHIFTED, Condition
from shiftprobe.report.kit import svg, wording
from shiftprobe.report.kit.drawn import draws
from shiftprobe.report.kit.pictures import Bins

ARM = "zero_shot"
TALLEST_BAR, FLOOR = 118.0, 128.0  # units of the tallest bar, and where bars stand
MAX_HISTOGRAMS = 4  # shifts with a picture

draws({"calibration"})


@dataclass(frozen=True, slots=True)
class Histogram:
    """One picture and the sentence that reads it."""

    title: str
    figure: Markup
    said: str


def section(bins: Mapping[Condition, Bins], places: Sequence[Condition]) -> tuple[Histogram, ...]:
    """A histogram per shift at its strongest dose, beside the unshifted target's; empty where nobody counted."""
    home = bins.get(UNSHIFTED)
    if home is None:
        return ()
    known = [
        (place, bins[place]) for place in places[:MAX_HISTOGRAMS] if place in bins and len(bins[place]) == len(home)
    ]
    return tuple(_histogram(f"h{i}", place, home, here) for i, (place, here) in enumerate(known))


def _histogram(ident: str, place: Condition, home: Bins, here: Bins) -> Histogram:
    clean, shifted = ([n / max(1.0, sum(one[0] for one in bins)) for n, _, _ in bins] for bins in (home, here))
    scale = svg.Scale((0.0, 1.0), (svg.LEFT, svg.RIGHT))
    top, wide = max(*clean, *shifted), (svg.RIGHT - svg.LEFT) / len(home)
    marks = [svg.line((svg.LEFT, FLOOR), (svg.RIGHT, FLOOR), "zero")]
    for i, (before, after) in enumerate(zip(clean, shifted, strict=True)):
        left, room = svg.LEFT + i * wide, f"confidence {i / len(home):.2f} to {(i + 1) / len(home):.2f}"
        for share, kind, name, inset in ((after, "sure shifted", "shifted", 2.0), (before, "sure clean", "clean", 0.5)):
            tall = TALLEST_BAR * share / top
            tip = svg.tag("title", f"{room}, {name}: {100 * share:.1f} % of the images")
            box = svg.tag("rect", x=left + inset, y=FLOOR - tall, width=wide - 2 * inset, height=tall, class_=kind)
            marks.append(svg.tag("g", tip, box))
    marks += [svg.text(scale(tick), FLOOR + 15, f"{tick:g}", "tick") for tick in (0.0, 0.25, 0.5, 0.75, 1.0)]
    marks.append(svg.text((svg.LEFT + svg.RIGHT) / 2, FLOOR + 31, "confidence of the answer", "axis"))
    said = f"On the unshifted target {_sure(home)}; at {wording.place(place)} {_sure(here)}."
    title = f"Confidence at {wording.place(place)}"
    return Histogram(title, svg.chart(ident, FLOOR + 36, title, said, *marks), said)


def _sure(bins: Bins) -> str:
    """How sure it is on average, and how often right."""
    n, sure, right = (sum(column) for column in zip(*bins, strict=True))
    n = max(1.0, n)
    return f"it is {100 * sure / n:.1f} % sure on average and right on {100 * right / n:.1f} % (n = {n:,.0f} images)"
