"""Arms with changes, trained by the engine and read back from the run folder."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import ShiftprobeError
from shiftprobe.core.monitor import Monitor
from shiftprobe.diagnosing.case import Right, RunCase
from shiftprobe.engine import networks
from shiftprobe.engine.interventions import Unit, check_unit, made_of, with_arms
from shiftprobe.engine.perform_units import perform_units
from shiftprobe.engine.plan import Plan
from shiftprobe.engine.unit_cost import price
from shiftprobe.results.interventions import TrainedArms


class EngineTrainer:
    """A `climb.Trainer` that does its trainings by the executors; what is finished is not done again.

    Args:
        ready: the run, planned again.
        case: the condition and budget at which arms are trained.
        monitor: is told how it goes.
        workers: processes; None takes as many as there are cores.
    """

    def __init__(self, ready: Plan, case: RunCase, monitor: Monitor, workers: int | None) -> None:
        self._ready, self._case, self._monitor, self._workers = ready, case, monitor, workers

    def __call__(self, wanted: Sequence[tuple[str, int]]) -> Mapping[str, Right]:
        """Train what is missing, then read who is right."""
        perform_units(self._ready, [self._unit(*one) for one in wanted], self._monitor, workers=self._workers)
        trained, found = TrainedArms(self._ready.setup.run), dict[str, dict[int, NDArray[np.bool_]]]()
        for arm, seed in wanted:
            one = trained.find(self._case.cell(seed), arm)
            if one is not None:
                found.setdefault(arm, {})[seed] = one.right
        return found

    def _unit(self, arm: str, seed: int) -> Unit:
        return Unit(cell=self._case.cell(seed), arm=arm)

    def price(self, arm: str) -> float:
        """Trainings that one seed of an arm costs; a source model that it waits for is not among them."""
        return price(self._unit(arm, self._case.seeds[0]))

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
