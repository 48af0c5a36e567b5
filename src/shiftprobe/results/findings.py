"""What the probes left in a run folder, read back: rows, and every answer on every test image."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.arrays import read_arrays
from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.files import intact
from shiftprobe.core.reading import MADE_ANEW, is_there, read_shown
from shiftprobe.core.types import Cell, Row
from shiftprobe.results.checked import checked
from shiftprobe.results.run_folder import RunDir

CONFIDENCE = "confidence:"  # in the arrays of the accuracy probe, before the name of a model
ROWS, ARRAYS = "rows.json", "arrays.npz"
MAX_CLASSES = 100_000


@dataclass(frozen=True, slots=True)
class Answers:
    """The true class of each of N test images, what each model answered (class numbers), and how sure it was."""

    labels: NDArray[np.int64]
    predicted: Mapping[str, NDArray[np.int64]]  # by arm, and by `at_best(arm)`
    confidence: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)  # probability of the answer; as above

    def right(self, model: str) -> NDArray[np.bool_] | None:
        """Which test images a model classified right, (N,); None where it has no answers."""
        return self.predicted[model] == self.labels if model in self.predicted else None


def read_rows(run: RunDir, cell: Cell, probe: str) -> list[Row]:
    """The rows of one probe in one cell; none where it is not there or not whole.

    Raises:
        RunError: when it is whole and holds something else.
    """
    folder = run.finding(probe, cell)
    if not intact(folder):
        return []
    here = {"shift": cell.shift, "severity": cell.severity, "budget": cell.budget, "seed": cell.seed}
    return _rows(folder / ROWS, here)


def read_run_rows(run: RunDir, probe: str) -> list[Row]:
    """The rows of a probe that looked at the whole run; none where it did not.

    Raises:
        RunError: when it is whole and holds something else.
    """
    folder = run.of_run(probe)
    return _rows(folder / ROWS, {}) if intact(folder) else []


def _rows(path: Path, cell: Mapping[str, object]) -> list[Row]:
    """Rows as a probe wrote them, each with its cell; those of the whole run carry their own."""
    found = checked(list[dict[str, object]], read_shown(path), path) if is_there(path) else []
    return checked(list[Row], [{**row, "cell": cell or row.get("cell")} for row in found], path)


def read_answers(run: RunDir, cell: Cell) -> Answers | None:
    """What the models of one cell answered; None where the accuracy probe did not look.

    Raises:
        RunError: when its file is whole and holds something else.
    """
    path = run.finding("accuracy", cell) / ARRAYS
    if not is_there(path) or not intact(path.parent):
        return None
    whole = read_arrays(path)
    sure = {name.removeprefix(CONFIDENCE): whole.pop(name) for name in list(whole) if name.startswith(CONFIDENCE)}
    labels = whole.get("labels", np.zeros(0))
    for name, classes in whole.items():
        if classes.dtype.kind not in "iu" or classes.shape != (len(labels),) or not _classes(classes):
            raise _odd(path, name)
    for name, one in sure.items():
        if one.dtype.kind != "f" or one.shape != labels.shape:
            raise _odd(path, f"{CONFIDENCE}{name}")
    found = {name: classes.astype(np.int64) for name, classes in whole.items()}
    return Answers(found.pop("labels"), found, sure)


def _classes(numbers: NDArray[Any]) -> bool:
    return len(numbers) > 0 and numbers.min() >= 0 and int(numbers.max()) < MAX_CLASSES


def _odd(path: Path, name: str) -> RunError:
    return RunError(
        f"{escape(path)}: {escape(name)}: wanted a class number, and a confidence, for each of the test images, got "
        f"something else; {MADE_ANEW}"
    )
