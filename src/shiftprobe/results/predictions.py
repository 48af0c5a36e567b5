"""Every answer of every arm on every test image, by name: `predictions.csv`, or the same rows as a stream."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from shiftprobe.core.errors import RunError, UnknownNameError
from shiftprobe.core.escape import escape
from shiftprobe.core.files import write_bytes
from shiftprobe.core.registry import suggest
from shiftprobe.core.types import IDENTITY, Cell, at_best
from shiftprobe.results.csv_text import cell as csv_cell
from shiftprobe.results.findings import Answers, read_answers
from shiftprobe.results.images import IMAGES, paths_of_tests
from shiftprobe.results.reading import read_about, read_spec
from shiftprobe.results.run_folder import RunDir
from shiftprobe.spec.schema import Spec, arm_cells, checkpoint_cells

FILE = "predictions.csv"
MAX_BYTES = 50_000_000  # of predictions.csv; what is longer is streamed alone
COLUMNS = ("shift", "severity", "budget", "seed", "arm", "epoch", "image", "path", "label", "answer", "confidence")
MAX_NAME = 800  # characters of a class with everything escaped: two names are never cut to one


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionFilter:
    """Which answers are asked for; what is empty leaves all of its kind in."""

    shifts: tuple[str, ...] = ()
    severities: tuple[float, ...] = ()
    seeds: tuple[int, ...] = ()
    arms: tuple[str, ...] = ()

    def takes(self, cell: Cell) -> bool:
        """Whether a cell may hold such answers; the untouched checkpoint's have no seed."""
        return (
            (not self.shifts or cell.shift in self.shifts)
            and (not self.severities or cell.severity in self.severities)
            and (not self.seeds or cell.seed in self.seeds)
        )


def predictions(run: RunDir, choice: PredictionFilter, known: Mapping[Cell, Answers] | None = None) -> Iterator[str]:
    """The table in pieces, its header first: a line per condition, budget, seed, arm and test image.

    `epoch` is `last`, the epoch that all arms share, or `best`, the one that was best on the validation part; empty
    for an arm that was not trained. `image` is the place among the test images, `path` that of `images.csv`,
    `confidence` the probability that the arm gave its answer, a fraction with four decimals. Paths are empty in
    folders without `images.csv`, confidences where the accuracy probe kept none.

    Args:
        run: the run folder.
        choice: which answers.
        known: every answer of the run by cell, where somebody has read them; else they are read cell by cell.

    Raises:
        UnknownNameError: when the run holds nothing of what is chosen, before the first line.
        RunError: when `images.csv` is not that of the answers.
    """
    spec = read_spec(run.path)
    check(choice, spec)
    classes = [csv_cell(escape(one, MAX_NAME)) for one in _classes(run)]
    paths = [csv_cell(one) for one in paths_of_tests(run)]
    yield ",".join(COLUMNS) + "\n"
    for cell in filter(choice.takes, (*checkpoint_cells(spec), *arm_cells(spec))):
        answers = read_answers(run, cell) if known is None else known.get(cell)
        if answers is not None:
            images = _numbered(run, paths or [""] * len(answers.labels), len(answers.labels))
            yield from _of_cell(cell, answers, images, classes, choice.arms or spec.arms)


def _numbered(run: RunDir, paths: Sequence[str], count: int) -> list[str]:
    """Place and path of every test image, as two cells.

    Raises:
        RunError: when the folder names another number of them.
    """
    if len(paths) != count:
        raise RunError(
            f"{escape(run.path / IMAGES)}: wanted the {count:,} test images that the arms answered on, got "
            f"{len(paths):,}; make the run again"
        )
    return [f"{i},{path}" for i, path in enumerate(paths)]


def _of_cell(
    cell: Cell, answers: Answers, images: Sequence[str], classes: Sequence[str], arms: Sequence[str]
) -> Iterator[str]:
    """A piece per arm and epoch of one cell."""
    name = partial(_class, classes)
    labels = list(map(name, answers.labels.tolist()))
    budget, seed = ("" if one is None else one for one in (cell.budget, cell.seed))
    for arm in arms:
        epochs = {"last" if cell.seed is not None else "": arm, "best": at_best(arm)}
        for epoch, model in epochs.items():
            if model not in answers.predicted:
                continue
            start = f"{csv_cell(cell.shift)},{cell.severity!r},{budget},{seed},{csv_cell(arm)},{epoch}"
            said = map(name, answers.predicted[model].tolist())
            sure = _confidences(answers, model)
            rows = zip(images, labels, said, sure, strict=True)
            yield "".join(f"{start},{image},{label},{answer},{one}\n" for image, label, answer, one in rows)


def _confidences(answers: Answers, model: str) -> list[str]:
    found = answers.confidence.get(model)
    if found is None:
        return [""] * len(answers.labels)
    return [f"{one:.4f}" if np.isfinite(one) else "" for one in found.tolist()]


def _class(classes: Sequence[str], number: int) -> str:
    """A class by its name; by its number where the folder names fewer."""
    return classes[number] if number < len(classes) else str(number)


def _classes(run: RunDir) -> tuple[str, ...]:
    target = read_about(run.path).data.target
    return target.classes if target is not None else ()


def check(choice: PredictionFilter, spec: Spec) -> None:
    """Refuse what the run does not hold.

    Raises:
        UnknownNameError: naming what it holds, and the one that was probably meant.
    """
    held: tuple[tuple[str, Sequence[object], Sequence[object]], ...] = (
        ("shift", choice.shifts, (IDENTITY, *spec.shifts)),
        ("severity", choice.severities, tuple(dict.fromkeys((0.0, *spec.severities)))),
        ("seed", choice.seeds, spec.seeds),
        ("arm", choice.arms, spec.arms),
    )
    for what, asked, known in held:
        for one in asked:
            if one not in known:
                names = list(map(str, known))
                raise UnknownNameError(
                    f"this run holds no {what} {escape(one)}{suggest(str(one), names)} "
                    f"(it holds: {escape(', '.join(names))})"
                )


def write_predictions(run: RunDir, known: Mapping[Cell, Answers] | None = None) -> Path | None:
    """Write `predictions.csv`, or remove one of earlier where the table is longer than 50 MB.

    Args:
        run: the run folder.
        known: every answer of the run by cell, as `predictions` takes them.

    Returns:
        The file; None where the table is too long.

    Raises:
        ResourceError: when the disk is full or the place not writable.
    """
    path, pieces, size = run.path / FILE, [], 0
    for piece in predictions(run, PredictionFilter(), known):
        pieces.append(piece.encode())
        size += len(pieces[-1])
        if size > MAX_BYTES:
            path.unlink(missing_ok=True)
            return None
    write_bytes(path, b"".join(pieces))
    return path
