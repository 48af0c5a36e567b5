"""The flip map for a paper: a page wide, one path per filling, so that hundreds of images stay a small vector file."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from shiftprobe.core.escape import escape
from shiftprobe.report.kit.flip_grid import STEPS, FlipBlock, FlipGrid, stretches

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW, LOW_ROW, MANY_ROWS = 0.13, 0.06, 16  # inches
HEAD = 0.30  # inches of a title
MAX_NAME = 24  # characters
EMPTY, HURT, HELPED = "#e8ebef", "#b3261e", "#006b4f"  # as on the page


def draw(numbers: FlipGrid, figure: "Figure", tone: Callable[[str], str]) -> None:
    """Draw the blocks below each other; `tone` is the colour of an arm."""
    tall = [_height(block) for block in numbers.blocks]
    figure.set_figheight(0.45 + sum(tall) + HEAD * len(tall))
    grid = figure.subplots(len(tall), 1, sharex=True, squeeze=False, height_ratios=tall)[:, 0]
    for axes, block in zip(grid, numbers.blocks, strict=True):
        _block(axes, block, numbers, tone)
    for kind, colour in (("hurt", HURT), ("helped", HELPED)):
        places = [i for i, one in enumerate(numbers.images) if one.kind == kind]
        if places:
            ends = places[0], places[-1] + 1
            grid[0].plot(ends, (-0.5, -0.5), color=colour, linewidth=2.5, solid_capstyle="butt", clip_on=False)
            left = kind == "hurt"
            grid[0].text(ends[not left], -0.8, kind, color=colour, ha="left" if left else "right", va="bottom")
    grid[-1].set_xlabel(f"{len(numbers.images):,} of {numbers.total:,} test images on which any two trainings differ")


def _height(block: FlipBlock) -> float:
    return len(block.cells) * (ROW if len(block.cells) <= MANY_ROWS else LOW_ROW)


def _block(axes: "Axes", block: FlipBlock, numbers: FlipGrid, tone: Callable[[str], str]) -> None:
    from matplotlib.patches import PathPatch, Rectangle
    from matplotlib.path import Path

    rows = len(block.cells)
    axes.add_patch(Rectangle((0, 0), len(numbers.images), rows, facecolor=EMPTY, linewidth=0))
    corners: dict[int, list[tuple[float, float]]] = {}
    for row, cells in enumerate(block.cells):
        low, high = row + 0.04, row + 0.96
        for one in stretches(cells):
            left, right = one.start, one.start + one.length
            box = [(left, low), (right, low), (right, high), (left, high), (left, low)]
            corners.setdefault(one.filling, []).extend(box)
    for filling, points in sorted(corners.items()):
        colour = tone(block.arm or numbers.names[filling < 0])
        codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * (len(points) // 5)
        shape = PathPatch(Path(points, codes), facecolor=colour, linewidth=0, alpha=0.04 + 0.96 * abs(filling) / STEPS)
        axes.add_patch(shape)
    axes.set_xlim(0, len(numbers.images))
    axes.set_ylim(rows, 0)
    named = [(i + 0.5, escape(label, MAX_NAME)) for i, label in enumerate(block.labels) if label]
    axes.set_yticks([i for i, _ in named], [label for _, label in named])
    axes.tick_params(left=False, labelsize=6)
    first, last = block is numbers.blocks[0], block is numbers.blocks[-1]
    axes.set_title(escape(block.title, 4 * MAX_NAME), loc="left", pad=16 if first else 4)
    axes.tick_params(axis="x", bottom=last)
    for side in axes.spines.values():
        side.set_visible(False)
