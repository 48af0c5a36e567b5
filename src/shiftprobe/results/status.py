"""How far a run is, as facts: cells, their pace, what failed and who made them. Reads only, and holds nothing."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.holding import is_held
from shiftprobe.core.pace import Pace
from shiftprobe.core.reading import is_there, read_bytes
from shiftprobe.results.arms_told import told_by_arms
from shiftprobe.results.cells_made import CellMade, CellsMade, cells_made
from shiftprobe.results.machine import MachineKind
from shiftprobe.results.planned import Start, read_cell_parts, read_start
from shiftprobe.results.reading import read_spec
from shiftprobe.results.run_folder import RunDir, check_run

RECENT = 30  # cells whose pace is told
FRESH = 900.0  # s after a part was written in which a command on another machine may still be at work
MAX_TRACEBACK, MAX_LINE = 2**24, 300  # bytes; characters


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureCount:
    """What some cells failed of: the first line of the error, how many cells say it, and one of them."""

    error: str
    cells: int
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineShare:
    """How many whole cells were made, all or in part, on one kind of machine; None: an earlier version did not say."""

    machine: MachineKind | None
    cells: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatus:
    """How far a run is. A cell is done, failed, running or waiting; together they are what was planned."""

    run: str  # the folder's name
    planned: int  # cells
    done: int  # every part of them lies in the folder, whole
    failed: int  # in their last try; while the run goes on, those of an earlier start are waiting again
    running: int  # a part was written since the run began and others are missing: a lower bound
    waiting: int
    finished: bool  # nothing is left but what failed
    held: bool | None  # whether a command holds the folder; None: it cannot be told from this machine
    started: str | None  # when the last command that makes the run began, ISO 8601
    last_written: float | None  # seconds since a cell was last written to
    per_minute: float | None  # cells, over the newest 30 since it began
    seconds_left: float | None  # at that pace; None where nobody is at work
    missing_probes: tuple[str, ...] = ()  # of the whole run
    failures: tuple[FailureCount, ...] = ()  # the commonest first
    failed_arms: tuple[FailureCount, ...] = ()  # arms that could not be trained, in cells that are done
    machines: tuple[MachineShare, ...] = ()  # the one with most cells first


def read_status(path: Path, now: float | None = None) -> RunStatus:
    """Count what a run folder holds; another command may be at work in it.

    Args:
        path: the run folder.
        now: seconds since 1970; the clock when None.

    Raises:
        RunError: when it is no run folder, or what planning wrote there is damaged.
    """
    if not is_there(path / "about.json"):
        check_run(path)  # every file of a run is looked at there; to count them none need be
    run, clock, start = RunDir(path), time.time() if now is None else now, read_start(path)
    made = cells_made(run, read_spec(path), read_cell_parts(path))
    held, newest = _held(path, start), max((one.ended for one in made.cells if one.ended), default=None)
    ago = None if newest is None else max(0.0, clock - newest)
    at_work = not made.finished and (held or (held is None and ago is not None and ago < FRESH))
    failed = [one for one in made.cells if _failed(one, start.time if at_work else None)]
    done, pace = [one for one in made.cells if one.whole], _pace(made, start.time, clock if at_work else None)
    running = sum(_begun(one, start.time) for one in made.cells) if at_work else 0
    left, told = len(made.cells) - len(done) - len(failed), told_by_arms(run, done)
    return RunStatus(
        run=escape(path.resolve().name),
        planned=len(made.cells),
        done=len(done),
        failed=len(failed),
        running=running,
        waiting=left - running,
        finished=made.finished,
        held=held,
        started=start.said,
        last_written=ago,
        per_minute=pace.per_minute if pace else None,
        seconds_left=pace.left(left) if pace and at_work else None,
        missing_probes=made.missing_probes,
        failures=_counted((_first_line(run.error(one.cell)), one.cell.key) for one in failed),
        failed_arms=_counted(told.failed),
        machines=tuple(MachineShare(machine=kind, cells=count) for kind, count in told.machines),
    )


def _held(path: Path, start: Start) -> bool | None:
    """Whether a command holds the folder; a lock that another machine may have is not seen here."""
    held = is_held(path)
    return None if held is False and not start.here else held


def _failed(one: CellMade, since: float | None) -> bool:
    """Whether a cell's last try failed; where a run goes on, one that failed before it began is tried again."""
    return one.failed is not None and (since is None or one.failed >= since)


def _begun(one: CellMade, since: float) -> bool:
    """Whether a cell has a part of this start, and is neither whole nor failed in it."""
    return not one.whole and not _failed(one, since) and one.written is not None and one.written >= since


def _pace(made: CellsMade, since: float, until: float | None) -> Pace | None:
    """That of the newest cells of this start; None before the first.

    Args:
        made: every cell.
        since: when the run began.
        until: now, while somebody is at work; None: its last cell was its end.
    """
    times = sorted(one.ended for one in made.settled if one.ended is not None and one.ended >= since)
    if not times or not since:
        return None
    begun = times[-RECENT - 1] if len(times) > RECENT else since
    seconds = max(times[-1], until or 0.0) - begun
    return Pace(len(times[-RECENT:]), seconds) if seconds > 0 else None


def _first_line(path: Path) -> str:
    """The first line of the error that a traceback ends with; printable, whatever it is."""
    try:
        content = read_bytes(path, MAX_TRACEBACK) if is_there(path) else b""
    except (FileNotFoundError, RunError):
        content = b""
    lines = content.decode("utf-8", "backslashreplace").strip().splitlines() or ["its traceback cannot be read"]
    last = max((i for i, line in enumerate(lines) if line.startswith("  File ")), default=-1)
    said = next((line for line in lines[last + 1 :] if line.strip() and not line.startswith(" ")), lines[-1])
    return escape(said, MAX_LINE)


def _counted(failures: Iterable[tuple[str, str]]) -> tuple[FailureCount, ...]:
    """Errors, each with its cells, the commonest first."""
    cells: dict[str, list[str]] = {}
    for error, cell in failures:
        cells.setdefault(error, []).append(cell)
    found = [FailureCount(error=error, cells=len(some), example=some[0]) for error, some in cells.items()]
    return tuple(sorted(found, key=lambda one: (-one.cells, one.error)))
