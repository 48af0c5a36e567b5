"""The bill of a diagnosis: every experiment with its price; how far one gets depends on what is found."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from shiftprobe.core.monitor import Silent
from shiftprobe.diagnosing.case import PAIR, RunCase, case_of
from shiftprobe.diagnosing.rungs import head, labels, leads, schedule
from shiftprobe.diagnosing.terms import Terms, training_seconds
from shiftprobe.diagnosing.trainer import EngineTrainer
from shiftprobe.diagnosing.wallet import SCREENING
from shiftprobe.diagnosing.where_plan import WherePlan, where_plan
from shiftprobe.engine.cost import prices_of
from shiftprobe.results.diagnosis import NotLooked, Stage
from shiftprobe.results.diagnosis_bill import Bill, StageBill
from shiftprobe.results.reading import read_summary

if TYPE_CHECKING:
    from shiftprobe.engine.plan import Plan

FREE: tuple[tuple[Stage, tuple[str, ...]], ...] = (
    ("file", ("preprocessing", "batch statistics", "names of outputs", "pictures", "labels", "layers")),
    ("worth", ("random networks instead of the checkpoint", "random features")),
)
"""What needs no training; it takes seconds."""

LOOKS = (
    60  # forward passes over every image, about: five random networks at both places, and a round of repairs at each
)

ONLY_SUSPECTED = "only where a look at the labels suspects some"

Priced = tuple[Stage, str, tuple[str, ...]]


def bill_of(ready: "Plan", terms: Terms) -> Bill:
    """What may be done, stage by stage; experiments that a look at file and data would spare are among them.

    Raises:
        RunError: when the run holds no answers at the condition.
    """
    case = case_of(ready.setup.run, read_summary(ready.setup.run.path), terms.condition)
    train, each = EngineTrainer(ready, case, Silent(), None), training_seconds(ready)
    looks = prices_of(ready.setup)[1] * (len(case.labels) + len(ready.setup.at_home)) * LOOKS
    stages = [StageBill(stage=stage, experiments=titles, units=0.0, seconds=looks / 2) for stage, titles in FREE]
    left: list[NotLooked] = []
    afford = None if terms.trainings is None else SCREENING * terms.trainings
    for stage, experiments in _by_stage(_experiments(case, where_plan(ready.setup))).items():
        titles, units = [], 0.0
        for title, arms in experiments:
            missing = [arm for arm in arms if arm not in case.right]
            why = next(filter(None, map(train.unavailable, missing)), "")
            why = ONLY_SUSPECTED if "transfer~clean" in missing else why
            price = 0.0 if why else sum(map(train.price, missing))
            if not why and afford is not None and price > afford:
                why = f"beyond the budget of {terms.trainings:g} trainings"
            if why:
                left.append(NotLooked(name=arms[-1], title=title, units=price, why=why))
                continue
            titles.append(title)
            units += price
            afford = None if afford is None else afford - price
        stages.append(StageBill(stage=stage, experiments=tuple(titles), units=units, seconds=units * each))
    return Bill(
        stages=tuple(stages),
        left=tuple(left),
        trainings=terms.trainings,
        confirming=float(2 * len(PAIR) * (terms.seeds - 1)) if case.paired else 0.0,
    )


def _experiments(case: RunCase, plan: WherePlan) -> Iterator[Priced]:
    if not case.paired:
        return
    for rung in schedule(case, 1.0):
        if not rung.skipped:
            yield rung.stage, rung.title, rung.arms
    if leads(case):
        yield from (("where", title, (arm,)) for arm, title in plan.titles.items())
    for rung in (*head(case, 1.0), *labels(case, 0.0, suspects=True)):
        yield rung.stage, rung.title, rung.arms


def _by_stage(experiments: Iterator[Priced]) -> dict[Stage, Sequence[tuple[str, tuple[str, ...]]]]:
    found: dict[Stage, list[tuple[str, tuple[str, ...]]]] = {}
    for stage, title, arms in experiments:
        found.setdefault(stage, []).append((title, arms))
    return dict(found)
