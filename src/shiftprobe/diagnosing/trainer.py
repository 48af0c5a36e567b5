"""Arms with changes, trained by the engine and read back from the run folder."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.monitor import Monitor
from shiftprobe.diagnosing.case import Case, Right
from shiftprobe.engine.plan import Plan

if TYPE_CHECKING:
    from shiftprobe.engine.interventions import Unit


class EngineTrainer:
    """A `climb.Trainer` that does its trainings by the executors; what is finished is not done again.

    Args:
        ready: the run, planned again.
        case: the condition and budget at which arms are trained.
        monitor: is told how it goes.
        workers: processes; None takes as many as there are cores.
    """

    def __init__(self, ready: Plan, case: Case, monitor: Monitor, workers: int | None) -> None:
        self._ready, self._case, self._monitor, self._workers = ready, case, monitor, workers

    def __call__(self, wanted: Sequence[tuple[str, int]]) -> Mapping[str, Right]:
        """Train what is missing, then read who is right."""
        from shiftprobe.engine.interventions import perform_units
        from shiftprobe.results.interventions import read_right

        units = [self._unit(arm, seed) for arm, seed in wanted]
        perform_units(self._ready, units, self._monitor, workers=self._workers)
        found: dict[str, dict[int, NDArray[np.bool_]]] = {}
        for arm, seed in wanted:
            right = read_right(self._ready.setup.run, self._case.cell(seed), arm)
            if right is not None:
                found.setdefault(arm, {})[seed] = right
        return found

    def _unit(self, arm: str, seed: int) -> "Unit":
        from shiftprobe.engine.interventions import Unit

        return Unit(cell=self._case.cell(seed), arm=arm)

    def price(self, arm: str) -> float:
        """Trainings that one seed of an arm costs."""
        from shiftprobe.engine.interventions import price_of

        return price_of(self._ready.setup, arm)

    def unavailable(self, arm: str) -> str:
        """Why an arm cannot be trained here."""
        from shiftprobe.engine.interventions import unavailable

        return unavailable(self._ready.setup, arm)
