"""Arms with changes, trained by the engine and read back from the run folder."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import ShiftprobeError
from shiftprobe.core.monitor import Monitor
from shiftprobe.diagnosing.case import Right, RunCase
from shiftprobe.diagnosing.terms import training_seconds
from shiftprobe.engine import networks
from shiftprobe.engine.interventions import Unit, check_unit, made_of, with_arms
from shiftprobe.engine.perform import SETS
from shiftprobe.engine.perform_units import perform_units
from shiftprobe.engine.plan import Plan
from shiftprobe.engine.unit_cost import price
from shiftprobe.results.interventions import TrainedArms

WORTH = 20.0
"""Seconds of training under which processes of their own, which first import torch, take longer than they save."""


class _Brief:
    """Tells of trainings, and not of the images that are written before each few of them."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor, self._tells = monitor, True

    def begin(self, what: str, total: int) -> None:
        """A stage of so many steps begins."""
        self._tells = what != SETS
        if self._tells:
            self._monitor.begin(what, total)

    def step(self) -> None:
        """One step of it is done."""
        if self._tells:
            self._monitor.step()


class EngineTrainer:
    """A `climb.Trainer` that does its trainings by the executors; what is finished is not done again.

    Args:
        ready: the run, planned again.
        case: the condition and budget at which arms are trained.
        monitor: is told how it goes.
        workers: processes; None takes as many as there are cores.
        spelled: what an arm is called in the run folder, where trainings begin from something else.
    """

    def __init__(
        self,
        ready: Plan,
        case: RunCase,
        monitor: Monitor,
        workers: int | None,
        spelled: Callable[[str], str] = str,
    ) -> None:
        self._ready, self._case, self._monitor, self._workers = ready, case, _Brief(monitor), workers
        self._spelled = spelled

    @cached_property
    def _seconds(self) -> float:
        """The estimate of one training."""
        return training_seconds(self._ready)

    def __call__(self, wanted: Sequence[tuple[str, int]]) -> Mapping[str, Right]:
        """Train what is missing, then read who is right."""
        workers = 1 if self._seconds * sum(self.price(arm) for arm, _ in wanted) < WORTH else self._workers
        units = [self._unit(*one) for one in wanted]
        perform_units(self._ready, units, self._monitor, workers=workers, keep_sets=True)
        trained, found = TrainedArms(self._ready.setup.run), dict[str, dict[int, NDArray[np.bool_]]]()
        for arm, seed in wanted:
            one = trained.find(self._case.cell(seed), self._spelled(arm))
            if one is not None:
                found.setdefault(arm, {})[seed] = one.right
        return found

    def _unit(self, arm: str, seed: int) -> Unit:
        return Unit(cell=self._case.cell(seed), arm=self._spelled(arm))

    def price(self, arm: str) -> float:
        """Trainings that one seed of an arm costs; a source model that it waits for is not among them."""
        return round(price(self._unit(arm, self._case.seeds[0]), self._ready.setup), 1)

    def unavailable(self, arm: str) -> str:
        """Why an arm cannot be trained here; empty when it can."""
        unit = self._unit(arm, self._case.seeds[0])
        try:
            check_unit(unit)
            made = made_of(with_arms(self._ready.setup, [unit]), unit)
            if made.build is not networks.fresh:
                made.build(made.setup, len(made.setup.classes), 0)
        except ShiftprobeError as error:
            return str(error)
        return ""
