"""cells -> folders: what is there is kept, what fails stays in its cell, everything else goes on."""

import os
import shutil
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Protocol

from shiftprobe import plugins
from shiftprobe.errors import NotAvailableError, ResourceError
from shiftprobe.findings import ARRAYS, ROWS
from shiftprobe.rundir import (
    EXHAUSTED,
    MANIFEST,
    intact,
    json_bytes,
    npz_bytes,
    read_json,
    write_bytes,
    write_folder,
)
from shiftprobe.setup import Setup
from shiftprobe.types import IDENTITY, Cell, Evidence, Finding, Probe, Row, at_best

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.executors.inline import Inline
    from shiftprobe.executors.processes import Processes
    from shiftprobe.types import View


MOST_BYTES = 4 * 2**30  # of shifted images on disk at a time


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one cell ended; `error` is the last line of its traceback, empty when all is well."""

    cell: Cell
    error: str = ""


class Monitor(Protocol):
    """Who is told how the work goes."""

    def begin(self, what: str, total: int) -> None:
        """A stage of so many steps begins."""
        ...

    def step(self) -> None:
        """One step of it is done."""
        ...


def missing(setup: Setup, cells: Iterable[Cell]) -> list[Cell]:
    """The cells that are not finished, whole and as they were written."""
    return [cell for cell in cells if not _finished(setup, cell)]


def _finished(setup: Setup, cell: Cell) -> bool:
    arms = setup.arms_of(cell)
    if not all(intact(setup.run.cell(cell) / arm) for arm in arms):
        return False
    return all(_found(setup, probe, cell) for probe in setup.probes_of(cell))


def _found(setup: Setup, probe: str, cell: Cell) -> bool:
    """Whether a probe has looked into a cell, at all the arms we ask for and with as many labelled images."""
    folder = setup.run.finding(probe, cell)
    if not intact(folder):
        return False
    about = read_json(folder / MANIFEST)["about"]
    return set(setup.arms_of(cell)) <= set(about["arms"]) and about.get("budget") == setup.budget_of(cell)


def executor(setup: Setup, workers: int) -> "Inline[Setup] | Processes[Setup]":
    """Side by side on the processor; one after the other on a GPU or with a model that lives in this process."""
    from shiftprobe.executors.inline import Inline
    from shiftprobe.executors.processes import Processes

    threads = setup.spec.train.threads
    if workers == 1 or setup.device != "cpu" or setup.module is not None:
        return Inline(setup, threads)
    return Processes(setup, threads, workers)


def workers_for(setup: Setup, cells: int, wanted: int | None) -> int:
    """As many processes as there are cores to fill and cells to do."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(wanted or max(1, cores // setup.spec.train.threads), cells))


def execute(
    setup: Setup,
    cells: Iterable[Cell],
    write_sets: Callable[[Iterable[Cell], Monitor], None],
    monitor: Monitor,
    workers: int | None = None,
) -> None:
    """Do what is missing, stage by stage: source model and shifted sets, then all cells.

    Args:
        setup: the resolved spec; its run folder is held by the caller.
        cells: all cells of the spec.
        write_sets: makes the shifted sets of some cells; it alone sees the images at their own resolution.
        monitor: is told how it goes.
        workers: processes; as many as there are cores when None.

    Raises:
        ResourceError: when disk, memory or permission end; what is finished is kept.
    """
    todo = missing(setup, cells)
    if not todo:
        return
    parts = in_parts(setup, todo)
    write_sets(parts[0], monitor)
    with executor(setup, workers_for(setup, len(todo), workers)) as pool:
        monitor.begin("source model", 1)
        for _ in pool.map(_source, [None]):
            monitor.step()
        for i, part in enumerate(parts):
            if i > 0:
                write_sets(part, monitor)
            monitor.begin("cells" if len(parts) == 1 else f"cells, {i + 1} of {len(parts)}", len(part))
            for _ in pool.map(run_cell, part):
                monitor.step()
            for place in {(cell.shift, cell.severity) for cell in part} - {(IDENTITY, 0.0)}:
                setup.run.images(*place).unlink(missing_ok=True)
    shutil.rmtree(setup.run.sets, ignore_errors=True)


def in_parts(setup: Setup, todo: Sequence[Cell]) -> list[list[Cell]]:
    """The cells in parts whose shifted sets fill at most `MOST_BYTES` of disk together, a set never in two parts."""
    size = len(setup.labels) * setup.preprocess.size**2 * setup.preprocess.channels
    most = max(1, MOST_BYTES // size - 1)  # one more is the unshifted target, which stays
    places = list(dict.fromkeys((cell.shift, cell.severity) for cell in todo))
    part_of = {place: i // most for i, place in enumerate(places)}
    parts: list[list[Cell]] = [[] for _ in range(1 + max(part_of.values()))]
    for cell in todo:
        parts[part_of[cell.shift, cell.severity]].append(cell)
    return parts


def _source(setup: Setup, _: None) -> None:
    from shiftprobe.train.source import make_source

    make_source(setup)


def run_cell(setup: Setup, cell: Cell) -> Outcome:
    """Do one cell: its arms, then its probes. A fault of its own stays here, with its traceback in a file."""
    try:
        plugins.load(setup.spec, allow_code=setup.allow_code)  # this may be a fresh process
        _do(setup, cell)
    except ResourceError:
        raise
    except MemoryError:
        raise ResourceError("out of memory; use fewer --workers, then run the same command again") from None
    except Exception as error:  # noqa: BLE001 - one bad cell must not end the others; the file says why
        if isinstance(error, OSError) and error.errno in EXHAUSTED:
            raise ResourceError(f"cell {cell.key}: {error}; what is finished is kept") from None
        write_bytes(setup.run.error(cell), traceback.format_exc().encode("utf-8", "backslashreplace"))
        return Outcome(cell, f"{type(error).__name__}: {error}")
    setup.run.error(cell).unlink(missing_ok=True)
    return Outcome(cell)


def _do(setup: Setup, cell: Cell) -> None:
    from shiftprobe.gather import Gathered
    from shiftprobe.probes import PROBES
    from shiftprobe.train.cell import make_arm

    models = dict(_checkpoint(setup))
    failed: dict[str, str] = {}
    for arm in setup.arms_of(cell):
        made = make_arm(setup, cell, arm, models["source"])
        if made.model is None:
            failed[arm] = made.failed
            continue
        models[arm] = made.model
        models |= {at_best(arm): made.best} if made.best is not None else {}
    evidence = Gathered(setup, cell, models=models, failed=failed, shared=_views(setup))
    for probe in setup.probes_of(cell):
        if not _found(setup, probe, cell):
            _keep(setup, cell, probe, _look(PROBES[probe], evidence))


def _look(probe: Probe, evidence: Evidence) -> Finding:
    """What a probe finds; a view that does not exist becomes its reason."""
    try:
        return probe(evidence)
    except NotAvailableError as error:
        return Finding((Row(cell=evidence.cell, probe=probe.name, metric="all", value=None, reason=str(error)),))


def _keep(setup: Setup, cell: Cell, probe: str, finding: Finding) -> None:
    rows = [{key: value for key, value in asdict(row).items() if key != "cell"} for row in finding.rows]
    files = {ROWS: json_bytes(rows)}
    if finding.arrays:
        files[ARRAYS] = npz_bytes(finding.arrays)
    about = {"probe": probe, "arms": list(setup.arms_of(cell)), "budget": setup.budget_of(cell)}
    write_folder(setup.run.finding(probe, cell), files, about)


_models: dict[str, "Mapping[str, nn.Module]"] = {}
_shared: dict[str, "dict[tuple[str, str], View]"] = {}


def _checkpoint(setup: Setup) -> "Mapping[str, nn.Module]":
    """The source and its control, loaded once per process and run."""
    from shiftprobe.train import networks

    key = str(setup.run.path)
    if key not in _models:
        _models.clear()
        _models[key] = {"source": networks.source(setup), "random": networks.random_control(setup).eval()}
    return _models[key]


def _views(setup: Setup) -> "dict[tuple[str, str], View]":
    key = str(setup.run.path)
    if key not in _shared:
        _shared.clear()
        _shared[key] = {}
    return _shared[key]
