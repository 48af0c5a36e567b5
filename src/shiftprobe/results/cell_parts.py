"""What belongs into the cells of a run, as planning writes it down: a cell that has all of it is whole."""

from dataclasses import dataclass

from shiftprobe.core.types import Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class PartNames:
    """Names of what lies in a cell of one sort."""

    arms: tuple[str, ...] = ()
    probes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CellParts:
    """Arms and probes by sort of cell; arms that cannot apply are not among them. `cell_parts` in `about.json`."""

    checkpoint: PartNames  # in cells without a seed: only the untouched checkpoint looks
    arms: PartNames  # in cells with one; without arms no such cell is made
    run: tuple[str, ...] = ()  # probes of the whole run

    def of(self, cell: Cell) -> PartNames:
        """What belongs into a cell."""
        return self.checkpoint if cell.seed is None else self.arms
