"""Inside the network, tap by tap: similarity as a map of taps and doses, readouts as pairs of marks."""

from collections.abc import Sequence

from markupsafe import Markup

from shiftprobe.report.kit import svg, wording
from shiftprobe.report.kit.charts import Axis
from shiftprobe.report.kit.measures import Measure, short_names
from shiftprobe.report.kit.pictures import Pairs

ROW = 24.0
NAMES = 104.0  # units kept for the names of taps
STEPS = 10  # shades of the map
ROOMY = 40.0  # units of a column in which the number stands at its usual size
NARROWEST = 30.0  # units of a column that still has room for its number


def cka_map(ident: str, axis: Axis, rows: Sequence[tuple[str, Sequence[Measure | None]]], said: str) -> Markup:
    """Taps below each other, shallow first; one column per severity; the number in every cell that has room."""
    wide = (svg.WIDTH - 4 - NAMES) / len(axis.labels)
    marks = []
    names = short_names([tap for tap, _ in rows])
    for i, (tap, found) in enumerate(rows):
        y = i * ROW
        marks.append(_name(tap, names[i], y + ROW / 2))
        marks += [
            _cell((NAMES + j * wide, y), wide, f"{wording.name(tap)}, severity {axis.labels[j]}", one)
            for j, one in enumerate(found)
        ]
    bottom = len(rows) * ROW
    every = max(1, round(26 / wide))
    marks += [
        svg.text(NAMES + (j + 0.5) * wide, bottom + 15, label, "tick")
        for j, label in enumerate(axis.labels)
        if j % every == 0
    ]
    marks.append(svg.text((NAMES + svg.WIDTH) / 2, bottom + 31, axis.title, "axis"))
    xs = [NAMES + j * wide for j in range(len(axis.labels))]
    frame = svg.tag(
        "rect", x=xs[-1], y=0.5, width=wide - 2, height=bottom - 2, class_="cursor",
        data_xs=" ".join(map(svg.number, xs)),
    )  # fmt: skip
    return svg.chart(ident, bottom + 36, "CKA of the checkpoint, clean against shifted images", said, *marks, frame)


def pairs_map(ident: str, pairs: Pairs, said: str) -> Markup:
    """Taps of clean images below each other, taps of shifted images side by side, both shallow first."""
    wide = (svg.WIDTH - 4 - NAMES) / len(pairs.taps)
    names, bottom, marks = short_names(pairs.taps), len(pairs.taps) * ROW, []
    for i, row in enumerate(pairs.values):
        marks.append(_name(pairs.taps[i], names[i], i * ROW + ROW / 2))
        for j, value in enumerate(row):
            shade = round(STEPS * min(1.0, max(0.0, value)))
            tip = f"clean {wording.name(pairs.taps[i])}, shifted {wording.name(pairs.taps[j])}: CKA {value:.3f}"
            x, y = NAMES + j * wide, i * ROW
            box = svg.tag("rect", x=x, y=y, width=wide - 2, height=ROW - 2, class_=f"heat{shade}")
            kind = f"on{shade} tight"
            shown = svg.text(x + wide / 2 - 1, y + 15, f"{value:z.2f}", kind) if wide >= NARROWEST else ""
            marks.append(svg.tag("g", svg.tag("title", tip), box, shown))
    marks.append(
        svg.text((NAMES + svg.WIDTH) / 2, bottom + 16, "the same taps, shifted images, shallow to deep", "axis")
    )
    return svg.chart(ident, bottom + 22, "CKA of all pairs of taps", said, *marks)


def _name(tap: str, short: str, y: float) -> Markup:
    return svg.tag("g", svg.tag("title", wording.name(tap)), svg.text(NAMES - 8, y + 4, short, "tap", "end"))


def _cell(corner: tuple[float, float], wide: float, place: str, one: Measure | None) -> Markup:
    x, y = corner
    box = {"x": x, "y": y, "width": wide - 2, "height": ROW - 2}
    if one is None or one.value is None:
        reason = (one.reason if one else "") or wording.NO_REASON
        tip = svg.tag("title", f"{place}: n/a, {reason}")
        return svg.tag(
            "g", tip, svg.tag("rect", **box, class_="void"), svg.text(x + wide / 2 - 1, y + 15, "n/a", "missing")
        )
    shade = round(STEPS * min(1.0, max(0.0, one.value)))
    size = f", n = {wording.counted(one.n, 'image')}" if one.n is not None else ""
    tip = svg.tag("title", f"{place}: CKA {one.value:.3f}{size}")
    kind = f"on{shade} tight" if wide < ROOMY else f"on{shade}"
    shown = svg.text(x + wide / 2 - 1, y + 15, f"{one.value:z.2f}", kind) if wide >= NARROWEST else ""
    return svg.tag("g", tip, svg.tag("rect", **box, class_=f"heat{shade}"), shown)
