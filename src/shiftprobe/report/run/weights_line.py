"""What is lost at home and won on the target on the straight line from the source's weights to those of transfer."""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from shiftprobe.diagnosing.line import curve
from shiftprobe.report.kit import charts, svg, wording
from shiftprobe.report.kit.measures import Measure

PLACES = (("home ", "home", "zero_shot"), ("", "target", "transfer"))
TOP, BOTTOM = 26.0, 214.0
LABEL = 8.0  # user units between a curve and its name


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsLine:
    """The picture with its sentence."""

    figure: Markup
    said: str


def weights_line(rows: Iterable[Measure]) -> WeightsLine | None:
    """Accuracy at home and on the target against the share of the way; None where the line was not walked, or no home.

    Reference: Wortsman et al., 2022, arXiv:2109.01903: between a checkpoint and its fine-tuned weights a network may do
        well on both.
    """
    every = tuple(rows)
    curves = [(name, arm, curve(every, home)) for home, name, arm in PLACES]
    if not all(found for _, _, found in curves):
        return None
    shares = sorted(curves[0][2])
    return WeightsLine(figure=_figure(curves), said=_said(curves[0][2], curves[1][2], shares))


def _said(home: dict[float, float], target: dict[float, float], shares: list[float]) -> str:
    best = max(shares, key=lambda share: home[share] + target.get(share, 0.0))
    (home_first, home_best, home_last), (first, highest, last) = (
        [wording.percent(found[share]) for share in (shares[0], best, shares[-1])] for found in (home, target)
    )
    return (
        f"From the source to transfer home goes from {home_first} to {home_last} %, the target from {first} to "
        f"{last} %; at {best:g} of the way both together are highest ({home_best} % and {highest} %)."
    )


def _figure(curves: list[tuple[str, str, dict[float, float]]]) -> Markup:
    values = [100 * value for _, _, found in curves for value in found.values()]
    x, y = svg.Scale((0.0, 1.0), (svg.LEFT, svg.RIGHT)), svg.Scale(svg.snug(min(values), max(values), 5), (BOTTOM, TOP))
    marks = charts.grid_lines(y, 5, "g")
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        marks.append(svg.text(x(share), BOTTOM + 16, f"{share:g}", "tick"))
    for name, arm, found in curves:
        place, shape = charts.look(arm)
        points = [(x(share), y(100 * value)) for share, value in found.items()]
        marks.append(svg.path(points, f"line arm{place}"))
        marks += [svg.marker(shape, left, top, 4.0, f"mark arm{place}") for left, top in points]
        marks.append(svg.text(points[-1][0], points[-1][1] - LABEL, name, "note", "end"))
    marks.append(
        svg.text((svg.LEFT + svg.RIGHT) / 2, BOTTOM + 32, "share of the way from the source to transfer", "axis")
    )
    title = "Accuracy along the straight line between weights"
    return svg.chart("weights-line", BOTTOM + 40, title, "home and target against the share of the way", *marks)
