"""What every class reaches, read from the answers on every test image, and what its images leave open."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.types import IDENTITY, Cell, Condition
from shiftprobe.results.findings import read_answers
from shiftprobe.results.run_folder import RunDir
from shiftprobe.stats import benjamini_hochberg, image_interval

SEPARATE = 3  # shifts that have a table each; of more, the mean
FALSE_DISCOVERIES = 0.05  # share among the differences that are shown; exploratory
Bools = NDArray[np.bool_]
Looked = Mapping[str, Mapping[tuple[str, int | None], Bools]]  # by arm, shift and seed: who has which image right


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassGap:
    """Arm a minus arm b on the images of one class; fractions, 95 % interval over its images, seeds given."""

    difference: float
    low: float
    high: float
    p: float  # over images, before any correction
    seeds: tuple[float, ...]  # the difference seed by seed
    q: float = 1.0  # Benjamini-Hochberg over every class and place that was compared

    @property
    def shown(self) -> int:
        """1 where a is ahead, -1 where it is behind, 0 unless images (Benjamini-Hochberg) and every seed say so."""
        sign = 1 if self.difference > 0 else -1
        return sign if self.q < FALSE_DISCOVERIES and all(sign * one > 0 for one in self.seeds) else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassResult:
    """One class at one place: its test images, the accuracy of every arm, the difference of the first pair."""

    name: str
    images: int
    reached: Mapping[str, float]  # by arm, mean over seeds
    gap: ClassGap | None = None
    moved: float | None = None  # mean 1 - cosine of its features


@dataclass(frozen=True, slots=True, kw_only=True)
class Classes:
    """Every class at one dose, or at the same dose of several shifts, averaged."""

    shifts: tuple[str, ...]
    severity: float
    classes: tuple[ClassResult, ...]
    budget: int | None = None
    seeds: Mapping[str, int] = field(default_factory=dict)  # by arm; 0 where nothing was trained


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRequest:
    """What to read: names, arms and seeds of a run, and the pairs that it compared."""

    shifts: Sequence[str]
    severity: float  # the largest
    budget: int | None
    seeds: Sequence[int]
    arms: Sequence[str]
    names: Sequence[str]  # of the target's classes
    pair: tuple[str, str] | None
    moved: Mapping[Condition, Sequence[tuple[str, float]]] = field(default_factory=dict)


def read_classes(path: Path, asked: ClassRequest) -> tuple[Classes, ...]:
    """The unshifted target, then the strongest dose of every shift (of many shifts, their mean).

    Args:
        path: the run folder.
        asked: what the run holds.

    Returns:
        A table per place; none where the run kept no answers or has no classes.
    """
    run, dials = RunDir(path), tuple(asked.shifts) if asked.severity > 0 else ()
    places: list[tuple[tuple[str, ...], float]] = [((IDENTITY,), 0.0)]
    places += [((one,), asked.severity) for one in dials] if len(dials) <= SEPARATE else [(dials, asked.severity)]
    found = [_at(run, *place, asked) for place in places]
    return _corrected([one for one in found if one is not None])


def _at(run: RunDir, shifts: tuple[str, ...], severity: float, asked: ClassRequest) -> Classes | None:
    answered = _looked(run, [Condition(shift, severity) for shift in shifts], asked)
    if answered is None:
        return None
    labels, looked = answered
    whole = {arm: found for arm, found in looked.items() if {shift for shift, _ in found} == set(shifts)}
    return Classes(
        shifts=shifts,
        severity=severity,
        classes=tuple(_of_class(i, labels == i, whole, (shifts, severity), asked) for i in np.unique(labels).tolist()),
        budget=asked.budget,
        seeds={arm: len({seed for _, seed in found if seed is not None}) for arm, found in whole.items()},
    )


def _looked(run: RunDir, places: Sequence[Condition], asked: ClassRequest) -> tuple[NDArray[np.int64], Looked] | None:
    """Which images every model has right; None without answers, or where they are not about one test set."""
    labels: NDArray[np.int64] | None = None
    looked: dict[str, dict[tuple[str, int | None], Bools]] = {}
    for cell in _cells(places, asked):
        found = read_answers(run, cell)
        if found is None:
            continue
        if labels is not None and not np.array_equal(found.labels, labels):
            return None
        labels = found.labels
        for arm in asked.arms:
            right = found.right(arm)
            if right is not None:
                looked.setdefault(arm, {})[cell.shift, cell.seed] = right
    return None if labels is None else (labels, looked)


def _cells(places: Sequence[Condition], asked: ClassRequest) -> Iterator[Cell]:
    for place in places:
        yield Cell(place.shift, place.severity)
        yield from (Cell(place.shift, place.severity, asked.budget, seed) for seed in asked.seeds)


def _of_class(
    number: int, here: Bools, looked: Looked, place: tuple[tuple[str, ...], float], asked: ClassRequest
) -> ClassResult:
    name = asked.names[number] if number < len(asked.names) else f"class {number}"
    found = [dict(asked.moved.get(Condition(shift, place[1]), ())).get(name) for shift in place[0]]
    moved = [one for one in found if one is not None]
    return ClassResult(
        name=name,
        images=int(here.sum()),
        reached={arm: float(np.mean([one[here].mean() for one in rows.values()])) for arm, rows in looked.items()},
        gap=_gap(here, looked, asked.pair, place[0]),
        moved=sum(moved) / len(moved) if moved and len(moved) == len(found) else None,
    )


def _gap(here: Bools, looked: Looked, pair: tuple[str, str] | None, shifts: Sequence[str]) -> ClassGap | None:
    """Both arms on the same images, over the seeds that hold both under every shift."""
    if pair is None or not set(pair) <= set(looked):
        return None
    a, b = (looked[arm] for arm in pair)
    met = dict.fromkeys(seed for arm in (a, b) for _, seed in arm if seed is not None)
    told = [[[_row(arm, shift, seed) for shift in shifts] for arm in (a, b)] for seed in met]
    both = [sides for sides in told if all(row is not None for rows in sides for row in rows)]
    if not both:
        return None
    first, second = (np.array([[row[here] for row in sides[k] if row is not None] for sides in both]) for k in (0, 1))
    over_seeds = first.mean(axis=(1, 2)) - second.mean(axis=(1, 2))
    rows = first.reshape(-1, int(here.sum())), second.reshape(-1, int(here.sum()))
    found = image_interval(*rows)
    return ClassGap(
        difference=found.difference,
        low=found.low,
        high=found.high,
        p=_p(rows[0].mean(axis=0) - rows[1].mean(axis=0)),
        seeds=tuple(map(float, over_seeds)),
    )


def _row(arm: Mapping[tuple[str, int | None], Bools], shift: str, seed: int) -> Bools | None:
    """Who is right with one seed; what no seed moves is the same beside every one."""
    return arm.get((shift, seed), arm.get((shift, None)))


def _p(gaps: NDArray[np.float64]) -> float:
    """The p whose interval `image_interval` gives: a t test with one made-up image on either side."""
    from scipy.special import stdtr

    padded = np.concatenate([gaps, [1.0, -1.0]])
    m = len(padded)
    return 2.0 * float(stdtr(m - 1, -abs(padded.mean()) / (padded.std(ddof=1) / math.sqrt(m))))


def _corrected(places: Sequence[Classes]) -> tuple[Classes, ...]:
    """Every comparison with its q; the family is every class at every place."""
    adjusted = iter(benjamini_hochberg([one.gap.p for place in places for one in place.classes if one.gap]))
    return tuple(
        replace(
            place,
            classes=tuple(
                replace(one, gap=replace(one.gap, q=float(next(adjusted)))) if one.gap else one for one in place.classes
            ),
        )
        for place in places
    )
