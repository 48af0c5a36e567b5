"""What the arms of whole cells say of how they were made: on which kind of machine, and why one could not be."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.reading import read_json
from shiftprobe.results.cells_made import CellMade
from shiftprobe.results.checked import checked
from shiftprobe.results.machine import MachineKind
from shiftprobe.results.run_folder import RunDir


class ArmsTold(NamedTuple):
    """Cells by the kind of machine that made them, and what each failed arm says, with its cell."""

    machines: tuple[tuple[MachineKind | None, int], ...]  # the one with most cells first; None: nobody said
    failed: tuple[tuple[str, str], ...]


def told_by_arms(run: RunDir, cells: Sequence[CellMade]) -> ArmsTold:
    """Ask every arm of some cells; one that another process makes anew just now says nothing.

    Args:
        run: the run folder.
        cells: those that are whole. One made on two kinds of machine counts for both, one without arms for none.
    """
    kinds: dict[str, MachineKind | None] = {}  # each spelling is checked once
    counts: Counter[MachineKind | None] = Counter()
    failed = []
    for one in cells:
        here: set[MachineKind | None] = set()
        for arm in one.arms:
            path = run.cell(one.cell) / arm / "about.json"
            try:
                about = read_json(path)
                spelled = repr(about.get("machine"))
                if spelled not in kinds:
                    kinds[spelled] = checked(MachineKind, about["machine"], path) if "machine" in about else None
            except (OSError, RunError, AttributeError):
                continue
            here.add(kinds[spelled])
            if about.get("failed"):
                failed.append((f"{arm}: {escape(about['failed'])}", one.cell.key))
        counts.update(here)
    most = sorted(counts.items(), key=lambda item: (-item[1], repr(item[0])))
    return ArmsTold(tuple(most), tuple(failed))
