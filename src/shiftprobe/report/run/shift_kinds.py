"""Which kind of change hurts: accuracy lost against how far each shift moves the images, an arm at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from shiftprobe.core.types import UNSHIFTED, Condition
from shiftprobe.report.kit import svg, wording
from shiftprobe.report.kit.contents import ReadRun
from shiftprobe.report.kit.measures import Measure
from shiftprobe.report.kit.table import Entry, Notes, Table, counted_once
from shiftprobe.report.run import scatter, shift_distance
from shiftprobe.report.run.ranking import DoseCost, Kind, amount, cost, ranking
from shiftprobe.report.run.sections import crowded
from shiftprobe.results.model import ArmPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class KindPanel:
    """One arm: its picture, and a sentence where the intervals allow a ranking."""

    arm: str
    figure: Markup
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    """The section."""

    panels: tuple[KindPanel, ...]
    key: tuple[tuple[int, str], ...]  # number and shift
    table: Table


def section(run: ReadRun) -> Kinds | None:
    """None without two shifts whose distance and cost are both known."""
    budget = max(run.summary.budgets, default=None)
    found = [(arm, _kinds(run, arm, budget)) for arm in run.summary.arms]
    drawn = [(arm, kinds) for arm, kinds in found if len(kinds) > 1]
    if not drawn:
        return None
    farthest = max(dose.distance for _, kinds in drawn for kind in kinds for dose in kind.doses)
    return Kinds(
        panels=tuple(_panel(run, f"k{i}", arm, kinds, farthest) for i, (arm, kinds) in enumerate(drawn)),
        key=tuple(enumerate(run.summary.shifts, start=1)),
        table=_table(run, budget),
    )


def _kinds(run: ReadRun, arm: str, budget: int | None) -> list[Kind]:
    start = run.point(UNSHIFTED, budget, arm)
    if start is None or start.mean is None:
        return []
    numbered = enumerate(run.summary.shifts, start=1)
    kinds = (Kind(number=i, shift=shift, doses=tuple(_doses(run, shift, start, budget))) for i, shift in numbered)
    return [kind for kind in kinds if kind.doses]


def _doses(run: ReadRun, shift: str, start: ArmPoint, budget: int | None) -> Iterator[DoseCost]:
    for severity in run.doses:
        where = Condition(shift, severity)
        point, far = run.point(where, budget, start.arm), run.distance(shift_distance.IMAGES, where)
        lost = _lost(start, point)
        if point is not None and lost is not None and far is not None and far.value is not None:
            yield DoseCost(severity=severity, distance=far.value, lost=lost, point=point)


def _lost(start: ArmPoint | None, point: ArmPoint | None) -> float | None:
    if start is None or point is None or start.mean is None or point.mean is None:
        return None
    return start.mean - point.mean


def _panel(run: ReadRun, ident: str, arm: str, kinds: Sequence[Kind], farthest: float) -> KindPanel:
    said = ranking(arm, kinds)
    lines = [_line(kind, clear=not crowded(run)) for kind in kinds]
    worst, at = max(((kind, dose) for kind in kinds for dose in kind.doses), key=lambda pair: pair[1].lost)
    numbers = f"{len(kinds)} shifts. Largest loss: {cost(at)}, {wording.place(Condition(worst.shift, at.severity))}."
    frame = scatter.frame(lines, farthest, run.summary.scale.common if run.summary.scale else None)
    figure = scatter.scatter(
        ident, arm, lines, frame, said or numbers, lost=wording.axis(run.summary.metric).split(", ")[0]
    )
    return KindPanel(arm=arm, figure=svg.without_tips(figure) if crowded(run) else figure, said=said)


def _line(kind: Kind, *, clear: bool) -> scatter.ScatterLine:
    spots = (_spot(kind, dose) for dose in kind.doses)
    return scatter.ScatterLine(kind.number, tuple(spot if clear else spot._replace(around=None) for spot in spots))


def _spot(kind: Kind, dose: DoseCost) -> scatter.ScatterSpot:
    point, where = dose.point, wording.place(Condition(kind.shift, dose.severity))
    ends = [point.mean - end for end in (point.high, point.low) if end is not None and point.mean is not None]
    around = (dose.lost + ends[0], dose.lost + ends[1]) if len(ends) > 1 else None
    return scatter.ScatterSpot(dose.distance, dose.lost, around, f"{where}: {cost(dose)}; {wording.accuracy(point)}")


def _table(run: ReadRun, budget: int | None) -> Table:
    """Every mark of the pictures, and how far the features moved."""
    notes, rows = Notes(), []
    for number, shift in enumerate(run.summary.shifts, start=1):
        for severity in run.doses:
            lost = (_loss(run, Condition(shift, severity), (budget, arm), notes) for arm in run.summary.arms)
            rows.append((*_address(run, number, shift, severity), *_far(run, shift, severity, notes), *lost))
    dose = (("dose", "0 to 1"),) if run.summary.scale else ()
    far_heads = tuple((f"{what} moved", ruler) for what, ruler in shift_distance.RULERS.values())
    arms = tuple((arm, "points lost") for arm in run.summary.arms)
    heads = (("shift", ""), ("no.", "in the pictures"), ("severity", "0 to 1"), *dose, *far_heads, *arms)
    where = f", {wording.counted(budget, 'labelled image')} per arm" if budget else ""
    caption = f"Accuracy lost and distance moved{where}"
    return counted_once(Table(caption=caption, heads=heads, rows=tuple(rows), notes=notes.said))


def _address(run: ReadRun, number: int, shift: str, severity: float) -> tuple[Entry, ...]:
    named = Entry(main=shift, sort=shift), Entry(main=f"{number}", sort=float(number))
    place = (*named, Entry(main=f"{severity:g}", sort=severity))
    if run.summary.scale is None:
        return place
    dose = run.summary.scale.dose(shift, severity)
    return (*place, Entry(main=wording.DASH if dose is None else f"{dose:.3g}", sort="" if dose is None else dose))


def _far(run: ReadRun, shift: str, severity: float, notes: Notes) -> Iterator[Entry]:
    for one in (run.distance(metric, Condition(shift, severity)) for metric in shift_distance.RULERS):
        yield _measured(one, notes)


def _measured(one: Measure | None, notes: Notes) -> Entry:
    if one is None or one.value is None:
        return Entry(main="n/a", note=notes.number(one.reason if one else wording.NO_CELL))
    small = (shift_distance.interval(one), "" if one.n is None else f"n = {wording.counted(one.n, 'image')}")
    return Entry(main=shift_distance.distance(one.value), small=tuple(filter(None, small)), sort=one.value)


def _loss(run: ReadRun, where: Condition, who: tuple[int | None, str], notes: Notes) -> Entry:
    start, point = (run.point(place, *who) for place in (UNSHIFTED, where))
    lost = _lost(start, point)
    if start is None or point is None or lost is None:
        gone = point if start is not None and start.mean is not None else start
        return Entry(main="n/a", note=notes.number(gone.reason if gone else wording.NO_CELL))
    count, noun = (point.n, "seed") if point.budget is not None else (point.images, "image")
    basis = "" if count is None else f"n = {wording.counted(count, noun)}"
    note = notes.number(point.reason or start.reason) if point.reason or start.reason else None
    return Entry(main=amount(lost), small=(basis,) if basis else (), sort=lost, note=note)
