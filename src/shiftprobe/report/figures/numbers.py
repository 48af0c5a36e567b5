"""Figures for a paper: which there are, what each one shows as plain numbers, and where they go."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from shiftprobe.core.types import UNSHIFTED, Condition
from shiftprobe.report.kit import measures, wording
from shiftprobe.report.kit.contents import ReadRun, shifts_of
from shiftprobe.report.kit.flip_grid import FlipGrid, flip_grid
from shiftprobe.results.model import ArmPoint

CONTROL = 6  # colour of the network that was never trained, as on the page


class FigureSpot(NamedTuple):
    """One mark with its reach; `low` and `high` are None where it has none."""

    x: float
    value: float
    low: float | None
    high: float | None


class FigureLine(NamedTuple):
    """Marks that belong together, in order."""

    name: str
    spots: tuple[FigureSpot, ...]
    look: tuple[int, str] | None = None  # colour and shape; None: those of the arm of this name


class TwoArms(NamedTuple):
    """Both arms seed by seed, percent, and their difference in points."""

    names: tuple[str, str]
    seeds: tuple[tuple[float, float], ...]
    gap: FigureSpot
    margin: float


class FigurePanel(NamedTuple):
    """One dial: lines along an axis."""

    title: str
    lines: tuple[FigureLine, ...]


class Panels(NamedTuple):
    """Small multiples on shared axes."""

    axis: str
    unit: str
    panels: tuple[FigurePanel, ...]
    margin: float | None = None  # points; a band around 0
    ticks: tuple[str, ...] = ()  # words along the axis, where its marks stand at 0, 1, 2, ...


class DepthFigure(NamedTuple):
    """What stands along the taps, shallow first: similarities from 0 to 1, readouts in percent."""

    title: str
    taps: tuple[str, ...]
    band: tuple[tuple[float, float] | None, ...]  # scratch seeds among each other, a pair per tap
    similar: tuple[FigureLine, ...]  # x is the number of the tap
    read: tuple[FigureLine, ...]


Numbers = TwoArms | Panels | DepthFigure | FlipGrid


def two_arms(run: ReadRun) -> TwoArms | str:
    """Every seed of both arms on the unshifted target at the largest budget; or why there is nothing to draw."""
    budget = max(run.summary.budgets, default=None)
    one = run.contrast(UNSHIFTED, budget, run.pairs[0]) if run.pairs else None
    if one is None or one.difference is None or not one.per_seed:
        return f"no seed holds both arms on {wording.start(run)}"
    seeds = tuple((100 * pair.a, 100 * pair.b) for pair in one.per_seed)
    gap = FigureSpot(0.0, 100 * one.difference, *(None if end is None else 100 * end for end in (one.low, one.high)))
    return TwoArms((one.a, one.b), seeds, gap, 100 * run.summary.margin)


def dial(run: ReadRun) -> Panels | str:
    """Accuracy of every arm along every shift, mean and sample std over seeds."""
    if not run.drifts:
        return "this run has no shift"
    budget = max(run.summary.budgets, default=None)
    panels = []
    for shift in shifts_of(run):
        places = [
            (dose, run.point(Condition.of(shift, dose), budget, arm))
            for arm in run.summary.arms
            for dose in run.summary.severities
        ]
        lines = [_line(arm, [(x, p) for x, p in places if p and p.arm == arm]) for arm in run.summary.arms]
        panels.append(FigurePanel(shift, tuple(line for line in lines if line.spots)))
    return Panels("severity", _axis(run), tuple(panels))


def _axis(run: ReadRun) -> str:
    what, unit = wording.axis(run.summary.metric).split(", ")
    return f"{what} ({unit})"


def _line(arm: str, points: Sequence[tuple[float, ArmPoint]]) -> FigureLine:
    return FigureLine(arm, tuple(_reached(x, p, p.mean) for x, p in points if p.mean is not None))


def _reached(x: float, p: ArmPoint, mean: float) -> FigureSpot:
    """The spread over seeds; of a single look the interval over test images."""
    if p.std is not None:
        low, high = wording.spread(mean, p.std, p.score)
        return FigureSpot(x, 100 * mean, 100 * low, 100 * high)
    return FigureSpot(x, 100 * mean, *(None if end is None else 100 * end for end in (p.low, p.high)))


def gain(run: ReadRun) -> Panels | str:
    """The difference of the two arms along every shift, with its 95 % interval over seeds."""
    if not run.drifts or not run.pairs:
        return "this run compares no two arms along a shift"
    budget, pair = max(run.summary.budgets, default=None), run.pairs[0]
    panels = []
    for shift in shifts_of(run):
        met = [(dose, run.contrast(Condition.of(shift, dose), budget, pair)) for dose in run.summary.severities]
        spots = [
            FigureSpot(dose, 100 * c.difference, *(None if end is None else 100 * end for end in (c.low, c.high)))
            for dose, c in met if c and c.difference is not None
        ]  # fmt: skip
        panels.append(FigurePanel(shift, (FigureLine(wording.minus(*pair), tuple(spots)),)))
    return Panels("severity", f"{wording.minus(*pair)} (points)", tuple(panels), 100 * run.summary.margin)


def budget(run: ReadRun) -> Panels | str:
    """Accuracy of every arm on the unshifted target along label budgets."""
    budgets = run.summary.budgets
    if len(budgets) < 2:  # noqa: PLR2004 - a curve has two points
        return "this run has one label budget"
    found = [
        (arm, [(float(i), run.point(UNSHIFTED, one, arm)) for i, one in enumerate(budgets)]) for arm in run.summary.arms
    ]
    lines = [_line(arm, [(x, p) for x, p in met if p]) for arm, met in found]
    ticks = tuple(f"{one:,}" for one in budgets)
    panel = FigurePanel(wording.start(run).removeprefix("the "), tuple(line for line in lines if line.spots))
    return Panels("labelled target images", _axis(run), (panel,), None, ticks)


def depth(run: ReadRun) -> DepthFigure | str:
    """The layer strip at the strongest dose of the first shift, or on the unshifted target without one."""
    place = Condition.of(run.summary.shifts[0], run.summary.severities[-1]) if run.drifts else UNSHIFTED
    taps = _taps(run, place)
    similar = tuple(_along(run, line, taps, place, 1.0) for line in measures.SIMILAR)
    readouts = tuple(_along(run, line, taps, place, 100.0) for line in measures.READ)
    known = [line for line in (*similar, *readouts) if line.spots]
    if not known:
        return "no probe looked along the depth"
    bands = [run.layer(measures.BAND.what, measures.BAND.who, tap, place) for tap in taps]
    return DepthFigure(
        title=wording.place(place),
        taps=taps,
        band=tuple((b.low, b.high) if b and b.low is not None and b.high is not None else None for b in bands),
        similar=tuple(line for line in similar if line.spots),
        read=tuple(line for line in readouts if line.spots),
    )


def _taps(run: ReadRun, place: Condition) -> tuple[str, ...]:
    """The taps at which anything was read, in depth order."""
    every = dict.fromkeys((*run.summary.taps, *run.taps("linear"), *run.taps("cka")))
    lines = (*measures.SIMILAR, *measures.READ)
    return tuple(tap for tap in every if any(run.layer(line.what, line.who, tap, place) for line in lines))


def _along(run: ReadRun, line: measures.DepthLine, taps: Sequence[str], place: Condition, unit: float) -> FigureLine:
    met = [(i, run.layer(line.what, line.who, tap, place)) for i, tap in enumerate(taps)]
    spots = [
        FigureSpot(float(i), unit * one.value, *(None if end is None else unit * end for end in (one.low, one.high)))
        for i, one in met if one and one.value is not None
    ]  # fmt: skip
    tone = line.kind.rpartition("arm")[2]
    return FigureLine(line.label, tuple(spots), (int(tone) if tone.isdecimal() else CONTROL, line.shape))


def flip_map(run: ReadRun) -> FlipGrid | str:
    """Images by seeds of each arm and by conditions, those that transfer hurts or helps beyond seed noise apart."""
    found = run.flips
    if found.flips is None:
        return found.reason or "no arm was trained with several seeds"
    return flip_grid(found.flips) or "every training has every image the same"


FIGURES: Mapping[str, Callable[[ReadRun], Numbers | str]] = {
    "two_arms": two_arms, "dial": dial, "gain": gain, "depth": depth, "budget": budget, "flip_map": flip_map,
}  # fmt: skip
NAMES = tuple(FIGURES)
