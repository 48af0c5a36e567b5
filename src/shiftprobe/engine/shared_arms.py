"""Arms that no checkpoint moves: trained in one run of several, and taken over by those that would train the same.

A folder of an arm is a pure function of what its identity covers. Of the parts of a run's identity an arm that begins
from random weights depends on all but the checkpoint: so it is taken over, byte by byte, where everything else agrees.
"""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from shiftprobe.core.digest import digest
from shiftprobe.core.files import MANIFEST, write_folder, written_about
from shiftprobe.core.monitor import Monitor
from shiftprobe.core.types import Cell
from shiftprobe.engine import choice
from shiftprobe.engine.belonging import is_of
from shiftprobe.engine.cell import about_arm, finished
from shiftprobe.train.arms import find
from shiftprobe.train.arms.base import random_draw

if TYPE_CHECKING:
    from shiftprobe.engine.setup import Setup

OF_CHECKPOINT = ("spec", "weights")  # parts of an identity that a checkpoint moves; of the spec what stays is asked


def without_checkpoint(setup: "Setup") -> str:
    """Digest of everything that a training from random weights depends on, its cell left out."""
    spec = setup.spec.identity()
    model = {"arch": setup.spec.model.arch, "side": setup.side}  # its images are those of the resolved preprocessing
    parts = {part: value for part, value in setup.identity.items() if part not in OF_CHECKPOINT}
    return digest({"spec": {**spec, "model": model}, "parts": parts, "family": setup.family, "classes": setup.classes})


def shareable(setup: "Setup", cells: Iterable[Cell]) -> frozenset[tuple[Cell, str]]:
    """The trainings of a run that no checkpoint moves: random weights, and a recipe that no trial of another arm chose.

    None where weights are not kept: an arm without them is trained again by whoever looks at it.
    """
    if setup.spec.keep != "weights" or setup.module is not None:
        return frozenset()
    asked = ((cell, arm) for cell in cells if cell.seed is not None for arm in setup.arms_of(cell))
    return frozenset(
        (cell, arm) for cell, arm in asked if _free(arm) and (choice.tried_as(setup, cell, arm) in {None, arm})
    )


def _free(arm: str) -> bool:
    one = find(arm)
    return bool(one.learns) and one.begin is random_draw and one.after is None


def trained_elsewhere(setup: "Setup", cells: Iterable[Cell], others: Sequence["Setup"]) -> frozenset[tuple[Cell, str]]:
    """The trainings that a run will find in others, which are done before it.

    Args:
        setup: of the run.
        cells: all of its cells.
        others: of the runs before it.
    """
    alike = any(without_checkpoint(one) == without_checkpoint(setup) for one in others)
    return shareable(setup, cells) if alike else frozenset()


def take_over(setup: "Setup", cells: Iterable[Cell], others: Sequence["Setup"], monitor: Monitor) -> None:
    """Copy what others have trained, or tried, and this run would train alike; what is there stays as it is.

    Args:
        setup: of the run, whose folder the caller holds.
        cells: all of its cells.
        others: of runs that may have it.
        monitor: is told how many are copied.

    Raises:
        ResourceError: when the disk is full.
    """
    mine = without_checkpoint(setup)
    alike = [one for one in others if one.run != setup.run and without_checkpoint(one) == mine]
    wanted = sorted(shareable(setup, cells), key=lambda one: (one[0].order, one[1])) if alike else []
    for cell, arm in wanted:  # a choice asks the trials of every seed: they come before any arm
        for one in alike:
            _copy_trials(one, setup, cell, arm)
    owners = [(_owner(alike, setup, cell, arm), cell, arm) for cell, arm in wanted]
    found = [(owner, cell, arm) for owner, cell, arm in owners if owner is not None]
    if found:
        monitor.begin("arms of others", len(found))
    for owner, cell, arm in found:
        _copy(owner.run.cell(cell) / arm, setup.run.cell(cell) / arm, about_arm(setup, cell, arm))
        monitor.step()


def _owner(others: Collection["Setup"], setup: "Setup", cell: Cell, arm: str) -> "Setup | None":
    """Who has an arm that this run lacks, whole and made by the same code and choice."""
    made = choice.made_by(setup, cell, arm)
    if finished(setup, cell, arm) or made == choice.OPEN:
        return None
    return next((one for one in others if choice.made_by(one, cell, arm) == made and finished(one, cell, arm)), None)


def _copy_trials(other: "Setup", setup: "Setup", cell: Cell, arm: str) -> None:
    if choice.tried_as(setup, cell, arm) is None:
        return
    theirs, mine = choice.by(other, cell, arm), choice.by(setup, cell, arm)
    pairs = (
        (other.run.trial_answers(cell, arm), setup.run.trial_answers(cell, arm)),
        (other.run.trials(cell, arm), setup.run.trials(cell, arm)),
    )
    for there, here in pairs:
        if _is(there, theirs) and not _is(here, mine):
            _copy(there, here, mine)


def _is(folder: Path, wanted: dict[str, object]) -> bool:
    return is_of(written_about(folder) or {}, wanted)


def _copy(there: Path, here: Path, about: dict[str, object]) -> None:
    """The files of a folder that was just found whole, under a manifest that says where they belong now."""
    files = {one.name: one.read_bytes() for one in sorted(there.iterdir()) if one.name != MANIFEST}
    write_folder(here, files, about)
