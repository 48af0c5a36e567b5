"""cells -> folders: what is there is kept, what fails stays in its cell, everything else goes on."""

import shutil
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from shiftprobe.core.errors import DamagedError, ResourceError, out_of_memory
from shiftprobe.core.files import EXHAUSTED, intact, write_bytes
from shiftprobe.core.monitor import Monitor, Silent
from shiftprobe.core.types import UNSHIFTED, Cell
from shiftprobe.engine import plugins
from shiftprobe.engine.disk import check_disk, disk_of, in_parts
from shiftprobe.engine.executors import Executor
from shiftprobe.engine.executors.base import suited
from shiftprobe.engine.executors.threads import limited
from shiftprobe.engine.home import source_made
from shiftprobe.engine.run_probes import forget_views, found, found_in_run, observe, observe_run
from shiftprobe.engine.setup import Setup
from shiftprobe.engine.shifted_sets import is_sound, remove_set
from shiftprobe.engine.side_by_side import demand, site, workers_for
from shiftprobe.engine.within import Allowed, do_in_time, in_order
from shiftprobe.models.sharing import CrowdedError, no_room

if TYPE_CHECKING:
    from shiftprobe.engine.trials import ArmTrials

OUT_OF_MEMORY = "out of memory; use fewer --workers, then run the same command again"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one cell ended; `error` is the last line of its traceback, empty when all is well."""

    cell: Cell
    error: str = ""


def missing(setup: Setup, cells: Iterable[Cell]) -> list[Cell]:
    """The cells that are not finished, whole and as they were written."""
    return [cell for cell in cells if not _finished(setup, cell)]


def _finished(setup: Setup, cell: Cell) -> bool:
    from shiftprobe.engine.cell import finished
    from shiftprobe.engine.trials import tried

    arms = setup.arms_of(cell)
    if not tried(setup, cell) or not all(finished(setup, cell, arm) for arm in arms):
        return False
    return all(found(setup, probe, cell) for probe in setup.probes_of(cell))


def executor(setup: Setup, workers: int) -> Executor[Setup]:
    """Side by side, on a GPU too; one after the other with a model that lives in this process."""
    engine = suited(demand(setup, workers))
    start = engine.start if engine.at is None else engine.at(site(setup))
    return start(setup, setup.spec.train.threads, workers)


def execute(
    setup: Setup,
    cells: Iterable[Cell],
    write_sets: Callable[[Iterable[Cell], Monitor], None],
    monitor: Monitor,
    workers: int | None = None,
    *,
    allowed: Allowed | None = None,
) -> list[Cell]:
    """Do what is missing, stage by stage: source model and shifted sets, trials, all cells, then what spans them.

    Args:
        setup: the resolved spec; its run folder is held by the caller.
        cells: all cells of the spec.
        write_sets: makes the shifted sets of some cells; it alone sees the images at their own resolution.
        monitor: is told how it goes.
        workers: processes; as many as there are cores when None, and on a GPU as find room.
        allowed: the time that it may take; all that it needs when None.

    Returns:
        The cells that were not begun for lack of time, in the order in which the same run goes on with them.

    Raises:
        ResourceError: when disk, memory or permission end; what is finished is kept.
    """
    cells = list(cells)
    todo = missing(setup, cells)
    check_disk(setup, disk_of(setup, cells, todo))
    left: list[Cell] = []
    if todo or not source_made(setup):
        left = _do_cells(setup, todo, write_sets, monitor, workers=workers, allowed=allowed)
    away = set(left)
    _look_at_run(setup, [cell for cell in cells if cell not in away], write_sets, monitor)
    shutil.rmtree(setup.run.sets, ignore_errors=True)
    return left


def _do_cells(
    setup: Setup,
    todo: Sequence[Cell],
    write_sets: Callable[[Iterable[Cell], Monitor], None],
    monitor: Monitor,
    *,
    workers: int | None,
    allowed: Allowed | None,
) -> list[Cell]:
    """The cells, part by part; those that were not begun within the time that is allowed are handed back."""
    _drop_damaged(setup, todo)
    parts = in_parts(setup, todo) if todo else [[]]  # no cells: the source alone is gone or damaged
    together = len(parts) == 1  # all shifted sets find room on the disk
    if allowed is not None:
        parts = in_order(setup, todo, together=together) or [[]]
    write_sets(todo if together else parts[0], monitor)
    width = workers_for(setup, len(todo), workers)
    with executor(setup, width) as pool:
        monitor.begin("source model", 1)
        for _ in pool.map(run_source, [None]):
            monitor.step()
        for i, part in enumerate(parts):
            if allowed is not None and not allowed.fits(part[:width]):
                return list(chain(*parts[i:]))
            if i > 0 and not together:
                write_sets(part, monitor)
            _try(setup, pool, part, monitor)
            if part:
                monitor.begin("cells" if len(parts) == 1 else f"cells, {i + 1} of {len(parts)}", len(part))
            left = do_in_time(pool, run_cell, part, monitor, width=width, allowed=allowed)
            if not together:
                _forget(setup, part)
            if left:
                return list(chain(left, *parts[i + 1 :]))
    return []


def _try(setup: Setup, pool: Executor[Setup], part: Sequence[Cell], monitor: Monitor) -> None:
    """The trials that these cells wait for; one that fails leaves its reason, and its cells fail for lack of it."""
    from shiftprobe.engine.trials import open_trials

    if not (units := open_trials(setup, part)):
        return
    monitor.begin("trials", len(units))
    for _ in pool.map(run_trials, units):
        monitor.step()


def _drop_damaged(setup: Setup, todo: Iterable[Cell]) -> None:
    """What is there and not as it was written is removed: where it cannot be made again it is missing, not refused."""
    for cell in todo:
        arms = (setup.run.cell(cell) / arm for arm in setup.arms_of(cell))
        for folder in (*arms, *(setup.run.finding(probe, cell) for probe in setup.probes_of(cell))):
            if folder.is_dir() and not intact(folder):
                shutil.rmtree(folder)


def _look_at_run(
    setup: Setup, cells: Sequence[Cell], write_sets: Callable[[Iterable[Cell], Monitor], None], monitor: Monitor
) -> None:
    """The probes that need many cells at once, in this process; a shifted set that is gone is made again."""
    probes = [probe for probe in setup.run_probes if not found_in_run(setup, probe, cells)]
    if not probes:
        return
    monitor.begin("whole run", len(probes))
    few = len(in_parts(setup, cells)) == 1

    def show(cell: Cell) -> None:
        if all(is_sound(setup.run.images(one)) for one in (cell.condition, UNSHIFTED)):
            return
        if not few:
            _forget(setup, cells)
        write_sets([cell], Silent())

    with limited(setup.spec.train.threads):
        for probe in probes:
            observe_run(setup, probe, cells, show)
            monitor.step()


def _forget(setup: Setup, cells: Iterable[Cell]) -> None:
    """Give the disk back what shifted sets took; the unshifted target stays."""
    for place in {cell.condition for cell in cells} - {UNSHIFTED}:
        remove_set(setup.run.images(place))


def run_source(setup: Setup, _: None) -> None:
    """Put the source model into the run folder, unless it is there."""
    from shiftprobe.engine.source_model import make_source

    make_source(setup)


def run_cell(setup: Setup, cell: Cell) -> Outcome:
    """Do one cell: its arms, then its probes. A fault of its own stays here, with its traceback in a file."""
    return contained(setup, cell, setup.run.error(cell), lambda: observe(setup, cell))


def run_trials(setup: Setup, unit: "ArmTrials") -> Outcome:
    """Do the trials of one arm with one seed. A fault of their own stays here, with its traceback in a file."""
    from shiftprobe.engine.networks import source
    from shiftprobe.engine.trials import try_arm

    def work() -> str:
        try_arm(setup, unit, source(setup))
        return ""

    return contained(setup, unit.cell, setup.run.trials_error(unit.cell, unit.arm), work)


def contained(setup: Setup, cell: Cell, told: Path, work: Callable[[], str]) -> Outcome:
    """Do some work of a cell, which returns the traceback of what failed in it, or nothing.

    Args:
        setup: the resolved spec.
        cell: for messages.
        told: the file of its traceback, gone when all is well.
        work: what to do.

    Raises:
        ResourceError: when disk, memory or permission end.
        DamagedError: when a file that cannot be made again is not as it was written.
    """
    try:
        plugins.load(setup.spec, allow_code=setup.allow_code)  # this may be a fresh process
        failed = work()
        if failed:
            write_bytes(told, failed.encode("utf-8", "backslashreplace"))
            return Outcome(cell, failed.strip().splitlines()[-1])
    except CrowdedError:
        forget_views()
        raise
    except (ResourceError, DamagedError):
        raise
    except Exception as error:  # noqa: BLE001 - one bad cell must not end the others; the file says why
        if out_of_memory(error):
            forget_views()
            raise no_room(OUT_OF_MEMORY, ResourceError) from None
        if isinstance(error, OSError) and error.errno in EXHAUSTED:
            raise ResourceError(f"cell {cell.key}: {error}; what is finished is kept") from None
        write_bytes(told, traceback.format_exc().encode("utf-8", "backslashreplace"))
        return Outcome(cell, f"{type(error).__name__}: {error}")
    told.unlink(missing_ok=True)
    return Outcome(cell)
