"""What units of a diagnosis will cost, told before they are done."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from shiftprobe.engine.cost import START, met, prices_of
from shiftprobe.engine.interventions import Unit, open_units, with_arms
from shiftprobe.engine.perform_units import missing_sources
from shiftprobe.engine.setup import Setup
from shiftprobe.spec.arm_names import unchanged


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitBill:
    """The price of some units. A unit of cost is one arm trained with one seed, at the run's recipe."""

    todo: int  # units of work that are not done yet
    units: float  # trainings of their arms
    sources: float  # and of source models that they wait for, in images met: each is paid once
    seconds: float  # wall clock

    @property
    def whole(self) -> float:
        """Everything that is to be trained."""
        return self.units + self.sources


def price(unit: Unit, setup: Setup) -> float:
    """What one unit of work costs, in trainings of one arm with one seed at the run's recipe.

    Raises:
        SpecError: when there is no such change.
    """
    return math.prod(
        change.units(values) if change.work is None else change.work(setup, values) for change, values in unit.changes
    )


def bill(setup: Setup, units: Iterable[Unit], workers: int, prices: tuple[float, float] | None = None) -> UnitBill:
    """Price the units that are missing, as `cost_of` prices cells.

    Args:
        setup: the resolved spec.
        units: of which those that are done cost nothing.
        workers: processes that share them.
        prices: seconds per image of a training step and of a forward pass, as `prices_of` gives them.

    Raises:
        SpecError: when there is no such change, or nothing is trained.
        UnknownNameError: when there is no such arm.
    """
    todo = open_units(setup, units)
    if not todo:
        return UnitBill(todo=0, units=0.0, sources=0.0, seconds=0.0)
    known = with_arms(setup, todo)
    step, look = prices or prices_of(setup)
    images = sum(price(unit, known) * _met(known, unit) for unit in todo)
    looks = 2 * len(todo) * (len(setup.labels) - setup.pool)  # at the last epoch and at the best one
    sources = len(missing_sources(setup, todo)) * met(setup.source_recipe, setup.source_train)
    at_once = 1 if setup.device == "cuda" else max(1, min(workers, len(todo)))
    return UnitBill(
        todo=len(todo),
        units=sum(price(unit, known) for unit in todo),
        sources=sources / max(1, min(_met(known, unit) for unit in todo)),
        seconds=sources * step + (images * step + looks * look) / at_once + START,
    )


def _met(setup: Setup, unit: Unit) -> int:
    """How many images the training of a unit's arm meets, without its changes and whatever trial is chosen."""
    images, trials = len(setup.parts(unit.cell)[0]), setup.spec.train.trials() or (None,)
    return max(met(setup.recipe(unchanged(unit.arm), images, trial), images) for trial in trials)
