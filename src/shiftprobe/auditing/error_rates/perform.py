"""A calibration from its request to its folder: looks as an audit makes them, then every gate's errors over draws."""

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np

from shiftprobe.auditing.checks.base import gates, questions, rule_of
from shiftprobe.auditing.error_rates.files import CSV, JSON, to_bytes, to_csv
from shiftprobe.auditing.error_rates.model import AuditErrors, Calibration, GateErrors, flagged
from shiftprobe.auditing.error_rates.names import class_order_errors
from shiftprobe.auditing.error_rates.population import Population
from shiftprobe.auditing.error_rates.prepared import preprocessing_errors
from shiftprobe.auditing.error_rates.regression import regression_errors
from shiftprobe.auditing.error_rates.rejecting import rejection_errors
from shiftprobe.auditing.error_rates.request import CalibrationReady
from shiftprobe.auditing.error_rates.shares import share_errors
from shiftprobe.auditing.error_rates.two_sets import drift_errors, label_shift_errors
from shiftprobe.auditing.error_rates.unlabelled import estimate_errors
from shiftprobe.auditing.error_rates.unreadable import skipped_errors
from shiftprobe.auditing.error_rates.words import headline
from shiftprobe.auditing.predictions import Task, predict_all
from shiftprobe.auditing.ready import Ready
from shiftprobe.auditing.stages import joined, steps_of, tasks_of
from shiftprobe.auditing.types import Predictions
from shiftprobe.auditing.verdict import machine
from shiftprobe.core.checksums import write_with_checksums
from shiftprobe.core.folder_kinds import AUDIT, CALIBRATION
from shiftprobe.core.monitor import Monitor
from shiftprobe.core.out_folder import held
from shiftprobe.core.types import Condition
from shiftprobe.engine.executors.threads import limited

Measure: TypeAlias = Callable[[Population, int, int, Monitor], tuple[GateErrors, ...]]

MEASURES: dict[str, Measure] = {
    "skipped": skipped_errors,
    "preprocessing": preprocessing_errors,
    "class_order": class_order_errors,
    "risk_coverage": rejection_errors,
    "regression": regression_errors,
    "label_shift": label_shift_errors,
    "drift": drift_errors,
    "target": estimate_errors,
}
"""By the rule's key, what measures the errors of a question beside those that hold a value against a threshold."""

SLOW = ("drift", "target")
SLOWER = 4  # times fewer draws: each fits classifiers, or a calibration of its own
FEWEST = 20
WHY_NOT = {
    "attribution": "maps are drawn of 32 images, and no split tells which map is right",
    "transfer": "rests on the trainings of a comparison run, not on these images",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationResult:
    """What a calibration found, and where it left everything."""

    path: Path  # the folder
    found: Calibration

    @property
    def report(self) -> Path:
        """The page."""
        return self.path / "calibrate.html"

    @property
    def rows(self) -> tuple[GateErrors, ...]:
        """Every gate's errors."""
        return self.found.rows


def perform(asked: CalibrationReady, monitor: Monitor, *, workers: int | None = None) -> CalibrationResult:
    """Carry out a calibration in its folder; looks that are there are read.

    Raises:
        SpecError: when something of somebody else lies where the folder goes.
        RunError: when there is a link in the folder.
        BusyError: when another process works in the folder, or in the audit's whose looks are read.
        ResourceError: when the disk is full or the place not writable.
    """
    with ExitStack() as stack:
        stack.enter_context(held(asked.folder, CALIBRATION))
        if asked.borrowed:
            stack.enter_context(held(asked.looks, AUDIT))
        population = looked(asked, monitor, workers or os.cpu_count() or 1)
        with limited(1):
            whole, rows = measured(population, asked.images, asked.request.draws, monitor)
        found = _told(asked, whole, rows)
        write_with_checksums(asked.folder, {JSON: to_bytes(found), CSV: to_csv(found)})
    return CalibrationResult(path=asked.folder, found=found)


def looked(asked: CalibrationReady, monitor: Monitor, workers: int) -> Population:
    """Answers to every image at every shift, as an audit keeps them: what it has looked at is not looked at again."""
    ready = replace(asked.ready, folder=asked.looks)
    look = partial(predict_all, ready.subject, workers=workers, dose=ready.dose, step=monitor.step)
    steps, tasks = steps_of(ready), tasks_on(ready)
    monitor.begin("looks", len(tasks))
    found = look(tasks, folder=ready.looks / "data")
    seen: dict[Condition, list[Predictions]] = {}
    for task in tasks:
        seen.setdefault(task.condition, []).append(found[task.key])
    looks = {place: one[0] if len(one) == 1 or steps is None else joined(one, steps) for place, one in seen.items()}
    on_target = None
    if ready.target is not None and ready.target.labels is not None:
        monitor.begin("looks at the target", 1)
        (on_target,) = look([Task(side=ready.target)], folder=ready.looks / "target").values()
    return Population(ready=ready, looks={place: _in_memory(one) for place, one in looks.items()}, on_target=on_target)


def tasks_on(ready: Ready) -> list[Task]:
    """Every image at every shift, in the steps in which an audit looks at them."""
    steps = steps_of(ready)
    if steps is None:
        return list(ready.tasks)
    shifts = ready.request.policy.shifts
    parts = [tasks_of(ready, steps, step + 1, shifts) for step in range(len(steps.sizes))]
    return [Task(side=ready.data), *(task for part in parts for task in part)]


def _in_memory(seen: Predictions) -> Predictions:
    """Scores where samples of them are taken fast; features stay where they are."""
    return replace(seen, logits=np.array(seen.logits))


def measured(
    population: Population, images: int, draws: int, monitor: Monitor
) -> tuple[AuditErrors, tuple[GateErrors, ...]]:
    """Every gate and test that an audit of the policy would use, in the policy's order.

    Args:
        population: all images.
        images: of a sample.
        draws: how many samples; slow tests are drawn a quarter as often.
        monitor: told of each.
    """
    whole, rows = share_errors(population, images, draws, monitor)
    for name, measure in MEASURES.items():
        rows = (*rows, *measure(population, images, draws_of(name, draws), monitor))
    rows = flagged((*rows, *_unmeasured(population, rows)))
    order = [question.name for question in questions(population.policy)]
    return whole, tuple(sorted(rows, key=lambda row: order.index(row.name.partition(":")[0])))


def draws_of(name: str, draws: int) -> int:
    """How many samples a question is asked of, where others are asked of so many."""
    return min(draws, max(FEWEST, draws // SLOWER)) if name in SLOW else draws


def _unmeasured(population: Population, rows: Sequence[GateErrors]) -> tuple[GateErrors, ...]:
    """Questions whose errors these images cannot show, each with the reason."""
    known, policy = {row.name.partition(":")[0] for row in rows}, population.policy
    return tuple(
        GateErrors(
            name=question.name,
            title=question.title,
            gates=gates(rule_of(policy, question)),
            reason=WHY_NOT.get(question.name, "no change of known size is known for it"),
        )
        for question in questions(policy)
        if question.name not in known
    )


def _told(asked: CalibrationReady, whole: AuditErrors, rows: tuple[GateErrors, ...]) -> Calibration:
    ready = asked.ready
    request, target = ready.request, ready.target
    found = Calibration(
        sentence="",
        name=ready.name,
        command=request.command,
        checkpoint=ready.subject.facts,
        policy=request.policy.resolved(),
        policy_from=request.policy_from,
        data=ready.data.name,
        population=len(ready.data),
        groups=ready.data.draws,
        target=None if target is None else target.name,
        target_images=None if target is None else len(target),
        images=asked.images,
        draws=asked.request.draws,
        loss=request.policy.loss,
        whole=whole,
        rows=rows,
        notes=(*ready.subject.notes, *ready.notes),
        environment=machine(ready.subject),
    )
    return replace(found, sentence=headline(found))
