"""All trials of one arm with one seed: trained on its folds, judged on what trains nothing, looked at on test images.

Two folders come of it. `scores.json` of the first is all that the choice reads; the second holds what each trial's
network answered on the test images, for description alone.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.files import json_bytes, npz_bytes, write_folder, written_about
from shiftprobe.core.rows import Rows
from shiftprobe.core.types import Cell
from shiftprobe.engine.belonging import is_of
from shiftprobe.engine.choice import by, siblings, tuned_arms
from shiftprobe.engine.learning import begun, finish, learn
from shiftprobe.engine.shifted_sets import open_set
from shiftprobe.models.extract import extract
from shiftprobe.models.head import head_name
from shiftprobe.models.sharing import check_room
from shiftprobe.results.trial_scores import ANSWERS, SCORES, SeedScores, TrialScore
from shiftprobe.spec.tuning import Trial
from shiftprobe.train.arms import find
from shiftprobe.train.loop import DivergedError
from shiftprobe.train.watching import copied

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.engine.setup import Setup

Fold = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Rows of a shifted set that train, and those that judge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmTrials:
    """One unit of work before the cells: all trials of an arm with one seed."""

    cell: Cell
    arm: str


def open_trials(setup: "Setup", cells: Iterable[Cell]) -> list[ArmTrials]:
    """The units that the choices of these cells wait for, each once; none where nothing is tuned."""
    wanted = dict.fromkeys(
        ArmTrials(cell=one, arm=arm)
        for cell in cells
        for arm in tuned_arms(setup, cell)
        for one in siblings(setup, cell)
    )
    return [one for one in wanted if not _finished(setup, one)]


def tried(setup: "Setup", cell: Cell) -> bool:
    """Whether the trials of a cell's own arms and seed are all there, with what they answered on the test images."""
    return all(_finished(setup, ArmTrials(cell=cell, arm=arm)) for arm in tuned_arms(setup, cell))


def _finished(setup: "Setup", unit: ArmTrials) -> bool:
    wanted = by(setup, unit.cell, unit.arm)
    folders = (setup.run.trials(unit.cell, unit.arm), setup.run.trial_answers(unit.cell, unit.arm))
    return all(is_of(written_about(folder) or {}, wanted) for folder in folders)


def folds(setup: "Setup", cell: Cell) -> list[Fold]:
    """What trains and what judges in each fold; the first is the cell's own division, and all judge as many images.

    Classes take turns along a budget, so any stretch of it is as balanced as its end. No image judges twice.
    """
    own, index = setup.parts(cell), setup.train_index(cell)
    size, tune = len(own[1]), setup.spec.train.tune
    asked = (tune.folds if tune else None) or 1
    count = min(asked, len(index) // size) if size else 1
    ends = [len(index) - i * size for i in range(1, count)]
    return [own, *((np.concatenate([index[: end - size], index[end:]]), index[end - size : end]) for end in ends)]


def try_arm(setup: "Setup", unit: ArmTrials, source: "nn.Module") -> None:
    """Train every trial of an arm with one seed and write both folders, the answers first.

    Raises:
        RunError: when the device has no memory left for a training.
        SpecError: when the arm says of a parameter that is not there how fast it learns, or lets none learn.
    """
    cell, parts = unit.cell, folds(setup, unit.cell)
    labels = setup.labels[setup.pool :]
    answers: dict[str, NDArray[Any]] = {"labels": labels.astype(np.int32)}
    scores = []
    for number, trial in enumerate(setup.spec.train.trials()):
        model, score = _tried(setup, unit, trial, parts, source)
        scores.append(score)
        if model is not None:
            answers[str(number)] = _answered(setup, cell, model)
    found = SeedScores(trials=tuple(scores), images=sum(len(judge) for _, judge in parts), folds=len(parts))
    about = by(setup, cell, unit.arm)
    check_room()
    write_folder(setup.run.trial_answers(cell, unit.arm), {ANSWERS: npz_bytes(answers)}, about)
    write_folder(setup.run.trials(cell, unit.arm), {SCORES: json_bytes(asdict(found))}, about)


def _tried(
    setup: "Setup", unit: ArmTrials, trial: Trial, parts: Sequence[Fold], source: "nn.Module"
) -> "tuple[nn.Module | None, TrialScore]":
    """One trial on every fold, each time from the same start, and the network of the cell's own division.

    It is judged after the last epoch, as arms are: the best of many epochs on a few images is a lucky one.
    """
    arm = find(unit.arm)
    model, start = begun(setup, unit.cell, arm, source)
    weights, scores = copied(model), []
    try:
        for part in reversed(parts):
            model.load_state_dict(weights)
            recipe = setup.recipe(unit.arm, len(part[0]), trial)
            scores.append(learn(setup, unit.cell, arm, model, recipe, parts=part).scores[-1])
    except DivergedError as error:
        return None, TrialScore(values=trial, failed=str(error))
    finish(setup, unit.cell, model, arm, start)
    accuracies, losses = zip(*((one.accuracy, -one.minus_loss) for one in reversed(scores)), strict=True)
    known = tuple(loss if math.isfinite(loss) else None for loss in losses)
    return model, TrialScore(values=trial, accuracies=accuracies, losses=known)


def _answered(setup: "Setup", cell: Cell, model: "nn.Module") -> NDArray[np.int32]:
    """The class that a network gives each test image."""
    images = Rows(open_set(setup.run.images(cell.condition)), np.arange(setup.pool, len(setup.labels)))
    labels = setup.labels[setup.pool :]
    head = head_name(model, len(setup.classes))
    view = extract(
        model, images, labels, setup.preprocess, taps=(), head=head, device=setup.device, precision=setup.spec.looks
    )
    return np.asarray(view.logits.argmax(1), np.int32)
