"""Which shift hurts an arm more than others that move the images no less; silent where intervals forbid it."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from shiftprobe.metrics import widening
from shiftprobe.report.kit import wording
from shiftprobe.report.run import shift_distance
from shiftprobe.results.model import ArmPoint

SEEDS = 3  # of a trained arm; fewer say little about another training


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseCost:
    """One shift at one severity, for one arm: how far the images moved (1 - SSIM), what it cost (fraction)."""

    severity: float
    distance: float
    lost: float
    point: ArmPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One shift's doses, in the order of their severities."""

    number: int  # from 1, in the order of the run
    shift: str
    doses: tuple[DoseCost, ...]


class Ahead(NamedTuple):
    """A dose that costs more than another shift's nearest dose that moves the images no less."""

    gap: float
    dose: DoseCost
    other: DoseCost


def amount(lost: float) -> str:
    """Points lost, a real minus where accuracy was gained: '12.3'."""
    return f"{100 * lost:z.1f}".replace("-", wording.MINUS)


def cost(dose: DoseCost) -> str:
    """'12.3 points lost at image distance 0.214'."""
    return f"{amount(dose.lost)} points lost at image distance {shift_distance.distance(dose.distance)}"


def ranking(arm: str, kinds: Sequence[Kind]) -> str:
    """The shift that is shown to hurt more than most others at no greater distance; nothing where none is.

    Every dose is held against the other shift's nearest dose that moves the images at least as far. It costs more
    when all its seeds lie lower and the difference exceeds the sum of what test images leave open of either accuracy,
    widened for all these comparisons: no difference on the same images can vary by more (Cauchy and Schwarz). Two
    shifts that each cost more somewhere are not ranked.
    """
    held = {(a.shift, b.shift): list(_held(a, b)) for a, b in itertools.permutations(kinds, 2)}
    count = sum(map(len, held.values()))
    won = _won(held, count)
    wins = [[pair for pair in won if pair[0] == kind.shift and pair[::-1] not in won] for kind in kinds]
    first = max(wins, key=lambda pairs: (len(pairs), max((won[pair].gap for pair in pairs), default=0.0)), default=[])
    if not first:
        return ""
    best = max(first, key=lambda pair: won[pair].gap)
    return _told(arm, best, won[best], (len(first), len(kinds) - 1, count))


def _held(a: Kind, b: Kind) -> Iterator[Ahead]:
    for dose in a.doses:
        farther = [other for other in b.doses if other.distance >= dose.distance]
        if farther:
            nearest = min(farther, key=lambda other: other.distance)
            yield Ahead(dose.lost - nearest.lost, dose, nearest)


Pair = tuple[str, str]


def _won(held: Mapping[Pair, Sequence[Ahead]], count: int) -> Mapping[Pair, Ahead]:
    """The widest clear gap of every pair that has one."""
    wide = widening(max(count, 1))
    clear = {pair: [one for one in found if _apart(one, wide)] for pair, found in held.items()}
    return {pair: max(found, key=lambda one: one.gap) for pair, found in clear.items() if found}


def _apart(one: Ahead, wide: float) -> bool:
    worse, better = one.dose.point, one.other.point
    if worse.mean is None or better.mean is None or worse.high is None or better.low is None:
        return False
    if any(point.budget is not None and point.n < SEEDS for point in (worse, better)):
        return False
    top = worse.mean + wide * (worse.high - worse.mean)
    bottom = better.mean - wide * (better.mean - better.low)
    return top < bottom and max(worse.values) < min(better.values)


def _told(arm: str, pair: Pair, one: Ahead, counts: tuple[int, int, int]) -> str:
    (stronger, weaker), (beaten, others, count) = map(wording.name, pair), counts
    whom = f"{'each' if beaten == others else beaten} of the {others} other shifts"
    whom, clearest = (weaker, "") if beaten == 1 else (whom, f"; clearest against {weaker}")
    point = one.dose.point
    seeds = f"{min(point.n, one.other.point.n)} seeds, " if point.budget is not None else ""
    images = wording.counted(point.images, "test image") if point.images is not None else "test images"
    return (
        f"{stronger} hurts {arm} more than {whom} at no greater image distance{clearest}: {cost(one.dose)} against "
        f"{amount(one.other.lost)} at {shift_distance.distance(one.other.distance)} (n = {seeds}{images}). That is "
        f"more than test images leave open of both together, widened for all {wording.counted(count, 'comparison')}."
    )
