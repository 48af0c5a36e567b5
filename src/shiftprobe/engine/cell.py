"""One arm of one cell: trained, and written whole into the run folder."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.digest import index_digest
from shiftprobe.core.errors import RunError
from shiftprobe.core.files import json_bytes, write_folder, written_about
from shiftprobe.core.reading import is_there, read_json
from shiftprobe.engine import networks
from shiftprobe.engine.belonging import is_of, place
from shiftprobe.engine.choice import made_by, recipe_for
from shiftprobe.engine.learning import Build, begun, finish, learn
from shiftprobe.engine.machine import kind_here
from shiftprobe.models.formats.checkpoint import save_state, state_digest
from shiftprobe.models.head import in_head
from shiftprobe.models.sharing import check_room
from shiftprobe.spec.recipe import Recipe
from shiftprobe.train.arms import Arm, Start, State, find
from shiftprobe.train.batching import augment_of, crops_digest, met
from shiftprobe.train.loop import DivergedError
from shiftprobe.train.watching import Training

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.core.types import Cell
    from shiftprobe.engine.setup import Setup

Parts: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Rows of a shifted set that train, and those that judge epochs."""

ABOUT, BEST = "about.json", "best.safetensors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An arm of a cell: its network after the last epoch and after the best one, or the reason why there is none."""

    model: "nn.Module | None" = None
    best: "nn.Module | None" = None  # the same network where the last epoch was the best; None without a validation
    failed: str = ""


def arm_folder(setup: "Setup", cell: "Cell", arm: str) -> Path:
    """Where one arm of a cell is kept; present means finished."""
    return setup.run.cell(cell) / arm


def finished(setup: "Setup", cell: "Cell", arm: str) -> bool:
    """Whether an arm of a cell is in the run folder, whole, made by today's code and by the trial chosen for it."""
    folder = arm_folder(setup, cell, arm)
    return is_of(written_about(folder) or {}, about_arm(setup, cell, arm))


def about_arm(setup: "Setup", cell: "Cell", arm: str) -> dict[str, object]:
    """What an arm's folder says of itself: where it belongs, and the code that made it."""
    return {**place(setup.run, cell), "arm": arm, "code": made_by(setup, cell, arm)}


def make_arm(setup: "Setup", cell: "Cell", arm: str, source: "nn.Module") -> Made:
    """One arm of a cell, from the run folder when it is there.

    Raises:
        RunError: when the device has no memory left for its training, or the trials that choose its recipe are missing.
    """
    folder = arm_folder(setup, cell, arm)
    kept = _kept(folder, setup) if finished(setup, cell, arm) else None
    if kept is not None:
        return kept
    made, about = trained(setup, cell, find(arm), source, recipe_for(setup, cell, arm))
    about["machine"] = asdict(kind_here(setup.spec.train.threads, setup.device))
    files = _files(made) if setup.spec.keep == "weights" else {}
    check_room()
    write_folder(folder, {**files, ABOUT: json_bytes(about)}, about_arm(setup, cell, arm))
    return made


def trained(
    setup: "Setup",
    cell: "Cell",
    arm: Arm,
    source: "nn.Module",
    recipe: Recipe,
    *,
    parts: Parts | None = None,
    build: Build = networks.fresh,
) -> tuple[Made, dict[str, object]]:
    """One arm of a cell, made anew, and what a reader may ask about it; nothing is written.

    Args:
        setup: the resolved spec.
        cell: whose images, and whose seed.
        arm: how its weights begin, which of them learn.
        source: the source model.
        recipe: how it is trained.
        parts: rows of the shifted set that train, and those that judge epochs; the cell's own when None.
        build: a network of so many classes, its weights drawn from a seed.

    Raises:
        RunError: when the device has no memory left for its training.
        SpecError: when the arm says of a parameter that is not there how fast it learns, or lets none learn.
    """
    model, start = begun(setup, cell, arm, source, build)
    divided = parts or setup.parts(cell)
    about: dict[str, object] = {"pairing": pairing(setup, cell, recipe, start, divided), "failed": ""}
    best = None
    if cell.seed is not None and arm.learns:
        try:
            training = learn(setup, cell, arm, model, recipe, parts=divided)
        except DivergedError as error:
            return Made(failed=str(error)), {**about, "failed": str(error)}
        about |= _told(divided, recipe, training)
        best = _at_best(setup, model, training, build)
    for one in [model] if best is None or best is model else [model, best]:
        finish(setup, cell, one, arm, start)
    return Made(model=model, best=best), about


def _files(made: Made) -> dict[str, bytes]:
    files = {} if made.model is None else {networks.WEIGHTS: save_state(made.model)}
    if made.best is not None and made.best is not made.model:
        files[BEST] = save_state(made.best)
    return files


def _at_best(setup: "Setup", model: "nn.Module", training: Training, build: Build) -> "nn.Module | None":
    if not training.scores:
        return None
    return model if training.best is None else _with(setup, training.best, build)


def _with(setup: "Setup", weights: State, build: Build) -> "nn.Module":
    twin = build(setup, len(setup.classes), 0)
    twin.load_state_dict(weights)
    return twin


def _kept(folder: Path, setup: "Setup") -> Made | None:
    """What the run folder holds of this arm; None when it must be trained."""
    try:
        about = read_json(folder / ABOUT)
    except (FileNotFoundError, RunError):
        return None
    if not isinstance(about, dict) or "failed" not in about:
        return None
    if about["failed"]:
        return Made(failed=str(about["failed"]))
    if not is_there(folder / networks.WEIGHTS):
        return None
    last, *best = (
        networks.loaded(networks.fresh(setup, len(setup.classes), 0), folder / name)
        for name in (networks.WEIGHTS, BEST)
        if is_there(folder / name)
    )
    if best:
        return Made(model=last, best=best[0])
    return Made(model=last, best=last if about.get("validation") else None)


def _told(parts: Parts, recipe: Recipe, training: Training) -> dict[str, object]:
    """What a reader may ask about a training: its curves and its recipe."""
    train, validation = parts
    return {
        "loss": training.loss,
        "validation": [score.accuracy for score in training.scores],
        "best_epoch": training.best_epoch,
        "lr": recipe.lr,
        "recipe": asdict(recipe),
        "train_accuracy": training.train_accuracy,
        "images": len(train),
        "validation_images": len(validation),
    }


def pairing(setup: "Setup", cell: "Cell", recipe: Recipe, start: Start, parts: Parts | None = None) -> dict[str, str]:
    """Hashes of what two arms of one seed must share to be compared: images, order, the drawn head."""
    if cell.seed is None:
        return {}
    train, validation = parts or setup.parts(cell)
    test = np.arange(setup.pool, len(setup.labels))
    orders = (met(recipe, setup.labels[train], cell.seed, epoch) for epoch in range(recipe.course(len(train)).epochs))
    crops = {"crops": crops_digest(recipe, len(train), cell.seed)} if augment_of(recipe).changes else {}
    drawn = {key: value for key, value in start.fresh.items() if in_head(key, start.head)}
    return {
        "split": index_digest([train, validation, test]),
        "order": index_digest(orders),
        "head": state_digest(drawn),
        **crops,
    }
