"""Units of a diagnosis done in a finished run's folder: what is there is kept, what fails stays in its unit."""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from shiftprobe.core.folder_kinds import RUN
from shiftprobe.core.monitor import Monitor
from shiftprobe.core.out_folder import held
from shiftprobe.core.types import UNSHIFTED, Cell
from shiftprobe.engine.changes import SOURCES
from shiftprobe.engine.changes.base import OWN_SOURCE
from shiftprobe.engine.disk import in_parts
from shiftprobe.engine.execute import Outcome, contained, executor, run_source
from shiftprobe.engine.interventions import Unit, keep_failed, make_unit, open_units
from shiftprobe.engine.other_sources import make_other_source, source_version
from shiftprobe.engine.perform import drop_stale_sets, write_sets
from shiftprobe.engine.plan import Plan
from shiftprobe.engine.setup import Setup
from shiftprobe.engine.shifted_sets import remove_set
from shiftprobe.engine.side_by_side import workers_for


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFailed:
    """A unit that came to nothing; its traceback is in the run folder."""

    unit: Unit
    error: str  # the last line of it


def perform_units(
    ready: Plan, units: Sequence[Unit], monitor: Monitor, *, workers: int | None = None, keep_sets: bool = False
) -> tuple[UnitFailed, ...]:
    """Do the units that are missing, in the run folder, held for as long as it takes; see `do_units`.

    Raises:
        SpecError: when there is no such change, or nothing is trained.
        UnknownNameError: when there is no such arm.
        ResourceError: when disk, memory or permission end; what is finished is kept.
        BusyError: when another process holds the folder.
    """
    with held(ready.setup.run.path, RUN):
        return do_units(ready, units, monitor, workers=workers, keep_sets=keep_sets)


def do_units(
    ready: Plan, units: Sequence[Unit], monitor: Monitor, *, workers: int | None = None, keep_sets: bool = False
) -> tuple[UnitFailed, ...]:
    """Do the units that are missing: their source models, then the units, side by side.

    Args:
        ready: a plan of the run (`engine.reopen`); the caller holds its folder.
        units: arms with changes, each in a cell of its condition, labels and seed; the seed need not be one of the run.
        monitor: is told how it goes.
        workers: processes; as many as there are cores when None, and on a GPU as find room.
        keep_sets: leave the shifted images where they are; the caller removes them (`drop_sets`) after its last units.

    Returns:
        Those that failed; the same call tries them again.

    Raises:
        SpecError: when there is no such change, or nothing is trained.
        UnknownNameError: when there is no such arm.
        ResourceError: when disk, memory or permission end; what is finished is kept.
    """
    setup, todo = ready.setup, open_units(ready.setup, units)
    if not todo:
        return ()
    drop_stale_sets(ready)
    sources = missing_sources(setup, todo)
    failed: list[UnitFailed] = []
    parts = in_parts(setup, list(dict.fromkeys(unit.cell for unit in todo)))
    write_sets(ready, parts[0], monitor, source=bool(sources), samples=False)
    with executor(setup, workers_for(setup, len(todo), workers)) as pool:
        for _ in pool.map(run_source, [None]):
            pass
        if sources:
            monitor.begin("source models", len(sources))
        for _ in pool.map(run_other_source, sources):
            monitor.step()
        for i, part in enumerate(parts):
            if i > 0:
                write_sets(ready, part, monitor, samples=False)
            some = [unit for unit in todo if unit.cell in part]
            monitor.begin("interventions" if len(parts) == 1 else f"interventions, {i + 1} of {len(parts)}", len(some))
            for one in pool.map(run_unit, some):
                failed += [one] if one.error else []
                monitor.step()
            if len(parts) > 1:
                _forget(setup, part)
    if not keep_sets:
        drop_sets(setup)
    return tuple(sorted(failed, key=lambda one: (one.unit.cell.order, one.unit.arm)))


def drop_sets(setup: Setup) -> None:
    """Give the disk back what shifted images took."""
    shutil.rmtree(setup.run.sets, ignore_errors=True)


def missing_sources(setup: Setup, units: Iterable[Unit]) -> list[str]:
    """The source models that these units wait for, and that the run can make."""
    asked = dict.fromkeys(unit.source for unit in units if unit.source != OWN_SOURCE)
    return [name for name in asked if SOURCES[name].make is not None and not source_version(setup, name)]


def run_other_source(setup: Setup, name: str) -> Outcome:
    """Make a source model. A fault of its own leaves its traceback in a file, and its units fail for lack of it."""

    def work() -> str:
        make_other_source(setup, name)
        return ""

    return contained(setup, Cell(UNSHIFTED.shift, UNSHIFTED.severity), setup.run.other_source_error(name), work)


def run_unit(setup: Setup, unit: Unit) -> UnitFailed:
    """Do one unit. A fault of its own stays here, with its traceback in a file and a row with the reason."""

    def work() -> str:
        make_unit(setup, unit)
        return ""

    told = setup.run.intervention_error(unit.cell, unit.arm)
    ended = contained(setup, unit.cell, told, work)
    if ended.error:
        contained(setup, unit.cell, told.with_suffix(".row.txt"), partial(_say, setup, unit, ended.error))
    return UnitFailed(unit=unit, error=ended.error)


def _say(setup: Setup, unit: Unit, error: str) -> str:
    keep_failed(setup, unit, error)
    return ""


def _forget(setup: Setup, cells: Iterable[Cell]) -> None:
    """Give the disk back what shifted sets took; the unshifted target stays."""
    for place in {cell.condition for cell in cells} - {UNSHIFTED}:
        remove_set(setup.run.images(place))
