"""Which images each arm has right: a mosaic of four outcomes whose areas are counts."""

from collections.abc import Mapping

from markupsafe import Markup

from shiftprobe.report.kit import charts, svg, wording
from shiftprobe.results.gallery import Gallery

OUTCOMES = ("b_only", "a_only", "neither", "both")  # the discordant ones first
HEIGHT = 190.0
GAP = 3.0
THINNEST = 2.5  # units; what occurs is seen
ROOM = (84.0, 30.0)  # units a cell needs for its mark and count


def word(one: Gallery, outcome: str) -> str:
    """An outcome in words: 'only transfer right'."""
    return {
        "both": "both right",
        "a_only": f"only {one.a} right",
        "b_only": f"only {one.b} right",
        "neither": "both wrong",
    }[outcome]


def marks(one: Gallery, outcome: str) -> tuple[tuple[str, str], ...]:
    """Shapes and classes of an outcome: the marks of the arms that are right, a cross where none is."""
    right = {"both": (one.a, one.b), "a_only": (one.a,), "b_only": (one.b,), "neither": ()}[outcome]
    found = tuple((charts.look(arm)[1], f"spot arm{charts.look(arm)[0]}") for arm in right)
    return found or (("cross", "spot wrong"),)


def icon(one: Gallery, outcome: str) -> Markup:
    """The marks of an outcome, for a line of text."""
    found = marks(one, outcome)
    wide = 16 * len(found)
    spots = [svg.marker(shape, 8 + 16 * i, 8, 5.0, kind) for i, (shape, kind) in enumerate(found)]
    return svg.tag("svg", *spots, class_="spots", viewBox=f"0 0 {wide} 16", width=wide, height=16, aria_hidden="true")


def mosaic(ident: str, one: Gallery) -> Markup:
    """Rows: the first arm right, wrong; in each row the second arm right, wrong."""
    tiles = []
    upper = one.counts.get("both", 0) + one.counts.get("a_only", 0)
    lower = one.counts.get("b_only", 0) + one.counts.get("neither", 0)
    tops = _cut(HEIGHT, upper, lower)
    for (top, tall), row in zip(tops, (("both", "a_only"), ("b_only", "neither")), strict=True):
        places = _cut(svg.WIDTH - 4, *(one.counts.get(outcome, 0) for outcome in row))
        for (left, wide), outcome in zip(places, row, strict=True):
            if one.counts.get(outcome, 0):
                tiles.append(_tile(one, outcome, (left + 2, top), (wide, tall)))
    total = sum(one.counts.values())
    said = "; ".join(f"{word(one, outcome)} {share(one, outcome)}" for outcome in OUTCOMES)
    title = f"{one.a} and {one.b}, right or wrong: areas are {wording.counted(total, 'answer')}"
    return svg.chart(ident, HEIGHT, title, f"{said}.", *tiles)


def _cut(length: float, *counts: int) -> list[tuple[float, float]]:
    """Two stretches of a length, by counts; one that occurs is never thinner than can be seen."""
    total = sum(counts)
    if not total or not all(counts):
        first = length if counts[0] else 0.0
        return [(0.0, first), (0.0, length - first)]
    usable = length - GAP
    first = min(max(usable * counts[0] / total, THINNEST), usable - THINNEST)
    return [(0.0, first), (first + GAP, usable - first)]


def _tile(one: Gallery, outcome: str, corner: tuple[float, float], size: tuple[float, float]) -> Markup:
    (x, y), (wide, tall) = corner, size
    inside = [
        svg.tag("title", f"{word(one, outcome)}: {share(one, outcome)}"),
        svg.tag("rect", x=x, y=y, width=wide, height=tall),
    ]
    if wide >= ROOM[0] and tall >= ROOM[1]:
        found = marks(one, outcome)
        inside += [svg.marker(shape, x + 14 + 15 * i, y + 15, 5.0, kind) for i, (shape, kind) in enumerate(found)]
        words_at = x + 10 + 15 * len(found)
        inside.append(svg.text(words_at, y + 19.5, f"{one.counts[outcome]:,}", "amount", "start"))
        if wide >= 2 * ROOM[0] and tall >= 2 * ROOM[1]:
            inside.append(svg.text(x + 9, y + 38, word(one, outcome), "", "start"))
    return svg.tag("g", *inside, class_=f"tile-{outcome} outcome", data_outcome=outcome)


def share(one: Gallery, outcome: str) -> str:
    """'31 of 2,157 (1.4 %)': answers, an image times a seed each."""
    count, total = one.counts.get(outcome, 0), sum(one.counts.values())
    return f"{count:,} of {total:,}" + (f" ({wording.percent(count / total)} %)" if total else "")


def leading(outcomes: Mapping[str, int]) -> str:
    """The outcome an image is filed under: the more frequent discordant one, else the more frequent other."""
    for group in (OUTCOMES[:2], OUTCOMES[2:]):
        best = max(group, key=lambda outcome: outcomes.get(outcome, 0))
        if outcomes.get(best, 0):
            return best
    return OUTCOMES[-1]
