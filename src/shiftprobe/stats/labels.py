"""What an arm is worth in labels: where the other arm's learning curve reaches the same accuracy."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from shiftprobe.metrics.checks import InputError
from shiftprobe.stats.compare import MARGIN
from shiftprobe.stats.comparison import Verdict
from shiftprobe.stats.crossing import Bound, Floats, crossing, gap_at, spreads, undecided
from shiftprobe.stats.estimate import Estimate
from shiftprobe.stats.multiplicity import holm

LEVEL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """How many labels the other arm needs to reach what this arm reaches with its budget.

    Where p is None there is no interval. Elsewhere an end that is None lies beyond the measured budgets.
    """

    budget: int
    equal_to: float  # labels; the largest or smallest budget where only a bound is known
    bound: Bound  # "at least": the other never gets there; "at most": its smallest budget is more than enough
    low: float | None  # 95 % interval of equal_to over seeds
    high: float | None
    p: float | None = None  # paired t test of no difference in accuracy at this budget
    n: int  # seeds

    @property
    def worth(self) -> float:
        """Labels saved at this budget; negative where the arm costs labels."""
        return self.equal_to - self.budget

    @property
    def direction(self) -> int:
        """1 where the whole interval lies above the budget, -1 where it lies below, else 0: nothing may be claimed."""
        if self.low is not None and self.low > self.budget:
            return 1
        return -1 if self.high is not None and self.high < self.budget else 0


def labels_worth(budgets: Sequence[int], ours: ArrayLike, theirs: ArrayLike) -> tuple[Worth, ...]:
    """How many labels the other arm needs to reach what this arm reaches, at every budget.

    The other arm's curve runs straight in log(labels) between measured budgets and is never drawn
    further. `equal_to` is where its mean meets our mean; of several such places, the one nearest to the
    budget, which claims least. The 95 % interval holds every number of labels at which a paired t test
    at 5 % finds no difference between the arms; it needs no seed to reach our accuracy by itself.

    Args:
        budgets: (B,) labels, whole numbers from 1, increasing.
        ours: (S, B) accuracy per seed and budget, fractions.
        theirs: (S, B) the other arm's for the same seeds, fractions.

    Returns:
        One per budget. No interval for one seed, or where all differences are equal.

    Raises:
        InputError: when shapes do not fit, budgets do not increase, or a value is no fraction.

    Reference: Fieller, 1954, JRSS B 16(2).
    """
    labels = _budgets(budgets)
    first, second = (_accuracies(values, len(labels)) for values in (ours, theirs))
    if first.shape != second.shape:
        raise InputError(f"both arms need the same seeds, got {len(first)} and {len(second)}")
    return tuple(_worth(labels, first[:, [j]] - second, j) for j in range(len(labels)))


def equivalent_from(budgets: Sequence[int], verdicts: Sequence[Verdict]) -> int | None:
    """Smallest budget from which on the arms are equivalent at every measured budget; None where there is none.

    Budgets are tested from the largest down, up to the first that is not equivalent. The order is fixed
    before the run and a failure ends it, so every test keeps its 5 % and none needs a correction.

    Args:
        budgets: (B,) labels, whole numbers from 1, increasing.
        verdicts: (B,) what each budget's comparison says.

    Raises:
        InputError: when the counts differ or budgets do not increase.

    Reference: Maurer, Hothorn and Lehmacher, 1995, Biometrie in der chemisch-pharmazeutischen Industrie 6;
        Westfall and Krishen, 2001, Journal of Statistical Planning and Inference 99(1).
    """
    labels = _budgets(budgets)
    if len(verdicts) != len(labels):
        raise InputError(f"each budget needs a verdict, got {len(labels)} budgets and {len(verdicts)} verdicts")
    found = None
    for count, verdict in zip(reversed(labels), reversed(verdicts), strict=True):
        if verdict != "equivalent":
            break
        found = count
    return found


def labels_sentence(
    worths: Sequence[Worth],
    verdicts: Sequence[Verdict],
    margin: float = MARGIN,
    names: tuple[str, str] = ("transfer", "scratch"),
) -> str:
    """What the arm is worth in labels and from where on it makes no difference; nothing where neither is shown.

    A worth is claimed where the interval leaves out the budget, the difference survives Holm over all
    budgets, and the arms are not equivalent; told is the smallest such budget, per direction.

    Args:
        worths: (B,) as `labels_worth` returns them.
        verdicts: (B,) what each budget's comparison says.
        margin: the largest difference that counts as equal, a fraction.
        names: the arm, and the one it is compared with.

    Raises:
        InputError: as `equivalent_from`.
    """
    budgets = [one.budget for one in worths]
    start = equivalent_from(budgets, verdicts)
    told = _claims(worths, verdicts)
    parts = [_claim(one, (budgets[0], budgets[-1]), names) for one in told]
    if start is not None:
        pair = "the arms" if told else f"{names[0]} and {names[1]}"
        amount = f"{100 * margin:.3g}"
        unit = "point" if amount == "1" else "points"
        parts.append(f"{_from(start, budgets[-1])} {pair} are equivalent within ±{amount} {unit}")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _worth(budgets: list[int], gaps: Floats, j: int) -> Worth:
    """One budget; gaps (S, B) are our accuracy there less the other's at each of its budgets."""
    place, bound = crossing(np.log(budgets), gaps.mean(axis=0), j)
    low = high = p = None
    if spreads(gaps[:, j]) and spreads(gap_at(gaps, place)):
        here = gaps[:, j]
        sd = float(here.std(ddof=1))
        p = Estimate(float(here.mean()), sd, sd / math.sqrt(len(here)), len(here) - 1).p()
        low, high = (None if end is None else _labels(budgets, end) for end in undecided(gaps))
    return Worth(budget=budgets[j], equal_to=_labels(budgets, place), bound=bound, low=low, high=high, p=p, n=len(gaps))


def _labels(budgets: list[int], place: float) -> float:
    k = int(place)
    start, end = budgets[k], budgets[min(k + 1, len(budgets) - 1)]
    return float(start * (end / start) ** (place - k))  # a measured budget comes back exactly


def _claims(worths: Sequence[Worth], verdicts: Sequence[Verdict]) -> list[Worth]:
    """The smallest budget at which labels are saved, and the smallest at which they are lost."""
    tested = [(one, verdict) for one, verdict in zip(worths, verdicts, strict=True) if one.p is not None]
    adjusted = holm([one.p for one, _ in tested if one.p is not None])
    found: dict[int, Worth] = {}
    for (one, verdict), p in zip(tested, adjusted, strict=True):
        shown = p < LEVEL and one.direction and verdict != "equivalent"
        if shown and round(one.equal_to) != one.budget:
            found.setdefault(one.direction, one)
    return list(found.values())


def _claim(one: Worth, ends: tuple[int, int], names: tuple[str, str]) -> str:
    reached = {
        "": f"what {names[1]} needs {one.equal_to:,.0f} for",
        "at least": f"more than {names[1]} does with {one.equal_to:,.0f}, the most tried",
        "at most": f"less than {names[1]} does with {one.equal_to:,.0f}, the fewest tried",
    }[one.bound]
    count = abs(round(one.equal_to) - one.budget)
    verb = "is worth" if one.direction > 0 else "costs"
    amount = f"{'more than ' if one.bound else ''}{count:,} labelled image{'' if count == 1 else 's'}"
    behind = f"95 % interval {_range(one, ends)}, n = {one.n} seeds"
    return f"with {one.budget:,} labels {names[0]} reaches {reached} ({behind}): it {verb} {amount} here"


def _range(one: Worth, ends: tuple[int, int]) -> str:
    below, above = f"less than {ends[0]:,}", f"more than {ends[1]:,}"
    if one.low == ends[1] or one.high == ends[0]:  # all of it lies beyond the measured budgets
        return above if one.low == ends[1] else below
    low = below if one.low is None else f"{one.low:,.0f}"
    return f"{low} to {above if one.high is None else f'{one.high:,.0f}'}"


def _from(start: int, largest: int) -> str:
    if start == largest:
        return f"at {largest:,} labels, the most tried,"
    return f"from {start:,} labels on, up to the {largest:,} tried,"


def _budgets(budgets: Sequence[int]) -> list[int]:
    counts = np.asarray(budgets)
    if counts.ndim != 1 or counts.size == 0 or counts.dtype.kind not in "iu":
        raise InputError(f"budgets are whole numbers of labels, got {list(budgets)}")
    if counts[0] < 1 or (np.diff(counts) <= 0).any():
        raise InputError(f"budgets start at 1 or more and increase, got {counts.tolist()}; sort them")
    return [int(count) for count in counts]


def _accuracies(values: ArrayLike, budgets: int) -> Floats:
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or len(table) == 0 or table.shape[1] != budgets:  # noqa: PLR2004 -- seeds by budgets
        raise InputError(f"accuracies need one row per seed and {budgets} budgets in each, got shape {table.shape}")
    if not ((table >= 0.0) & (table <= 1.0)).all():
        raise InputError("accuracies are fractions from 0 to 1; write 0.93 for 93 %, and leave out seeds that failed")
    return table
