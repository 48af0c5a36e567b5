"""What the probes left in a run folder, read back: rows, and every answer on every test image."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.checksums import is_kept
from shiftprobe.core.files import read_json
from shiftprobe.core.types import Cell, Row
from shiftprobe.results.run_folder import RunDir

CONFIDENCE = "confidence:"  # in the arrays of the accuracy probe, before the name of a model
ROWS, ARRAYS = "rows.json", "arrays.npz"


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
    """The rows of one probe in one cell; none where it is not there.

    Raises:
        RunError: when it is damaged.
    """
    folder = run.finding(probe, cell)
    if not is_kept(folder):
        return []
    return [Row(cell=cell, **row) for row in read_json(folder / ROWS)]


def read_run_rows(run: RunDir, probe: str) -> list[Row]:
    """The rows of a probe that looked at the whole run; none where it did not.

    Raises:
        RunError: when they are damaged.
    """
    folder = run.of_run(probe)
    if not is_kept(folder):
        return []
    return [Row(**{**row, "cell": Cell(**row["cell"])}) for row in read_json(folder / ROWS)]


def read_answers(run: RunDir, cell: Cell) -> Answers | None:
    """What the models of one cell answered; None where the accuracy probe did not look.

    Raises:
        RunError: when they are damaged.
    """
    path = run.finding("accuracy", cell) / ARRAYS
    if not is_kept(path.parent) or not path.exists():
        return None
    with np.load(path, allow_pickle=False) as arrays:
        whole = {name: arrays[name] for name in arrays.files}
    sure = {name.removeprefix(CONFIDENCE): whole.pop(name) for name in list(whole) if name.startswith(CONFIDENCE)}
    found = {name: classes.astype(np.int64) for name, classes in whole.items()}
    return Answers(found.pop("labels"), found, sure)
