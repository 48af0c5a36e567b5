"""The facts of a finished run that a diagnosis starts from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.types import Cell, Condition
from shiftprobe.results.findings import Answers, read_answers
from shiftprobe.results.model import Summary
from shiftprobe.results.reading import read_groups
from shiftprobe.results.run_folder import RunDir
from shiftprobe.spec.arm_names import CHANGE, changed

PAIR = ("transfer", "scratch")
LEARNT = 0.99  # of its own images, that an arm at rest has right

Right = Mapping[int, NDArray[np.bool_]]
"""By seed, (N,) which test images are right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCase:
    """One condition of a run: who is right on which image."""

    summary: Summary
    condition: Condition
    budget: int
    seeds: tuple[int, ...]  # those that have both arms of the pair, in the run's order
    right: Mapping[str, Right]  # by trained arm
    untrained: Mapping[str, NDArray[np.bool_]]  # by arm that no seed moves
    labels: NDArray[np.int64]  # (N,) of the test images
    groups: NDArray[np.int64] | None
    # by change that a smaller budget of the run already made, what it is; `right` holds both arms under it
    fewer: Mapping[str, str] = field(default_factory=dict)
    rested: frozenset[str] = frozenset()  # arms that learnt their own images, and whose loss no longer falls

    @property
    def paired(self) -> bool:
        """Whether both arms of the pair are there."""
        return bool(self.seeds)

    @property
    def majority(self) -> float:
        """What always naming the commonest class is right on."""
        return float(np.bincount(self.labels).max() / len(self.labels))

    def accuracy(self, arm: str) -> float | None:
        """The mean over seeds; None where the run does not hold the arm here."""
        if arm in self.untrained:
            return float(self.untrained[arm].mean())
        values = [float(one.mean()) for one in self.right.get(arm, {}).values()]
        return fmean(values) if values else None

    @property
    def reach(self) -> dict[str, float]:
        """What every arm of the run reaches here."""
        found = {arm: self.accuracy(arm) for arm in (*self.right, *self.untrained) if CHANGE not in arm}
        return {arm: value for arm, value in found.items() if value is not None}

    def cell(self, seed: int) -> Cell:
        """Where an arm of a seed is trained."""
        return Cell(self.condition.shift, self.condition.severity, self.budget, seed)


def case_of(run: RunDir, summary: Summary, condition: Condition | None = None) -> RunCase:
    """The facts of one condition at the largest budget.

    Args:
        run: a finished run.
        summary: its summary.
        condition: which; None is the one where the untouched checkpoint, or else transfer, is right least often.

    Raises:
        RunError: when the run holds no answers there.
    """
    place = condition or hardest(summary)
    budget = max(summary.budgets)
    still = read_answers(run, Cell(place.shift, place.severity))
    cells = {seed: Cell(place.shift, place.severity, budget, seed) for seed in summary.seeds}
    trained = {seed: found for seed, cell in cells.items() if (found := read_answers(run, cell)) is not None}
    if still is None and not trained:
        raise RunError(
            f"{escape(run.path)}: wanted a run that holds {place.key} and the answers of its arms (probe accuracy), "
            "got none; run the same command again, then diagnose"
        )
    right: dict[str, dict[int, NDArray[np.bool_]]] = {}
    for seed, answers in trained.items():
        for arm in summary.arms:
            if (one := answers.right(arm)) is not None:
                right.setdefault(arm, {})[seed] = one
    both = [seed for seed in summary.seeds if all(seed in right.get(arm, {}) for arm in PAIR)]
    fewer, smaller = _fewer(run, summary, place)
    return RunCase(
        summary=summary,
        condition=place,
        budget=budget,
        seeds=tuple(both),
        right=right | smaller,
        untrained=_untrained(still, summary),
        labels=(still or next(iter(trained.values()))).labels,
        groups=read_groups(run),
        fewer=fewer,
        rested=_rested(summary, budget),
    )


def _fewer(run: RunDir, summary: Summary, place: Condition) -> tuple[dict[str, str], dict[str, Right]]:
    """The pair at the smallest budget of the run, under the name of the change that would train it.

    Budgets are nested: the first images of the largest are the smallest.
    """
    few, most = min(summary.budgets), max(summary.budgets)
    if few > most / 2:
        return {}, {}
    change = f"labels{few / most:g}"
    found: dict[str, dict[int, NDArray[np.bool_]]] = {changed(arm, change): {} for arm in PAIR}
    for seed in summary.seeds:
        answers = read_answers(run, Cell(place.shift, place.severity, few, seed))
        for arm in PAIR:
            if answers is not None and (right := answers.right(arm)) is not None:
                found[changed(arm, change)][seed] = right
    return {change: f"{few:,} labels instead of {most:,}"}, dict(found)


def _rested(summary: Summary, budget: int) -> frozenset[str]:
    converged = () if summary.training is None else summary.training.converged
    known = [one for one in converged if one.budget == budget and one.trained_out]
    return frozenset(one.arm for one in known if (one.train_accuracy or 0.0) >= LEARNT)


def _untrained(still: Answers | None, summary: Summary) -> dict[str, NDArray[np.bool_]]:
    found = {arm: still.right(arm) for arm in summary.arms} if still is not None else {}
    return {arm: one for arm, one in found.items() if one is not None}


def hardest(summary: Summary) -> Condition:
    """Where the untouched checkpoint is right least often, or transfer where it was not judged; of equals the first."""
    budget = max(summary.budgets)
    for arm in ("zero_shot", *PAIR):
        points = [
            one for one in summary.points if one.arm == arm and one.mean is not None and one.budget in {None, budget}
        ]
        if points:
            return min(points, key=lambda one: (one.mean or 0.0, one.condition.order)).condition
    return Condition()
