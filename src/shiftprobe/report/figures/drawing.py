"""Plain numbers -> SVG and PDF, sized for a column of a paper (3.3 in) or two (6.9 in). Reads no file."""

import io
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypedDict

from shiftprobe.core.escape import escape
from shiftprobe.report.figures import flip_map
from shiftprobe.report.figures.numbers import DepthFigure, FigureLine, FigurePanel, Numbers, Panels, TwoArms
from shiftprobe.report.kit import charts
from shiftprobe.report.kit.flip_grid import FlipGrid
from shiftprobe.report.kit.measures import short_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMN, PAGE = 3.3, 6.9  # inches
ACROSS = 4  # panels side by side at most
MAX_NAME = 40  # characters
MAX_TICKS = 5  # severities that all have their number
TONES = ("#0072b2", "#c84e00", "#4a5560", "#00805e", "#b0568c", "#2a8fd0", "#a06a00", "#7d6f00")  # as on the page
MARKS = {"circle": "o", "square": "s", "up": "^", "diamond": "D", "plus": "P", "down": "v", "bow": "X", "hexagon": "h"}
DASHES = ("-", "--", ":", "-.")
LOOK: Any = {  # keys of matplotlib's own
    "font.size": 8, "axes.titlesize": 8, "axes.labelsize": 8, "legend.fontsize": 7, "xtick.labelsize": 7,
    "ytick.labelsize": 7, "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.6,
    "lines.linewidth": 1.2, "lines.markersize": 5, "grid.linewidth": 0.4, "grid.color": "#e0e4e8",
    "text.parse_math": False,  # a dollar in a name is a dollar
    "svg.fonttype": "none",  # text stays text: searchable, in the document's own font
    "svg.hashsalt": "shiftprobe",  # the same numbers, the same bytes
    "pdf.fonttype": 42,
}  # fmt: skip
UNDATED = {"svg": {"Date": None, "Creator": None}, "pdf": {"CreationDate": None, "Creator": None, "Producer": None}}


def pictures(numbers: Numbers) -> dict[str, bytes]:
    """One figure as the bytes of every format.

    Args:
        numbers: what it shows.

    Returns:
        By file ending, 'svg' and 'pdf'; without a date, so that the same numbers give the same bytes.
    """
    import matplotlib as mpl

    found = {}
    with mpl.rc_context(LOOK), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # a name in any script is drawn as far as the font goes
        figure = _figure(numbers)
        for kind, undated in UNDATED.items():
            buffer = io.BytesIO()
            figure.savefig(buffer, format=kind, metadata=undated, bbox_inches="tight", pad_inches=0.02)
            found[kind] = buffer.getvalue()
    return found


def _figure(numbers: Numbers) -> "Figure":
    if isinstance(numbers, TwoArms):
        return _two_arms(numbers)
    if isinstance(numbers, FlipGrid):
        figure = _new(PAGE, 1.0)
        flip_map.draw(numbers, figure, lambda arm: _look(arm)["color"])
        return figure
    return _depth(numbers) if isinstance(numbers, DepthFigure) else _panels(numbers)


def _new(width: float, height: float) -> "Figure":
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _named(name: str) -> str:
    """Foreign text; a leading underscore would hide it from a legend."""
    said = escape(name, MAX_NAME)
    return f" {said}" if said.startswith("_") else said


class LineLook(TypedDict):
    """A line in matplotlib's words."""

    color: str
    marker: str
    linestyle: Any


def _look(arm: str, look: tuple[int, str] | None = None) -> LineLook:
    """Colour, mark and dash of an arm, or of a line that says its own."""
    place, shape = look or charts.look(arm)
    return {"color": TONES[place % len(TONES)], "marker": MARKS[shape], "linestyle": DASHES[place % len(DASHES)]}


def _draw(axes: "Axes", line: FigureLine, look: LineLook) -> None:
    xs, values = [spot.x for spot in line.spots], [spot.value for spot in line.spots]
    axes.plot(xs, values, label=_named(line.name), markeredgecolor="white", markeredgewidth=0.4, zorder=3, **look)
    for spot in line.spots:
        if spot.low is not None and spot.high is not None:
            axes.plot((spot.x, spot.x), (spot.low, spot.high), color=look["color"], linewidth=0.9, zorder=2)


def _panels(numbers: Panels) -> "Figure":
    count = len(numbers.panels)
    across = {2: 2, 4: 2}.get(count, min(count, 3 if count <= 6 else ACROSS))  # noqa: PLR2004 - two rows of three
    down = -(-count // across)
    width = COLUMN if count == 1 else PAGE
    figure = _new(width, 0.45 + down * (2.1 if count == 1 else 1.75))
    grid = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
    for axes, panel in zip(grid.flat, numbers.panels, strict=False):
        _panel(axes, panel, numbers)
    for axes in grid.flat[count:]:
        axes.set_visible(False)
    for axes in grid.flat[max(count - across, 0) : count]:
        axes.tick_params(labelbottom=True)
    figure.supxlabel(numbers.axis, fontsize=8)
    figure.supylabel(escape(numbers.unit, 2 * MAX_NAME), fontsize=8)
    handles, labels = max((axes.get_legend_handles_labels() for axes in grid.flat[:count]), key=lambda one: len(one[1]))
    if len(labels) > 1:
        figure.legend(handles, labels, loc="outside upper center", ncols=min(len(labels), 4), frameon=False)
    return figure


def _panel(axes: "Axes", panel: FigurePanel, numbers: Panels) -> None:
    axes.grid(axis="y")
    if numbers.margin is not None:
        axes.axhspan(-numbers.margin, numbers.margin, color="#16202b", alpha=0.09, linewidth=0)
        axes.axhline(0, color="#6b7783", linewidth=0.8)
    for line in panel.lines:
        _draw(axes, line, _look(line.name) if numbers.margin is None else _look("transfer"))
    if not numbers.ticks or len(numbers.panels) > 1:
        axes.set_title(escape(panel.title, MAX_NAME))
    if numbers.ticks:
        axes.set_xticks(range(len(numbers.ticks)), numbers.ticks)
    elif len(at := sorted({spot.x for line in panel.lines for spot in line.spots})) <= MAX_TICKS:
        axes.set_xticks(at, [f"{x:g}" for x in at])


def _two_arms(numbers: TwoArms) -> "Figure":
    figure = _new(COLUMN, 2.2)
    left, right = figure.subplots(1, 2, width_ratios=(2, 1))
    for a, b in numbers.seeds:
        left.plot((0, 1), (b, a), color="#6b7783", linewidth=0.7, alpha=0.7, zorder=1)
    for x, side in ((0, 1), (1, 0)):
        look: LineLook = {**_look(numbers.names[side]), "linestyle": ""}
        left.plot(
            [x] * len(numbers.seeds),
            [seed[side] for seed in numbers.seeds],
            markeredgecolor="white",
            markeredgewidth=0.4,
            **look,
        )
    left.set_xticks((0, 1), [escape(name, MAX_NAME) for name in numbers.names[::-1]])
    left.set_xlim(-0.35, 1.35)
    left.set_ylabel("accuracy (%)")
    right.axhspan(-numbers.margin, numbers.margin, color="#16202b", alpha=0.09, linewidth=0)
    right.axhline(0, color="#6b7783", linewidth=0.8)
    _draw(right, FigureLine("", (numbers.gap,)), {**_look("transfer"), "linestyle": ""})
    right.set_xlim(-1, 1)
    right.set_xticks((0,), ["difference"])
    right.set_ylabel("points, 95 % interval")
    return figure


def _depth(numbers: DepthFigure) -> "Figure":
    sides = [(numbers.similar, "CKA, debiased"), (numbers.read, "linear readout (%)")]
    shown = [(lines, unit) for lines, unit in sides if lines]
    figure = _new(PAGE if len(shown) > 1 else COLUMN, 1.1 + 0.28 * len(numbers.taps))
    for axes, (lines, unit) in zip(figure.subplots(1, len(shown), sharey=True, squeeze=False)[0], shown, strict=True):
        _strip(axes, numbers, lines, unit)
    figure.suptitle(f"Along the depth: {escape(numbers.title, 2 * MAX_NAME)}", fontsize=8)
    return figure


def _strip(axes: "Axes", numbers: DepthFigure, lines: Sequence[FigureLine], unit: str) -> None:
    """Taps from top to bottom, so that their names can be read."""
    handles: list[Any] = []
    for i, band in enumerate(numbers.band if lines is numbers.similar else ()):
        if band:
            box = axes.barh(i, band[1] - band[0], left=band[0], height=0.7, color="#6b7783", alpha=0.3)
            handles = [(box, "scratch seeds among each other")]
    for k, line in enumerate(lines):
        look: LineLook = {**_look(line.name, line.look), "linestyle": ""}
        ys = [spot.x + 0.6 * ((k + 1) / (len(lines) + 1) - 0.5) for spot in line.spots]
        (mark,) = axes.plot([spot.value for spot in line.spots], ys, zorder=3, **look)
        handles.append((mark, _named(line.name)))
        for y, spot in zip(ys, line.spots, strict=True):
            if spot.low is not None and spot.high is not None:
                axes.hlines(y, spot.low, spot.high, colors=look["color"], linewidth=0.9)
    axes.grid(axis="x")
    axes.set_yticks(range(len(numbers.taps)), [escape(tap, MAX_NAME) for tap in short_names(numbers.taps)])
    axes.set_ylim(len(numbers.taps) - 0.5, -0.5)
    axes.set_xlabel(unit)
    axes.legend(*zip(*handles, strict=True), loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False)
