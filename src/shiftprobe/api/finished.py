"""A finished run, what it is made of, and what it can be asked."""

from dataclasses import dataclass, replace
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING

from shiftprobe import report
from shiftprobe.core.types import Row
from shiftprobe.results.model import Summary
from shiftprobe.results.predictions import write_predictions
from shiftprobe.results.run_folder import RunDir, check_run
from shiftprobe.results.tables import Tables, read_tables, write_tables
from shiftprobe.results.unfinished import FOLDER
from shiftprobe.why import explain, next_steps

if TYPE_CHECKING:
    from shiftprobe.paper import Written


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A finished run."""

    path: Path  # the run folder
    rows: tuple[Row, ...]
    summary: Summary  # see docs/run-folder.md
    report: Path  # one HTML file

    @property
    def failed(self) -> tuple[str, ...]:
        """Keys of the cells that failed, and of those with an arm that diverged."""
        lost = {row.cell.key for row in self.rows if row.metric == "top1" and row.value is None}
        return tuple(sorted({one.cell for one in self.summary.failed} | lost))


def finish(path: Path) -> Run:
    """Rebuild tables and report of a run folder from what its cells and probes hold, marked where it is unfinished."""
    check_run(path)
    run = RunDir(path)
    tables = explained(read_tables(run))
    write_tables(run, tables)
    write_predictions(run, tables.answers)
    page = report.write(path)
    if tables.summary.unfinished is None:
        rmtree(path / FOLDER, ignore_errors=True)  # what was said before says less
    return Run(path=path, rows=tables.rows, summary=tables.summary, report=page)


def explained(tables: Tables) -> Tables:
    """The same tables, their summary with why it came out so and what to do next."""
    rows, found = tables.rows, tables.summary
    return replace(tables, summary=replace(found, why=explain(rows, found), next=next_steps(rows, found)))


def methods(run: str | Path, *, out: str | Path | None = None) -> "Written":
    """Write what a paper says of a run: a paragraph, its BibTeX, every declared pair as CSV and LaTeX.

    Args:
        run: the run folder.
        out: where the files go; `methods/` in the run folder when None.

    Returns:
        The paragraph, with citations as `[@holm1979]`, and the files.

    Raises:
        RunError: when it is no run folder, or its tables are missing or damaged.
    """
    from shiftprobe.paper import write

    return write(Path(run), None if out is None else Path(out))
