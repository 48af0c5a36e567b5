"""Which recipe an arm of a cell is trained by: the spec's own, or the trial that validation parts chose."""

from typing import TYPE_CHECKING

from shiftprobe.core.digest import digest
from shiftprobe.core.errors import RunError
from shiftprobe.core.files import written_about
from shiftprobe.core.types import Cell
from shiftprobe.engine.belonging import is_of, place
from shiftprobe.engine.versions import DIGEST_CHARACTERS
from shiftprobe.results.trial_scores import SeedScores, choose, read_scores
from shiftprobe.spec.arm_names import trained_as
from shiftprobe.spec.recipe import Recipe
from shiftprobe.spec.tuning import Trial
from shiftprobe.train.arms import find

if TYPE_CHECKING:
    from shiftprobe.engine.setup import Setup

OPEN = "open"
"""Stands for the version of an arm whose trials are not all there: nothing was made by it."""


def tried_as(setup: "Setup", cell: Cell, arm: str) -> str | None:
    """The arm whose trials choose an arm's recipe; None where nothing is tuned, or nothing of the arm learns.

    One that is trained as another is takes that other's choice where the run holds it, and has its own trials else.
    """
    if setup.spec.train.tune is None or cell.seed is None or not find(arm).learns:
        return None
    like = trained_as(arm)
    return like if like in setup.arms_of(cell) else arm


def tuned_arms(setup: "Setup", cell: Cell) -> tuple[str, ...]:
    """The arms of a cell that have trials of their own."""
    return tuple(arm for arm in setup.arms_of(cell) if tried_as(setup, cell, arm) == arm)


def siblings(setup: "Setup", cell: Cell) -> tuple[Cell, ...]:
    """The cells of the same condition and budget, one per seed of the run: together they choose."""
    return tuple(Cell(cell.shift, cell.severity, cell.budget, seed) for seed in setup.spec.seeds)


def by(setup: "Setup", cell: Cell, arm: str) -> dict[str, object]:
    """What a folder of trials says of itself: where it belongs, and the code that made it."""
    code = f"{setup.versions.of_arm(cell, arm)}+{setup.versions.trials[:DIGEST_CHARACTERS]}"
    return {**place(setup.run, cell), "arm": arm, "code": code}


def scores_of(setup: "Setup", cell: Cell, arm: str) -> SeedScores | None:
    """An arm's scores with one seed; None where they are missing, damaged, or of other code."""
    if not is_of(written_about(setup.run.trials(cell, arm)) or {}, by(setup, cell, arm)):
        return None
    try:
        return read_scores(setup.run, cell, arm)
    except RunError:
        return None


def chosen(setup: "Setup", cell: Cell, arm: str) -> Trial | None:
    """The trial that an arm of a cell is trained by: one for all seeds; None until every seed has its scores."""
    like = tried_as(setup, cell, arm) or arm
    found = [scores_of(setup, one, like) for one in siblings(setup, cell)]
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        return None
    return known[0].trials[choose(known)].values


def recipe_for(setup: "Setup", cell: Cell, arm: str) -> Recipe:
    """How an arm of a cell is trained: by the trial that was chosen for it, where there is something to choose.

    Raises:
        RunError: when scores are missing.
    """
    images = len(setup.parts(cell)[0])
    if tried_as(setup, cell, arm) is None:
        return setup.recipe(arm, images)
    trial = chosen(setup, cell, arm)
    if trial is None:
        raise RunError(
            f"arm {arm}: wanted its trials with every seed to choose among, got fewer; the files *.error.txt in "
            "trials/ say why, and the same command tries again what is missing"
        )
    return setup.recipe(arm, images, trial)


def made_by(setup: "Setup", cell: Cell, arm: str) -> str:
    """The version of an arm of a cell: of its code and its images, and of the trial that was chosen for it."""
    code = setup.versions.of_arm(cell, arm)
    if tried_as(setup, cell, arm) is None:
        return code
    trial = chosen(setup, cell, arm)
    return OPEN if trial is None else f"{code}+{digest(dict(trial))[:DIGEST_CHARACTERS]}"
