"""The dial: accuracy of every arm against severity, and the difference below it. Computes no statistic."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from shiftprobe.metrics.scores import SCORES, ScoreName
from shiftprobe.report.kit import svg, wording
from shiftprobe.report.kit.large import MAX_SEEDS
from shiftprobe.results.model import ArmPoint, Contrast

ARMS = {  # arm -> shape; the place in this table is its colour in style.css
    "transfer": "circle", "scratch": "square", "zero_shot": "up", "linear_probe": "diamond",
    "frozen_random": "plus", "lp_ft": "down", "mean_var": "bow", "bn_adapt": "hexagon",
}  # fmt: skip
NOTHING = Markup()
NO_LEVELS: Mapping[str, float] = {}
NEAR = 10.0  # points below the axis at which chance is still worth its height
CLOSEST = 40.0  # pictures and labels nearer than this would run into each other


def look(arm: str) -> tuple[int, str]:
    """Colour class and shape of an arm; an arm we do not know takes its place after the others."""
    names = list(ARMS)
    place = names.index(arm) if arm in names else sum(arm.encode()) % len(names)
    return place, ARMS[names[place]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """The steps of a dial: where they stand and what they are called."""

    xs: tuple[float, ...]  # user units
    labels: tuple[str, ...]
    title: str
    moves: bool = True  # with the slider

    @property
    def apart(self) -> tuple[int, ...]:
        """Steps with room for a word or a picture, both ends among them."""
        kept = [0]
        for i in range(1, len(self.xs) - 1):
            if min(self.xs[i] - self.xs[kept[-1]], self.xs[-1] - self.xs[i]) >= CLOSEST:
                kept.append(i)
        return tuple(kept) if len(self.xs) == 1 else (*kept, len(self.xs) - 1)


def severity_axis(severities: Sequence[float]) -> Axis:
    """Severities to scale, from 0 to the largest; a single one stands in the middle."""
    labels = tuple(f"{one:g}" for one in severities)
    if len(severities) == 1:
        return Axis(xs=((svg.LEFT + svg.RIGHT) / 2,), labels=labels, title="severity", moves=False)
    scale = svg.Scale((0.0, max(severities)), (svg.LEFT, svg.RIGHT))
    return Axis(xs=tuple(scale(one) for one in severities), labels=labels, title="severity")


def budget_axis(budgets: Sequence[int]) -> Axis:
    """Budgets side by side, evenly: they usually grow by factors."""
    scale = svg.Scale((0.0, max(len(budgets) - 1, 1)), (svg.LEFT, svg.RIGHT))
    xs = tuple(scale(i) for i in range(len(budgets)))
    return Axis(xs=xs, labels=tuple(f"{one:,}" for one in budgets), title="labelled target images", moves=False)


def cursor(axis: Axis, top: float, bottom: float) -> Markup:
    """The line that the slider moves; it stands at the last step until then."""
    if not axis.moves:
        return Markup()
    xs = " ".join(svg.number(x) for x in axis.xs)
    x = axis.xs[-1]
    return svg.tag("line", x1=x, x2=x, y1=top, y2=bottom, class_="cursor", data_xs=xs)


def foot(axis: Axis, y: float) -> Markup:
    """Labels below the steps, and what they count."""
    labels = [svg.text(axis.xs[i], y + 15, axis.labels[i], "tick") for i in axis.apart]
    return Markup("").join((*labels, svg.text((svg.LEFT + svg.RIGHT) / 2, y + 31, axis.title, "axis")))


def grid_lines(scale: svg.Scale, most: int, labels: str) -> list[Markup]:
    """Horizontal lines at round numbers, each with its label in a format of Python's."""
    marks = []
    for tick in svg.ticks(*scale.domain, most):
        word = f"{tick:{labels}}".replace("-", wording.MINUS) if tick else "0"
        marks += [
            svg.line((svg.LEFT, scale(tick)), (svg.RIGHT, scale(tick)), "grid"),
            svg.text(svg.LEFT - 8, scale(tick) + 4, word, "tick", "end"),
        ]
    return marks


def accuracy_domain(points: Sequence[ArmPoint], levels: Mapping[str, float] = NO_LEVELS) -> tuple[float, float]:
    """Percent, whole tens around everything that will be drawn, one pair for all panels.

    A level that needs no network is drawn too where it lies in the ten below; one farther off would only cost height.
    """
    reach = [number for one in points for number in (*one.values, one.low, one.high) if number is not None]
    reach += [one.mean + sign * (one.std or 0) for one in points if one.mean is not None for sign in (-1, 1)]
    low, high = 100 * min(reach, default=0.0), 100 * max(reach, default=1.0)
    bottom = low // 10 * 10
    near = [100 * level for level in levels.values() if bottom - NEAR <= 100 * level < bottom]
    bottom = min([bottom, *(level // 10 * 10 for level in near)])
    top = -(-high // 10) * 10
    return (max(0.0, bottom), min(100.0, top)) if SCORES[score_of(points)].rises else (bottom, top)


def score_of(points: Iterable[ArmPoint | None]) -> ScoreName:
    """In which some points are; all of a picture are in the same."""
    return next((one.score for one in points if one is not None), "top1")


def level_lines(
    scale: svg.Scale, levels: Mapping[str, float], ends: tuple[float, float] = (svg.LEFT, svg.RIGHT)
) -> Markup:
    """What needs no network, where the axis comes that far: the first named at the left, the second at the right."""
    drawn = []
    for (name, level), left in zip(levels.items(), (True, False), strict=False):
        if not scale.domain[0] <= 100 * level <= scale.domain[1]:
            continue
        y = scale(100 * level)
        tip = svg.tag("title", f"{name} {wording.percent(level)} %")
        word = svg.text(ends[0] + 3 if left else ends[1] - 3, y - 4, name, "note", "start" if left else "end")
        drawn.append(svg.tag("g", tip, svg.line((ends[0], y), (ends[1], y), "chance"), word))
    return Markup("").join(drawn)


def flag(axis: Axis, place: int, said: str, span: tuple[float, float]) -> Markup:
    """A step of the axis from which something holds, with a word at its foot."""
    x, last = axis.xs[place], place == len(axis.xs) - 1
    word = svg.text(x - 5 if last else x + 5, span[1] - 6, said, "note", "end" if last else "start")
    return svg.tag("g", svg.line((x, span[0]), (x, span[1]), "flag"), word if said else Markup())


def accuracy_chart(
    ident: str,
    axis: Axis,
    series: Sequence[tuple[str, Sequence[ArmPoint | None]]],
    domain: tuple[float, float],
    said: str,
    *,
    levels: Mapping[str, float] = NO_LEVELS,
    behind: Markup = NOTHING,
) -> Markup:
    """One line per arm with its spread over seeds; `behind` is drawn before the lines."""
    scale = svg.Scale(domain, (206.0, 24.0))
    marks = [*grid_lines(scale, 6, ".0f"), level_lines(scale, levels), behind]
    marks += [cursor(axis, 18, 206), foot(axis, 206)]
    marks += [_band(axis, scale, arm, points) for arm, points in series]
    marks += [_series(axis, scale, arm, points) for arm, points in series]
    marks += [_missing(axis, i, series) for i in range(len(axis.xs))]
    score = score_of(one for _, points in series for one in points)
    marks.append(svg.text(svg.LEFT - 40, 11, wording.axis(score), "axis", "start"))
    return svg.chart(ident, 242.0, f"{wording.heading(score)} of every arm", said, *marks)


def _runs(points: Sequence[ArmPoint | None]) -> list[list[tuple[int, ArmPoint, float]]]:
    """Stretches without a gap; a line never bridges a missing value."""
    stretches: list[list[tuple[int, ArmPoint, float]]] = [[]]
    for i, one in enumerate(points):
        if one is None or one.mean is None:
            stretches.append([])
        else:
            stretches[-1].append((i, one, one.mean))
    return [stretch for stretch in stretches if stretch]


def _missing(axis: Axis, i: int, series: Sequence[tuple[str, Sequence[ArmPoint | None]]]) -> Markup:
    """Where a line has a gap: which arms, and why."""
    gone = [(arm, points[i]) for arm, points in series]
    said = [f"{arm} n/a: {(one and one.reason) or wording.NO_CELL}" for arm, one in gone if not one or one.mean is None]
    if not said:
        return Markup()
    return svg.tag("g", svg.tag("title", "; ".join(said)), svg.text(axis.xs[i], 201, "n/a", "missing"))


def _band(axis: Axis, scale: svg.Scale, arm: str, points: Sequence[ArmPoint | None]) -> Markup:
    areas = []
    for stretch in _runs(points):
        spread = [(axis.xs[i], mean, one.std) for i, one, mean in stretch if one.std is not None]
        above = [(x, scale(min(100 * (mean + std), scale.domain[1]))) for x, mean, std in spread]
        below = [(x, scale(max(100 * (mean - std), scale.domain[0]))) for x, mean, std in reversed(spread)]
        if len(spread) > 1:
            areas.append(svg.path([*above, *below], f"band arm{look(arm)[0]}", closed=True))
    return Markup("").join(areas)


def _series(axis: Axis, scale: svg.Scale, arm: str, points: Sequence[ArmPoint | None]) -> Markup:
    place, shape = look(arm)
    marks = []
    for stretch in _runs(points):
        marks.append(svg.path([(axis.xs[i], scale(100 * mean)) for i, _, mean in stretch], f"line arm{place}"))
        for i, one, mean in stretch:
            x, y = axis.xs[i], scale(100 * mean)
            if one.std is None and one.low is not None and one.high is not None:
                marks.append(svg.whisker(x, scale(100 * one.low), scale(100 * one.high), f"whisker arm{place}"))
            seeds = one.values[:MAX_SEEDS] if one.n > 1 else ()
            marks += [svg.tag("circle", cx=x, cy=scale(100 * v), r=1.6, class_=f"seed arm{place}") for v in seeds]
            tip = svg.tag("title", f"{axis.title} {axis.labels[i]}: {wording.accuracy(one)}")
            marks.append(svg.tag("g", tip, svg.marker(shape, x, y, 4.6, f"mark arm{place}")))
    return Markup("").join(marks)


def gain_domain(contrasts: Sequence[Contrast], margin: float) -> tuple[float, float]:
    """Points, around 0, the margin and every interval, one pair for all panels."""
    reach = [number for one in contrasts for number in (one.difference, one.low, one.high) if number is not None]
    low, high = (100 * pick((*reach, -1.3 * margin, 1.3 * margin)) for pick in (min, max))
    room = 0.04 * (high - low)
    return low - room, high + room


def gain_chart(
    ident: str, axis: Axis, contrasts: Sequence[Contrast | None], domain: tuple[float, float], margin: float
) -> Markup:
    """The difference of two arms with its interval, a zero line and the margin as a band."""
    scale = svg.Scale(domain, (146.0, 40.0))
    known = [one for one in contrasts if one is not None]
    top, bottom = scale(100 * margin), scale(-100 * margin)
    area = svg.tag("rect", x=svg.LEFT, width=svg.RIGHT - svg.LEFT, y=top, height=bottom - top, class_="margin")
    zero = svg.line((svg.LEFT, scale(0)), (svg.RIGHT, scale(0)), "zero")
    marks = [area, *grid_lines(scale, 5, "+.3g"), zero, cursor(axis, 34, 146), foot(axis, 146)]
    marks += [_gain(axis, i, scale, one) for i, one in enumerate(contrasts)]
    pair = wording.minus(known[0].a, known[0].b) if known else "difference"
    marks.append(svg.text(svg.LEFT - 40, 11, f"{pair}, points", "axis", "start"))
    return svg.chart(ident, 182.0, f"{pair} with its 95 % interval", wording.gain_finding(known), *marks)


def _gain(axis: Axis, i: int, scale: svg.Scale, one: Contrast | None) -> Markup:
    x = axis.xs[i]
    if one is None or one.difference is None:
        return svg.text(x, scale(0) - 5, "n/a", "missing")
    verdict = wording.verdict(one)
    kind = f"v-{verdict}"
    marks = [svg.tag("title", f"{axis.title} {axis.labels[i]}: {wording.difference(one)}")]
    ends = sorted((scale(0), scale(100 * one.difference)))
    marks.append(svg.tag("rect", x=x - 7, width=14.0, y=ends[0], height=ends[1] - ends[0], class_=f"amount-bar {kind}"))
    if one.low is not None and one.high is not None:
        marks.append(svg.whisker(x, scale(100 * one.low), scale(100 * one.high), f"interval {kind}"))
    marks.append(svg.marker(wording.MARKS[verdict].shape, x, scale(100 * one.difference), 5.0, f"verdict {kind}"))
    if i in axis.apart:
        marks.append(svg.text(x, 29, wording.points(one.difference, one.low, one.high), "amount"))
    return svg.tag("g", *marks)
