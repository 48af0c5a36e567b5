"""A run within minutes: which cells come first, and whether the next ones still fit."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from time import monotonic

from shiftprobe.core.monitor import Monitor
from shiftprobe.core.types import Cell
from shiftprobe.engine.cost import seconds_of_cell, seconds_of_run, seconds_of_trials
from shiftprobe.engine.disk import in_parts
from shiftprobe.engine.executors import Executor
from shiftprobe.engine.setup import Setup
from shiftprobe.engine.trials import open_trials


class Allowed:
    """The time that a run may take, and the pace at which its cells went so far.

    Args:
        setup: the resolved spec.
        there: cells that are finished before it begins.
        seconds: that the run may take, from now.
        prices: as `prices_of` gives them.
    """

    def __init__(self, setup: Setup, there: Iterable[Cell], seconds: float, prices: tuple[float, float]) -> None:
        self._setup, self._there, self._prices = setup, list(there), prices
        self._began, self._seconds = monotonic(), seconds
        self._took = self._expected = 0.0

    def fits(self, wave: Sequence[Cell]) -> bool:
        """Whether these cells, done side by side, would end in time, with the probes of the whole run behind them.

        The first ones of a run that holds nothing always do: minutes that are too few for one seed were refused before.
        """
        if not self._there:
            return True
        pace = self._took / self._expected if self._expected else 1.0
        after = seconds_of_run(self._setup, [*self._there, *wave], self._prices[1])
        trying = seconds_of_trials(self._setup, open_trials(self._setup, wave), self._prices) / self._at_once(wave)
        return monotonic() - self._began + pace * self._price(wave) + trying + after <= self._seconds

    def waves(self, cells: Sequence[Cell], width: int) -> Iterator[Sequence[Cell]]:
        """The cells, so many at a time, until the next ones would not fit; their time is taken while they are done."""
        for start in range(0, len(cells), width):
            wave = cells[start : start + width]
            if not self.fits(wave):
                return
            expected, begun = self._price(wave), monotonic()
            yield wave
            self._took += monotonic() - begun
            self._expected += expected
            self._there += wave

    def _price(self, wave: Sequence[Cell]) -> float:
        return sum(seconds_of_cell(self._setup, cell, self._prices) for cell in wave) / self._at_once(wave)

    def _at_once(self, wave: Sequence[Cell]) -> int:
        """Processes that share a GPU are taken to gain nothing, as in every estimate."""
        return 1 if self._setup.device == "cuda" else max(1, len(wave))


def do_in_time(
    pool: Executor[Setup],
    work: Callable[[Setup, Cell], object],
    cells: Sequence[Cell],
    monitor: Monitor,
    *,
    width: int,
    allowed: Allowed | None,
) -> Sequence[Cell]:
    """Do cells side by side, and hand back those that would not have ended in time.

    Args:
        pool: who does them.
        work: what is done of each.
        cells: in their order.
        monitor: is told of each.
        width: how many at a time, where there is a time.
        allowed: the time; all cells are done when None.
    """
    done = 0
    for wave in [cells] if allowed is None else allowed.waves(cells, width):
        for _ in pool.map(work, wave):
            monitor.step()
        done += len(wave)
    return cells[done:]


def in_order(setup: Setup, cells: Sequence[Cell], *, together: bool) -> list[list[Cell]]:
    """Cells as `in_rounds` orders them, in parts that are begun one after the other.

    Args:
        setup: the resolved spec.
        cells: some of its cells.
        together: whether all shifted sets find room on the disk. Then a part is all of one budget, whose trials belong
            together, and processes go from seed to seed without waiting; else a part is what finds room of one seed.
    """
    rounds = in_rounds(setup, cells)
    if not together:
        return [part for one in rounds for part in in_parts(setup, one)]
    found: dict[int, list[Cell]] = {}
    for cell in chain(*rounds):
        found.setdefault(cell.budget or max(setup.spec.target.budgets), []).append(cell)
    return list(found.values())


def in_rounds(setup: Setup, cells: Iterable[Cell]) -> list[list[Cell]]:
    """Cells in the order in which they settle the headline: the mean over all conditions at the largest budget.

    A seed counts there once it has every condition: so the looks of the untouched checkpoint come first, then seed by
    seed at the largest budget, and smaller budgets last.

    Args:
        setup: the resolved spec.
        cells: some of its cells.

    Returns:
        Rounds that hold every cell once, each in the order given.
    """
    found: dict[tuple[int, int], list[Cell]] = {}
    places = {seed: i for i, seed in enumerate(setup.spec.seeds)}
    for cell in cells:
        place = (0, -1) if cell.seed is None else (-(cell.budget or 0), places[cell.seed])
        found.setdefault(place, []).append(cell)
    looks = found.pop((0, -1), [])
    return [one for one in (looks, *(found[place] for place in sorted(found))) if one]
