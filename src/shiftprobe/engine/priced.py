"""A run whose network was timed: what is missing in it, who does it, and what an image costs."""

from collections.abc import Iterable
from dataclasses import dataclass

from shiftprobe.core.types import Cell
from shiftprobe.engine.cost import cost_of, prices_of
from shiftprobe.engine.execute import missing
from shiftprobe.engine.plan import Plan
from shiftprobe.engine.setup import Setup
from shiftprobe.engine.side_by_side import workers_for


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedRun:
    """A run whose network was timed, before it goes on."""

    setup: Setup
    cells: tuple[Cell, ...]  # all of the spec's
    todo: tuple[Cell, ...]  # those that are missing
    workers: int  # processes that share them
    prices: tuple[float, float]  # seconds per image, as `engine.cost.prices_of` gives them

    @property
    def there(self) -> list[Cell]:
        """The cells that are finished."""
        todo = set(self.todo)
        return [cell for cell in self.cells if cell not in todo]

    def seconds(self, some: Iterable[Cell], among: Iterable[Cell] | None = None) -> float:
        """What it takes to do some missing cells, with the source where it is missing and probes of the whole run.

        Args:
            some: cells that are missing.
            among: the cells that the run then holds; those that are there, and these, when None.
        """
        asked = list(some)
        held = [*self.there, *asked] if among is None else among
        return cost_of(self.setup, held, asked, self.workers, self.prices).seconds


def priced(ready: Plan, workers: int | None, prices: tuple[float, float] | None = None) -> PricedRun:
    """A plan with its prices; nothing is timed where nothing is missing.

    Args:
        ready: the plan.
        workers: processes; None takes as many as there are cores.
        prices: as `engine.cost.prices_of` gives them, where they were timed already.
    """
    setup, todo = ready.setup, tuple(missing(ready.setup, ready.cells))
    timed = prices or (prices_of(setup) if todo else (0.0, 0.0))
    width = workers_for(setup, len(todo), workers)
    return PricedRun(setup=setup, cells=ready.cells, todo=todo, workers=width, prices=timed)
