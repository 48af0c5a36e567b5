"""Minutes that a run may take: what fits into them by the estimate, and when they are too few for any answer."""

import math
from bisect import bisect_left
from collections.abc import Iterable
from itertools import chain

from shiftprobe.core.errors import SpecError
from shiftprobe.core.types import Cell
from shiftprobe.core.words import counted
from shiftprobe.engine.check_spec import check_minutes
from shiftprobe.engine.priced import PricedRun
from shiftprobe.engine.setup import Setup
from shiftprobe.engine.within import Allowed, in_rounds


def allowed_for(run: PricedRun, minutes: float) -> Allowed:
    """The time that a run may take, from now on.

    Raises:
        SpecError: when no seed of the headline is there and not one fits, with what would.
    """
    check_minutes(minutes)
    if not _has_whole_seed(run):
        _check_one_fits(run, minutes)
    return Allowed(run.setup, run.there, 60 * minutes, run.prices)


def fitting(run: PricedRun, minutes: float) -> tuple[Cell, ...]:
    """The missing cells that a run would do within so many minutes, by the estimate alone, in their order."""
    ordered = list(chain(*in_rounds(run.setup, run.todo)))

    def too_long(count: int) -> bool:
        return run.seconds(ordered[:count]) > 60 * minutes

    return tuple(ordered[: bisect_left(range(1, len(ordered) + 1), True, key=too_long)])


def _of_headline(setup: Setup, cells: Iterable[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell.budget in {None, max(setup.spec.target.budgets)}]


def _has_whole_seed(run: PricedRun) -> bool:
    needed, todo = _of_headline(run.setup, run.cells), set(run.todo)
    lacking = {cell.seed for cell in needed if cell in todo}
    seeds = {cell.seed for cell in needed if cell.seed is not None}
    return None not in lacking and (not seeds or bool(seeds - lacking))


def _check_one_fits(run: PricedRun, minutes: float) -> None:
    """The looks of the untouched checkpoint and the first seed at the largest budget, in every condition."""
    first = [cell for cell in _of_headline(run.setup, run.todo) if cell.seed in {None, run.setup.spec.seeds[0]}]
    needed = run.seconds(first) / 60
    if needed <= minutes:
        return
    conditions = list(dict.fromkeys(cell.condition for cell in first))

    def too_long(count: int) -> bool:
        return run.seconds([cell for cell in first if cell.condition in conditions[:count]]) / 60 > minutes

    fits = bisect_left(range(1, len(conditions)), True, key=too_long)
    advice = f"{fits} of them would fit (fewer shifts or severities), or " if fits else ""
    raise SpecError(
        f"--minutes: wanted time for one seed in {counted(len(conditions), 'condition')}, about {needed:.2g} min with "
        f"{counted(run.workers, 'process', 'processes')} on {run.setup.device}, got {minutes:g}; {advice}allow at "
        f"least {math.ceil(needed)}"
    )
