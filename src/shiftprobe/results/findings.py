"""What the probes left in a run folder, read back: rows, and every answer on every test image."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.arrays import read_arrays
from shiftprobe.core.checksums import is_kept
from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.reading import MADE_ANEW, is_there, read_shown
from shiftprobe.core.types import Cell, Row
from shiftprobe.metrics.scores import Outputs
from shiftprobe.results.checked_often import checked_often
from shiftprobe.results.run_folder import RunDir

ACCURACY = "accuracy"  # the probe that keeps every answer
CONFIDENCE = "confidence:"  # in the arrays of the accuracy probe, before the name of a model
LIKELY = "log_likelihood:"  # likewise
RANK = "rank:"  # likewise
ROWS, ARRAYS = "rows.json", "arrays.npz"
MAX_CLASSES = 100_000


@dataclass(frozen=True, slots=True)
class Answers:
    """The true class of each of N test images, what each model answered (class numbers), and how sure it was."""

    labels: NDArray[np.int64]
    predicted: Mapping[str, NDArray[np.int64]]  # by arm, and by `at_best(arm)`
    confidence: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)  # probability of the answer; as above
    likely: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)  # log probability of the truth, nats
    ranks: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)  # classes held for likelier than the truth

    def right(self, model: str) -> NDArray[np.bool_] | None:
        """Which test images a model classified right, (N,); None where it has no answers."""
        return self.predicted[model] == self.labels if model in self.predicted else None

    def outputs(self, model: str, classes: int = 0) -> Outputs | None:
        """What scores are computed of; None where it has no answers.

        Args:
            model: whose.
            classes: of the target; those that are named at least where it is not known.
        """
        if model not in self.predicted:
            return None
        answers, likely = self.predicted[model], self.likely.get(model)
        named = 1 + int(max(self.labels.max(), answers.max()))
        return Outputs(
            labels=self.labels,
            answers=answers,
            classes=max(classes, named),
            log_likelihood=None if likely is None else likely.astype(np.float64),
            ranks=self.ranks.get(model),
        )


def read_rows(run: RunDir, cell: Cell, probe: str) -> list[Row]:
    """The rows of one probe in one cell; none where it is not there.

    Raises:
        RunError: when it is damaged, or holds something else.
    """
    folder = run.finding(probe, cell)
    return _rows(folder / ROWS, asdict(cell)) if is_kept(folder) else []


def read_run_rows(run: RunDir, probe: str) -> list[Row]:
    """The rows of a probe that looked at the whole run; none where it did not.

    Raises:
        RunError: when it is damaged, or holds something else.
    """
    folder = run.of_run(probe)
    return _rows(folder / ROWS, {}) if is_kept(folder) else []


def _rows(path: Path, cell: Mapping[str, object]) -> list[Row]:
    """Rows as a probe wrote them, each with its cell; those of the whole run carry their own."""
    found = checked_often(list[dict[str, object]], read_shown(path), path) if is_there(path) else []
    return checked_often(list[Row], [{**row, "cell": cell or row.get("cell")} for row in found], path)


def read_answers(run: RunDir, cell: Cell) -> Answers | None:
    """What the models of one cell answered; None where the accuracy probe did not look.

    Raises:
        RunError: when its file is damaged, or holds something else.
    """
    return answers_in(run.finding(ACCURACY, cell))


def read_accuracy(run: RunDir, cell: Cell) -> tuple[list[Row], Answers | None]:
    """What `read_rows` and `read_answers` give of the accuracy probe in one cell, its checksums held against once.

    Raises:
        RunError: when one of its files is damaged, or holds something else.
    """
    folder = run.finding(ACCURACY, cell)
    if not is_kept(folder):
        return [], None
    return _rows(folder / ROWS, asdict(cell)), _answers(folder / ARRAYS)


def answers_in(folder: Path) -> Answers | None:
    """What some models answered, as the accuracy probe keeps it in a folder; None where it is not there.

    Raises:
        RunError: when its file is damaged, or holds something else.
    """
    return _answers(folder / ARRAYS) if is_kept(folder) else None


def _answers(path: Path) -> Answers | None:
    if not is_there(path):
        return None
    whole = read_arrays(path)
    sure, likely = (
        {name.removeprefix(begin): whole.pop(name) for name in list(whole) if name.startswith(begin)}
        for begin in (CONFIDENCE, LIKELY)
    )
    labels = whole.get("labels", np.zeros(0))
    for name, classes in whole.items():
        if classes.dtype.kind not in "iu" or classes.shape != (len(labels),) or not _classes(classes):
            raise _odd(path, name)
    for begin, found in ((CONFIDENCE, sure), (LIKELY, likely)):
        for name, one in found.items():
            if one.dtype.kind != "f" or one.shape != labels.shape or (begin == LIKELY and not (one <= 0).all()):
                raise _odd(path, f"{begin}{name}")
    numbers = {name: classes.astype(np.int64) for name, classes in whole.items()}
    ranks = {name.removeprefix(RANK): numbers.pop(name) for name in list(numbers) if name.startswith(RANK)}
    return Answers(numbers.pop("labels"), numbers, sure, likely, ranks)


def _classes(numbers: NDArray[Any]) -> bool:
    return len(numbers) > 0 and numbers.min() >= 0 and int(numbers.max()) < MAX_CLASSES


def _odd(path: Path, name: str) -> RunError:
    return RunError(
        f"{escape(path)}: {escape(name)}: wanted a class number, and a confidence, for each of the test images, got "
        f"something else; {MADE_ANEW}"
    )
