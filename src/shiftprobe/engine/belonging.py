"""Where a folder of a run belongs: one that was copied from another cell or run is not taken for its own."""

from collections.abc import Mapping

from shiftprobe.core.types import Cell
from shiftprobe.results.run_folder import RunDir

PLACE = ("run", "cell")


def place(run: RunDir, cell: Cell | None = None) -> dict[str, object]:
    """The run, whose name carries its identity, and the cell; without a cell what belongs to the whole run."""
    where: dict[str, object] = {"run": run.path.name}
    return where if cell is None else {**where, "cell": cell.key}


def is_of(about: Mapping[str, object], wanted: Mapping[str, object]) -> bool:
    """Whether a folder is what is wanted, key by key; in one of an earlier version its place may be unsaid."""
    unsaid = {key: value for key, value in wanted.items() if key in PLACE}
    said = {**unsaid, **about}
    return all(said.get(key) == value for key, value in wanted.items())
