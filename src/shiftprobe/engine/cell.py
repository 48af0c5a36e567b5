"""One arm of one cell: trained, and written whole into the run folder."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core import seeding
from shiftprobe.core.files import intact, json_bytes, read_json, write_folder
from shiftprobe.engine import networks
from shiftprobe.models.checkpoint import save_state, state_digest
from shiftprobe.models.head import head_name, in_head
from shiftprobe.train.adaptation import reestimate
from shiftprobe.train.arms import ARMS, State
from shiftprobe.train.loop import WHOLE, DivergedError, Phase, order
from shiftprobe.train.pixels import Labelled
from shiftprobe.train.trials import Trial, Trials, run_trials

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.core.types import Cell
    from shiftprobe.engine.setup import Setup

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


def make_arm(setup: "Setup", cell: "Cell", arm: str, source: "nn.Module") -> Made:
    """One arm of a cell, from the run folder when it is there.

    Raises:
        RunError: when the device has no memory left for its training.
    """
    folder = arm_folder(setup, cell, arm)
    model = networks.fresh(setup, len(setup.classes), seeding.integer(cell.seed or 0, "init"))
    kept = _kept(folder, setup, model)
    if kept is not None:
        return kept
    start = networks.start(setup, model, source, cell.seed or 0)
    begin = ARMS[arm].begin(start)
    model.load_state_dict(begin)
    about: dict[str, object] = {"pairing": pairing(setup, cell, start.fresh, start.head), "failed": ""}
    trials = None
    try:
        if cell.seed is not None and ARMS[arm].learns:
            trials = _train(setup, cell, model, arm)
            about |= _told(setup, cell, trials)
    except DivergedError as error:
        about["failed"] = str(error)
    if ARMS[arm].adapts:
        pool = np.load(setup.run.images(cell.condition), mmap_mode="r")[: setup.pool]
        reestimate(model, pool, setup.preprocess, setup.device)
    model.cpu()
    files = _files(model, trials) if setup.spec.keep == "weights" and not about["failed"] else {}
    write_folder(folder, {**files, ABOUT: json_bytes(about)}, {"cell": cell.key, "arm": arm})
    if about["failed"]:
        return Made(failed=str(about["failed"]))
    return Made(model=model.eval(), best=_at_best(setup, model, trials))


def _files(model: "nn.Module", trials: Trials | None) -> dict[str, bytes]:
    files = {networks.WEIGHTS: save_state(model)}
    if trials is not None and trials.training.best is not None:
        files[BEST] = save_state(trials.training.best)
    return files


def _at_best(setup: "Setup", model: "nn.Module", trials: Trials | None) -> "nn.Module | None":
    if trials is None or not trials.training.scores:
        return None
    best = trials.training.best
    if best is None:
        return model
    twin = networks.fresh(setup, len(setup.classes), 0)
    twin.load_state_dict(best)
    return twin.eval()


def _kept(folder: Path, setup: "Setup", model: "nn.Module") -> Made | None:
    """What the run folder holds of this arm; None when it must be trained."""
    if not intact(folder):
        return None
    about = read_json(folder / ABOUT)
    if about["failed"]:
        return Made(failed=str(about["failed"]))
    if not (folder / networks.WEIGHTS).exists():
        return None
    last = networks.loaded(model, folder / networks.WEIGHTS)
    if (folder / BEST).exists():
        twin = networks.fresh(setup, len(setup.classes), 0)
        return Made(model=last, best=networks.loaded(twin, folder / BEST))
    return Made(model=last, best=last if about.get("validation") else None)


def _train(setup: "Setup", cell: "Cell", model: "nn.Module", arm: str) -> Trials:
    """The arm's trials; the model is left as the chosen one."""
    images = np.load(setup.run.images(cell.condition), mmap_mode="r")
    train, validation = (Labelled(images[part], setup.labels[part]) for part in setup.parts(cell))
    head = head_name(model, len(setup.classes))
    phases = [Phase(head) if part == "head" else WHOLE for part in ARMS[arm].learns]
    model.to(setup.device)
    return run_trials(
        model,
        (train, validation),
        setup.preprocess,
        setup.spec.train,
        seed=cell.seed or 0,
        device=setup.device,
        phases=phases,
    )


def _told(setup: "Setup", cell: "Cell", trials: Trials) -> dict[str, object]:
    """What a reader may ask about a training: its curves, its rate, what else was tried."""
    training = trials.training
    train, validation = setup.parts(cell)
    return {
        "loss": training.loss,
        "validation": [score.accuracy for score in training.scores],
        "best_epoch": training.best_epoch,
        "lr": trials.lr,
        "trials": [_trial(one) for one in trials.all],
        "images": len(train),
        "validation_images": len(validation),
    }


def _trial(one: Trial) -> dict[str, object]:
    best = max(one.training.scores, default=None) if one.training else None
    return {"lr": one.lr, "accuracy": best.accuracy if best else None, "failed": one.failed}


def pairing(setup: "Setup", cell: "Cell", fresh: State, head: str) -> dict[str, str]:
    """Hashes of what two arms of one seed must share to be compared: images, order, the drawn head."""
    if cell.seed is None:
        return {}
    train, validation = setup.parts(cell)
    test = np.arange(setup.pool, len(setup.labels))
    orders = (order(len(train), cell.seed, epoch) for epoch in range(setup.spec.train.epochs))
    drawn = {key: value for key, value in fresh.items() if in_head(key, head)}
    return {"split": _sha([train, validation, test]), "order": _sha(orders), "head": state_digest(drawn)}


def _sha(arrays: Iterable[NDArray[np.int64]]) -> str:
    whole = hashlib.sha256()
    for array in arrays:
        whole.update(np.ascontiguousarray(array, dtype="<i8").tobytes())
        whole.update(b"|")
    return whole.hexdigest()
