"""A run that goes on, or was broken off: how far it is, and what it says so far."""

from pathlib import Path

from shiftprobe import report
from shiftprobe.api.finished import Run, explained
from shiftprobe.core.errors import BusyError
from shiftprobe.core.escape import escape
from shiftprobe.results.run_folder import RunDir, check_run
from shiftprobe.results.status import RunStatus, read_status
from shiftprobe.results.tables import read_tables, write_tables
from shiftprobe.results.unfinished import FOLDER


def status(run: str | Path) -> RunStatus:
    """How far a run is: cells done, running and failed, their pace, the time left, and who made them.

    Nothing is written, and nothing held: the command that makes the run is not disturbed.

    Args:
        run: the run folder.

    Raises:
        RunError: when it is no run folder, or what planning wrote there is damaged.
    """
    return read_status(Path(run))


def so_far(path: Path) -> Run:
    """Tables and report of a run in which another command is at work, from its whole cells.

    They go to `unfinished/` in its folder, which `finish` removes when the run is finished.

    Raises:
        BusyError: when it is finished: what the other command does there is not waited for.
        RunError: when it is no run folder, or a cell in it is damaged.
    """
    check_run(path)
    run = RunDir(path)
    tables = explained(read_tables(run))
    if tables.summary.unfinished is None:
        raise BusyError(f"another shiftprobe makes the tables of {escape(path)}, whose cells are done; wait for it")
    write_tables(run, tables, at=path / FOLDER)
    page = report.write(path, tables=path / FOLDER)
    return Run(path=path, rows=tables.rows, summary=tables.summary, report=page)
