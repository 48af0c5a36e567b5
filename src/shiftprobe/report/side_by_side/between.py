"""Two runs on the same test images: one number per image, so that no conclusion rests on whether intervals meet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.types import Cell, Condition
from shiftprobe.report.kit import wording
from shiftprobe.report.side_by_side.reading import Entered, same_test
from shiftprobe.results.findings import Answers, read_answers
from shiftprobe.results.run_folder import RunDir
from shiftprobe.stats import compare_summaries, gap_interval, summarize

PerImage = NDArray[np.float64]  # (seeds, images): 1 right, 0 wrong, or the difference of two arms
Ends = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDifference:
    """One run minus another on the same images, as fractions; 95 % intervals."""

    difference: float
    images: Ends  # given the seeds that were run
    seeds: Ends | None  # Welch: seeds of two runs share no luck; None where no seed moves either

    @property
    def clear(self) -> bool:
        """Whether both sources of error leave the sign."""
        return all(low > 0 or high < 0 for low, high in (self.images, *filter(None, (self.seeds,))))

    @property
    def said(self) -> str:
        """'-30.1 points (-33 to -27 over test images, -31 to -29 over seeds)'."""
        over = f"{wording.points_interval(*self.images)} over test images"
        if self.seeds:
            over += f", {wording.points_interval(*self.seeds)} over seeds"
        return f"{wording.points(self.difference, *self.images)} points ({over})"


def accuracies(a: Entered, b: Entered, place: Condition, arm: str) -> RunDifference | None:
    """The accuracy that one arm reaches in two runs; None where they did not meet the same images."""
    return _between(a, b, [_right(one, place, arm) for one in (a, b)])


def gains(a: Entered, b: Entered, places: Iterable[Condition]) -> RunDifference | None:
    """What the first arm of the declared pair adds to the second in two runs, as a mean over conditions."""
    asked = list(places)
    return _between(a, b, [_gain(one, asked) for one in (a, b)], widest=2.0)


def _between(a: Entered, b: Entered, tables: Sequence[PerImage | None], widest: float = 1.0) -> RunDifference | None:
    ours, theirs = tables
    if ours is None or theirs is None or ours.shape[1] != theirs.shape[1] or not same_test(a, b):
        return None
    found = gap_interval(ours.mean(axis=0) - theirs.mean(axis=0), widest)
    return RunDifference(difference=found.difference, images=(found.low, found.high), seeds=_over_seeds(ours, theirs))


def _over_seeds(ours: PerImage, theirs: PerImage) -> Ends | None:
    if len(ours) == len(theirs) == 1:
        return None
    a, b = (summarize(table.mean(axis=1)) for table in (ours, theirs))
    found = compare_summaries(a.mean, a.std, a.n, b.mean, b.std, b.n)
    return found.interval or (-1.0, 1.0)  # one seed on one side tells nothing


def _gain(one: Entered, places: Sequence[Condition]) -> PerImage | None:
    if not one.run.pairs or not places:
        return None
    a, b = one.run.pairs[0]
    sides = [(_right(one, place, a), _right(one, place, b)) for place in places]
    known = [(ours, theirs) for ours, theirs in sides if ours is not None and theirs is not None]
    if len(known) < len(places) or len({max(len(ours), len(theirs)) for ours, theirs in known}) > 1:
        return None
    return np.asarray(np.mean([ours - theirs for ours, theirs in known], axis=0), dtype=np.float64)


def _right(one: Entered, place: Condition, arm: str) -> PerImage | None:
    """Which images an arm has right, a row per seed; one row for an arm that no seed moves."""
    run = RunDir(one.path)
    trained = [Cell(place.shift, place.severity, one.budget, seed) for seed in one.run.summary.seeds]
    for cells in (trained, [Cell(place.shift, place.severity)]):
        told = [found for cell in cells if (found := read_answers(run, cell))]
        rows = _rows(told, arm)
        if rows:
            return np.asarray(rows, dtype=np.float64)
    return None


def _rows(told: Sequence[Answers], arm: str) -> list[NDArray[np.bool_]]:
    return [right for one in told if (right := one.right(arm)) is not None]
