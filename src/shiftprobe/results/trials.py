"""Trials in a run folder -> what tuning found: scores on validation parts, and apart from them what test images say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.arrays import read_arrays
from shiftprobe.core.checksums import is_kept
from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.reading import MADE_ANEW
from shiftprobe.core.types import Cell
from shiftprobe.results.findings import Answers
from shiftprobe.results.run_folder import RunDir
from shiftprobe.results.trial_scores import ANSWERS, read_scores
from shiftprobe.results.tuning import TrialDifference, TunedArm, Tuning, tuned
from shiftprobe.spec.pairs import declared_pairs
from shiftprobe.spec.schema import Spec, arm_cells
from shiftprobe.stats import compare_arms

Right = Mapping[int, NDArray[np.bool_]]  # by trial, (N,) which test images it has right


def read_right(run: RunDir, cell: Cell, arm: str) -> Right:
    """Which test images an arm's trials have right with one seed; nothing where they did not look.

    Raises:
        RunError: when the answers are not as they were written, or are something else.
    """
    folder = run.trial_answers(cell, arm)
    if not is_kept(folder):
        return {}
    whole = read_arrays(folder / ANSWERS)
    labels = whole.pop("labels", np.zeros(0, np.int64))
    for name, classes in whole.items():
        if not name.isdecimal() or classes.dtype.kind not in "iu" or classes.shape != labels.shape or not len(labels):
            raise RunError(
                f"{escape(folder / ANSWERS)}: {escape(name)}: wanted a class number for each of the test images of a "
                f"trial, got something else; {MADE_ANEW}"
            )
    found = Answers(labels.astype(np.int64), {name: one.astype(np.int64) for name, one in whole.items()})
    return {int(name): right for name in whole if (right := found.right(name)) is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """The cells of one condition and budget, a seed each."""

    cells: tuple[Cell, ...]
    right: Mapping[tuple[str, Cell], Right] = field(default_factory=dict)


def read_tuning(run: RunDir, spec: Spec, groups: NDArray[np.int64] | None = None) -> Tuning | None:
    """What tuning found; None where nothing was tuned.

    Args:
        run: the folder.
        spec: what was asked for.
        groups: (N,) which test images belong together; None: they are independent.

    Raises:
        RunError: when a folder of trials is damaged or does not fit the others.
    """
    arms: list[TunedArm] = []
    differences: list[TrialDifference] = []
    for _, some in groupby(arm_cells(spec), key=lambda cell: (cell.condition, cell.budget)):
        cells = tuple(some)
        here = tuple(one for arm in spec.arms if (one := _tuned(run, cells, arm)) is not None)
        names = {one.arm for one in here}
        right = {(arm, cell): read_right(run, cell, arm) for arm in sorted(names) for cell in cells}
        pairs = [pair for pair in declared_pairs(spec) if set(pair) <= names]
        arms += here
        for pair in pairs:
            differences += _differences(_Group(cells=cells, right=right), pair, len(here[0].trials), groups)
    try:
        return Tuning(arms=tuple(arms), differences=tuple(differences)) if arms else None
    except ValueError as error:
        raise RunError(f"{escape(run.path / 'trials')}: {escape(error)}; {MADE_ANEW}") from None


def _tuned(run: RunDir, cells: Sequence[Cell], arm: str) -> TunedArm | None:
    """An arm's trials in one condition at one budget; None unless every seed has them."""
    scores = [one for cell in cells if (one := read_scores(run, cell, arm)) is not None]
    if len(scores) < len(cells):
        return None
    try:
        return tuned(arm, cells[0].condition, cells[0].budget, scores)
    except ValueError as error:
        raise RunError(f"{escape(run.trials(cells[0], arm))}: {escape(error)}; {MADE_ANEW}") from None


def _differences(
    group: _Group, pair: tuple[str, str], trials: int, groups: NDArray[np.int64] | None
) -> Iterator[TrialDifference]:
    """A pair of arms at every single trial, over the seeds that have it in both."""
    first = group.cells[0]
    for trial in range(trials):
        both = [[group.right[arm, cell].get(trial) for arm in pair] for cell in group.cells]
        known = [(a, b) for a, b in both if a is not None and b is not None and len(a) == len(b)]
        found = TrialDifference(
            a=pair[0], b=pair[1], trial=trial, shift=first.shift, severity=first.severity, budget=first.budget
        )
        yield _described(found, known, groups) if known else found


def _described(
    found: TrialDifference,
    known: Sequence[tuple[NDArray[np.bool_], NDArray[np.bool_]]],
    groups: NDArray[np.int64] | None,
) -> TrialDifference:
    """The difference with its 95 % interval, and no word for it."""
    ours, theirs = (np.stack(side) for side in zip(*known, strict=True))
    judged = compare_arms(ours, theirs, groups=groups)
    over_images = judged.images.ends(0.95) if judged.images is not None and not judged.images.few_groups else None
    low, high = judged.both or (over_images if len(known) == 1 else None) or (None, None)
    return replace(found, difference=judged.difference, low=low, high=high, n=len(known), images=ours.shape[1])
