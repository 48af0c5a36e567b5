"""A run folder whose cells are done: tables and report rebuilt, and what they say handed back. Imports no torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shiftprobe import report, table
from shiftprobe.rundir import RunDir
from shiftprobe.types import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A finished run."""

    path: Path  # the run folder
    rows: tuple[Row, ...]
    summary: Mapping[str, Any]  # see docs/run-folder.md
    report: Path  # one HTML file

    @property
    def failed(self) -> tuple[str, ...]:
        """Keys of the cells that failed, and of those with an arm that diverged."""
        lost = {row.cell.key for row in self.rows if row.metric == "top1" and row.value is None}
        return tuple(sorted({one["cell"] for one in self.summary["failed"]} | lost))


def finish(path: Path) -> Run:
    """Rebuild tables and report of a run folder from what its cells and probes hold."""
    tables = table.write_tables(RunDir(path))
    return Run(path=path, rows=tables.rows, summary=tables.summary, report=report.write(path))
