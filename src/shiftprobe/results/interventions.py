"""Trainings with a change in them, read back: rows for the tables, and what each answered on every test image.

They test causes. No point, contrast, verdict or decision of a run is made of them, and no page but that of the
diagnosis shows them: their rows stand in the tables under a probe of their own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.checksums import is_kept
from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.reading import is_there, read_shown
from shiftprobe.core.types import Cell, Row
from shiftprobe.results.checked import OF_ANOTHER, checked
from shiftprobe.results.findings import ROWS, Answers, answers_in, read_answers
from shiftprobe.results.run_folder import RunDir

INTERVENTION = "intervention"
"""The probe under which their rows stand, with the scores that the accuracy probe gives the run's own arms."""

ABOUT = "about.json"
ANEW = "remove it: `shiftprobe diagnose` makes it anew"


class OfProbe(Protocol):
    """A row of a table."""

    @property
    def probe(self) -> str:
        """What found it."""
        ...


R = TypeVar("R", bound=OfProbe)


def of_the_run(rows: Iterable[R]) -> tuple[R, ...]:
    """The rows without those of interventions: all that a page, a summary or a rule of a run may read."""
    return tuple(row for row in rows if row.probe != INTERVENTION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervened:
    """What all interventions of a run left."""

    rows: tuple[Row, ...] = ()
    pairing: Mapping[tuple[Cell, str], Mapping[str, str]] = field(
        default_factory=dict
    )  # hashes, as `read_trained` gives them


def read_interventions(run: RunDir) -> Intervened:
    """Every row of every intervention, with the hashes of what it was trained on.

    Raises:
        RunError: when one is damaged, or holds what belongs elsewhere.
    """
    rows: list[Row] = []
    pairing: dict[tuple[Cell, str], Mapping[str, str]] = {}
    for folder in sorted(run.interventions.glob("*/*")):
        if folder.name.startswith(".") or not folder.is_dir() or not is_kept(folder, ANEW):
            continue
        found = _rows(folder)
        rows += found
        hashes = _about(folder).pairing
        pairing |= {(row.cell, row.arm): hashes for row in found}
    return Intervened(rows=tuple(rows), pairing=pairing)


def _rows(folder: Path) -> list[Row]:
    path = folder / ROWS
    found = checked(list[Row], read_shown(path), path) if is_there(path) else []
    for row in found:
        if (row.cell.key, row.arm, row.probe) != (folder.parent.name, folder.name, INTERVENTION):
            raise RunError(
                f"{escape(path)}: wanted rows of this intervention, got one of {escape(row.arm)} in "
                f"{escape(row.cell.key)}; {OF_ANOTHER}"
            )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """What an intervention says of itself, as far as it is asked here."""

    pairing: Mapping[str, str] = field(default_factory=dict)
    failed: str = ""


def _about(folder: Path) -> _About:
    path = folder / ABOUT
    return checked(_About, read_shown(path), path) if is_there(path) else _About()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedArm:
    """One training, of the run or of an intervention, on the test images."""

    cell: Cell
    arm: str
    right: NDArray[np.bool_]  # (N,) which test images it has right, in the order of the test set

    @property
    def accuracy(self) -> float:
        """The share of test images that it has right."""
        return float(self.right.mean())


class TrainedArms:
    """What trainings of a run answered, by cell and by arm, with or without changes; each file is read once."""

    def __init__(self, run: RunDir) -> None:
        self._run = run
        self._cells: dict[Cell, Answers | None] = {}
        self._arms: dict[tuple[Cell, str], TrainedArm | None] = {}

    def find(self, cell: Cell, arm: str) -> TrainedArm | None:
        """A training; None where it is not there or came to nothing.

        The run's own stand before interventions: an arm without a change is one of these for seeds that the run lacks.

        Raises:
            RunError: when its file is damaged, holds something else, or is about other test images than the run.
        """
        if (cell, arm) not in self._arms:
            self._arms[cell, arm] = self._read(cell, arm)
        return self._arms[cell, arm]

    def right(self, cells: Iterable[Cell], arm: str) -> NDArray[np.bool_] | None:
        """(S, N) which images an arm has right in each cell; None unless it is there in all.

        Raises:
            RunError: as `find` does, or when cells are about different numbers of images.
        """
        found = [self.find(cell, arm) for cell in cells]
        known = [one.right for one in found if one is not None]
        if not known or len(known) < len(found):
            return None
        if len({len(one) for one in known}) > 1:
            raise RunError(f"{escape(self._run.path)}: wanted as many test images in each cell of {escape(arm)}")
        return np.stack(known)

    def _read(self, cell: Cell, arm: str) -> TrainedArm | None:
        if cell not in self._cells:
            self._cells[cell] = read_answers(self._run, cell)
        own = self._cells[cell]
        right = own.right(arm) if own is not None else None
        if right is None:
            folder = self._run.intervention(cell, arm)
            other = answers_in(folder)
            right = other.right(arm) if other is not None else None
            if other is not None and own is not None and not np.array_equal(other.labels, own.labels):
                raise RunError(f"{escape(folder)}: wanted the test images of the run, got others; {OF_ANOTHER}")
        return None if right is None else TrainedArm(cell=cell, arm=arm, right=right)


def why_failed(run: RunDir, cell: Cell, arm: str) -> str:
    """Why an intervention came to nothing; empty where it came to something, or was not tried.

    Raises:
        RunError: when it is damaged.
    """
    folder = run.intervention(cell, arm)
    return _about(folder).failed if is_kept(folder, ANEW) else ""
