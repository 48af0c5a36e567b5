"""What a reader meets first: three numbers, and a map of the verdicts over the whole dial."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from markupsafe import Markup

from shiftprobe.core.types import UNSHIFTED, Condition
from shiftprobe.report.kit import wording
from shiftprobe.report.kit.contents import ReadRun, shifts_of
from shiftprobe.report.kit.drawn import draws
from shiftprobe.report.kit.size import bar
from shiftprobe.report.kit.table import Tile

draws({"accuracy"})
T = TypeVar("T")
SHOWN = {"better", "worse", "equivalent"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MapSpot:
    """One condition on the map: its verdict, its difference in points, and both in words."""

    kind: str  # a key of `words.MARKS`, or 'none'
    amount: str
    bar: Markup
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """Verdicts of the first pair of arms at the largest budget: the start once, then a row per shift."""

    caption: str
    severities: tuple[str, ...]
    start: MapSpot
    rows: tuple[tuple[str, str, tuple[MapSpot, ...]], ...]  # shift, where its panel stands, verdicts
    kinds: tuple[str, ...]  # verdicts that occur, for the legend


def verdict_map(run: ReadRun) -> Map | None:
    """All conditions at a glance; None when no arms were compared along a dial."""
    if not run.pairs or not run.drifts:
        return None
    budget, largest = max(run.summary.budgets, default=None), _largest(run)
    start = _spot(run, UNSHIFTED, budget, largest)
    rows = dial_rows(run, lambda place: _spot(run, place, budget, largest))
    met = {spot.kind for spot in (start, *(spot for *_, spots in rows for spot in spots))}
    kinds = tuple(key for key in wording.MARKS if key in met)
    a, b = run.pairs[0]
    caption = f"{wording.minus(a, b)} in points" + (f", {wording.counted(budget, 'labelled image')}" if budget else "")
    return Map(
        caption=caption, severities=tuple(f"{dose:g}" for dose in run.doses), start=start, rows=rows, kinds=kinds
    )


def dial_rows(run: ReadRun, spot: Callable[[Condition], T]) -> tuple[tuple[str, str, tuple[T, ...]], ...]:
    """A row of a map per shift: its name, where its panel of the largest budget stands, a spot per severity."""
    last = max(len(run.summary.budgets) - 1, 0)
    return tuple(
        (shift, f"d{last}-{i}", tuple(spot(Condition(shift, dose)) for dose in run.doses))
        for i, shift in enumerate(shifts_of(run))
    )


def _spot(run: ReadRun, place: Condition, budget: int | None, largest: float) -> MapSpot:
    one = run.contrast(place, budget, run.pairs[0])
    where = wording.place(place)
    if one is None or one.difference is None:
        missing = Markup()
        return MapSpot(
            kind="none", amount="n/a", bar=missing, said=f"{where}: n/a, {(one and one.reason) or wording.NO_CELL}"
        )
    amount = wording.points(one.difference, one.low, one.high)
    kind = wording.verdict(one)
    drawn = bar(one.difference, largest, sure=kind in SHOWN)
    return MapSpot(kind=kind, amount=amount, bar=drawn, said=f"{where}: {wording.difference(one)}")


def _largest(run: ReadRun) -> float:
    """The largest difference of the first pair, which fills a bar."""
    found = (one.difference for one in run.summary.contrasts if (one.a, one.b) == run.pairs[0])
    return max((abs(one) for one in found if one is not None), default=0.0)


def tiles(run: ReadRun) -> tuple[Tile, ...]:
    """Three numbers to begin with: the headline, the start of the dial, and the checkpoint untouched."""
    chosen = (_headline(run), _start(run), _untouched(run))
    return tuple(tile for tile in chosen if tile)


def _headline(run: ReadRun) -> Tile | None:
    one = run.summary.verdict.contrast
    if one is None:
        return Tile(
            label="Headline difference", number="n/a", unit="", basis=wording.signed(run.summary.verdict.sentence)
        )
    a, b = run.pairs[0] if run.pairs else ("first arm", "second arm")
    interval = wording.points_interval(one.low, one.high)
    basis = f"95 % interval {interval}" if interval else f"no interval: {wording.CANNOT}"
    return Tile(
        label=f"{wording.minus(a, b)}, {'all conditions' if run.drifts else 'on the target'}",
        number=wording.points(one.difference, one.low, one.high),
        unit="points",
        basis=f"{basis}; n = {wording.counted(one.n, 'seed')}",
    )


def _start(run: ReadRun) -> Tile | None:
    if not run.pairs:
        return None
    (a, b), budget = run.pairs[0], max(run.summary.budgets, default=None)
    ends = [run.point(UNSHIFTED, budget, arm) for arm in (a, b)]
    known = [one for one in ends if one is not None and one.mean is not None]
    if len(known) < len(ends):
        return Tile(label=f"On {wording.start(run)}", number="n/a", unit="", basis="an arm has no result there")
    numbers = " vs ".join(wording.percent(one.mean) for one in known if one.mean is not None)
    spreads = ", ".join(f"{one.arm} {wording.mean_std(one)}, n = {wording.counted(one.n, 'seed')}" for one in known)
    return Tile(label=f"{a} vs {b} on {wording.start(run)}", number=numbers, unit="%", basis=f"mean (std): {spreads}")


def _untouched(run: ReadRun) -> Tile | None:
    known = [(one.mean, one) for one in run.summary.points if one.arm == "zero_shot" and one.mean is not None]
    if not known:
        return None
    worst, at = min(known, key=lambda pair: pair[0])
    start = run.point(UNSHIFTED, None, "zero_shot")
    numbers = [start.mean] if start and start.mean is not None and start is not at else []
    ends = [one for one in (start, at) if one] if numbers else [at]
    basis = "; ".join(
        f"{wording.place(one.condition)}: {wording.images_interval(one.low, one.high, one.images)}" for one in ends
    )
    shown = " → ".join(map(wording.percent, [*numbers, worst]))
    where = "lowest on the dial" if run.drifts else "on the target"
    return Tile(label=f"Checkpoint untouched, {where}", number=shown, unit="%", basis=basis)
