"""Which cells of a run are whole, which failed and which are begun: told by markers that are looked at, never listed.

A cell's arm, and what a probe found in it, appear by one rename with a manifest in them: where it lies, the part is
whole. Nothing is locked and no checksum computed, so that the cells of a large run that goes on are counted in seconds.
"""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from shiftprobe.core.files import MANIFEST
from shiftprobe.core.types import Cell
from shiftprobe.results.cell_parts import CellParts, PartNames
from shiftprobe.results.run_folder import RunDir
from shiftprobe.results.unfinished import Unfinished
from shiftprobe.spec.schema import Spec, arm_cells, checkpoint_cells

ARM, PROBE = "arm ", "probe "  # before the name of a part


@dataclass(frozen=True, slots=True, kw_only=True)
class CellMade:
    """How far one cell is; times in seconds since 1970."""

    cell: Cell
    parts: Mapping[str, float]  # when each part that is there was written: "arm transfer", "probe cka"
    wanted: int  # parts
    failed: float | None = None  # when it failed, where its last try did

    @property
    def whole(self) -> bool:
        """Whether every part of it is there, and its last try did not fail."""
        return self.failed is None and len(self.parts) == self.wanted

    @property
    def written(self) -> float | None:
        """When its newest part was written; None where there is none."""
        return max(self.parts.values(), default=None)

    @property
    def ended(self) -> float | None:
        """When it was last written to, its traceback included."""
        return self.written if self.failed is None else max(self.failed, self.written or 0.0)

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms that are there."""
        return tuple(name.removeprefix(ARM) for name in self.parts if name.startswith(ARM))


@dataclass(frozen=True, kw_only=True)
class CellsMade:
    """Every cell that a run is to make, and the probes of the whole run that have not looked."""

    cells: tuple[CellMade, ...]
    missing_probes: tuple[str, ...] = ()

    @cached_property
    def settled(self) -> tuple[CellMade, ...]:
        """The cells that are whole or failed: nobody is at work in them."""
        return tuple(one for one in self.cells if one.whole or one.failed is not None)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do but to try again what failed."""
        return len(self.settled) == len(self.cells) and not self.missing_probes

    @property
    def unfinished(self) -> Unfinished | None:
        """How far the run is; None where it is finished."""
        if self.finished:
            return None
        failed = sum(one.failed is not None for one in self.cells)
        return Unfinished(
            done=len(self.settled) - failed, planned=len(self.cells), failed=failed, probes=self.missing_probes
        )


def cells_made(run: RunDir, spec: Spec, parts: CellParts | None) -> CellsMade:
    """Look at the markers of every cell that a spec asks for.

    Args:
        run: the run folder; another process may be at work in it.
        spec: what was asked for.
        parts: what belongs into its cells. None in folders that do not say: there a cell is whole when it has what any
            other cell of its sort has.
    """
    trained = parts is None or bool(parts.arms.arms)
    planned = (*checkpoint_cells(spec), *(arm_cells(spec) if trained else ()))
    if parts is None:
        every = PartNames(arms=spec.arms, probes=spec.probes)
        return CellsMade(cells=_as_others(run, {cell: _written(run, cell, every) for cell in planned}))
    cells = []
    for cell in planned:
        own = parts.of(cell)
        there, failed = _written(run, cell, own), _written_at(run.error(cell))
        cells.append(CellMade(cell=cell, parts=there, wanted=len(own.arms) + len(own.probes), failed=failed))
    missing = tuple(probe for probe in parts.run if _written_at(run.of_run(probe) / MANIFEST) is None)
    return CellsMade(cells=tuple(cells), missing_probes=missing)


def _written(run: RunDir, cell: Cell, parts: PartNames) -> dict[str, float]:
    folder = run.cell(cell)
    places = {f"{ARM}{arm}": folder / arm / MANIFEST for arm in parts.arms}
    places |= {f"{PROBE}{probe}": run.finding(probe, cell) / MANIFEST for probe in parts.probes}
    times = ((name, _written_at(place)) for name, place in places.items())
    return {name: time for name, time in times if time is not None}


def _as_others(run: RunDir, found: Mapping[Cell, Mapping[str, float]]) -> tuple[CellMade, ...]:
    """Cells of a folder that does not say what belongs into them; a sort that has nothing was not asked for."""
    sorts: dict[bool, set[str]] = {True: set(), False: set()}
    for cell, there in found.items():
        sorts[cell.seed is None] |= set(there)
    made = (
        CellMade(cell=cell, parts=there, wanted=len(sorts[cell.seed is None]), failed=_written_at(run.error(cell)))
        for cell, there in found.items()
    )
    return tuple(one for one in made if one.wanted or one.failed is not None)


def _written_at(path: Path) -> float | None:
    """When a regular file was written; None where there is none, or a link to one."""
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        return None
    return found.st_mtime if stat.S_ISREG(found.st_mode) else None
