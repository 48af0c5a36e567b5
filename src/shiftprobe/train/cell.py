"""One arm of one cell: trained, and written whole into the run folder."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe import seeding
from shiftprobe.models.checkpoint import save_state, state_digest
from shiftprobe.models.head import head_name
from shiftprobe.rundir import intact, json_bytes, read_json, write_folder
from shiftprobe.train import networks
from shiftprobe.train.adapt import reestimate
from shiftprobe.train.arms import ARMS, State
from shiftprobe.train.loop import WHOLE, DivergedError, Labelled, Phase, fit, order

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.setup import Setup
    from shiftprobe.types import Cell

WEIGHTS = "model.safetensors"


def arm_folder(setup: "Setup", cell: "Cell", arm: str) -> Path:
    """Where one arm of a cell is kept; present means finished."""
    return setup.run.cell(cell) / arm


def make_arm(setup: "Setup", cell: "Cell", arm: str, source: "nn.Module") -> "nn.Module | str":
    """The trained model of one arm, from the run folder when it is there; the reason when it failed."""
    folder = arm_folder(setup, cell, arm)
    model = networks.fresh(setup, len(setup.classes), seeding.integer(cell.seed or 0, "init"))
    kept = _kept(folder, model)
    if kept is not None:
        return kept
    start = networks.start(setup, model, source, cell.seed or 0)
    model.load_state_dict(ARMS[arm].begin(start))
    about: dict[str, object] = {
        "pairing": pairing(setup, cell, start.fresh, start.head),
        "loss": [],
        "failed": "",
    }
    model.to(setup.device)
    try:
        about["loss"] = _train(setup, cell, model, arm)
    except DivergedError as error:
        about["failed"] = str(error)
    if ARMS[arm].adapts:
        pool = np.load(setup.run.images(cell.shift, cell.severity), mmap_mode="r")[: setup.pool]
        reestimate(model, pool, setup.preprocess, setup.device)
    model.cpu()
    files = {"about.json": json_bytes(about)}
    if setup.spec.keep == "weights" and not about["failed"]:
        files[WEIGHTS] = save_state(model)
    write_folder(folder, files, {"cell": cell.key, "arm": arm})
    return str(about["failed"]) or model.eval()


def _kept(folder: Path, model: "nn.Module") -> "nn.Module | str | None":
    """What the run folder holds of this arm; None when it must be trained."""
    if not intact(folder):
        return None
    failed = str(read_json(folder / "about.json")["failed"])
    if failed:
        return failed
    return networks.loaded(model, folder / WEIGHTS) if (folder / WEIGHTS).exists() else None


def _train(setup: "Setup", cell: "Cell", model: "nn.Module", arm: str) -> list[float]:
    """Loss of each epoch; none where the arm learns nothing."""
    learns = ARMS[arm].learns
    if cell.seed is None or not learns:
        return []
    index = setup.train_index(cell)
    images = np.load(setup.run.images(cell.shift, cell.severity), mmap_mode="r")
    data = Labelled(images[index], setup.labels[index])
    head = head_name(model, len(setup.classes))
    phases = [Phase(head) if part == "head" else WHOLE for part in learns]
    train = setup.spec.train
    return fit(model, data, setup.preprocess, train, seed=cell.seed, device=setup.device, phases=phases)


def pairing(setup: "Setup", cell: "Cell", fresh: State, head: str) -> dict[str, str]:
    """Hashes of what two arms of one seed must share to be compared: images, order, the drawn head."""
    if cell.seed is None:
        return {}
    index = setup.train_index(cell)
    test = np.arange(setup.pool, len(setup.labels))
    orders = (order(len(index), cell.seed, epoch) for epoch in range(setup.spec.train.epochs))
    drawn = {key: value for key, value in fresh.items() if key.startswith(f"{head}.")}
    return {"split": _sha([index, test]), "order": _sha(orders), "head": state_digest(drawn)}


def _sha(arrays: Iterable[NDArray[np.int64]]) -> str:
    whole = hashlib.sha256()
    for array in arrays:
        whole.update(np.ascontiguousarray(array, dtype="<i8").tobytes())
        whole.update(b"|")
    return whole.hexdigest()
