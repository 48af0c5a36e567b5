"""The source model: trained once, or read from the user's file, and kept in the run folder."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core import seeding
from shiftprobe.core.files import json_bytes, write_folder
from shiftprobe.core.rows import Rows
from shiftprobe.engine import networks
from shiftprobe.engine.home import source_about, source_made
from shiftprobe.engine.shifted_sets import open_set
from shiftprobe.metrics import accuracy
from shiftprobe.models.extract import extract
from shiftprobe.models.formats.checkpoint import save_state, state_digest
from shiftprobe.models.head import head_name
from shiftprobe.models.placing import placed
from shiftprobe.models.sharing import check_room
from shiftprobe.spec.model import TRAIN
from shiftprobe.train.loop import fit
from shiftprobe.train.pixels import Labelled

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.engine.setup import Setup


def make_source(setup: "Setup") -> None:
    """Put the source model into the run folder; leave it alone when it is there and whole."""
    if source_made(setup):
        return
    history: list[float] = []
    if setup.module is None and setup.spec.model.weights == TRAIN:
        model = networks.fresh(setup, setup.source_classes, seeding.integer(setup.spec.data_seed, "source"))
        history = fit_source(setup, model)
    else:
        model = networks.checkpoint(setup)
    about = {
        "accuracy": _held_out(setup, model),
        "loss": history,
        "weights": state_digest(model.state_dict()),
    }
    check_room()
    files = {networks.WEIGHTS: save_state(model), "about.json": json_bytes(about)}
    write_folder(setup.run.source, files, source_about(setup))


def fit_source(setup: "Setup", model: "nn.Module", labels: NDArray[np.int64] | None = None) -> list[float]:
    """Train a network on the source's images, in place; back on the processor, with the loss of each epoch.

    Args:
        setup: the resolved spec.
        model: at its start, with as many outputs as the source has classes.
        labels: (source_train,) what each training image is taught to be; its class when None.
    """
    images = open_set(setup.run.sets / "source.npy")
    taught = setup.source_labels[: setup.source_train] if labels is None else labels
    data = Labelled(images[: setup.source_train], taught)
    placed(model, setup.device)
    seed = setup.spec.data_seed
    recipe, head = setup.source_recipe, head_name(model, setup.source_classes)
    training = fit(model, data, setup.preprocess, recipe, seed=seed, device=setup.device, head=head)
    model.cpu()
    return list(training.loss)


def _held_out(setup: "Setup", model: "nn.Module") -> dict[str, float] | None:
    """Accuracy on source images that are known to have trained nothing; None where there are none."""
    labels = setup.source_labels[setup.at_home]
    if not len(labels) or (setup.home is not None and setup.source_columns is None):
        return None
    if setup.home is not None:
        labels = np.asarray(setup.source_columns, np.int64)[labels]
    images = Rows(open_set(setup.run.sets / "source.npy"), setup.at_home)
    head = head_name(model, setup.source_classes)
    placed(model, setup.device)
    view = extract(
        model, images, labels, setup.preprocess, taps=(), head=head, device=setup.device, precision=setup.spec.looks
    )
    model.cpu()
    value, low, high, n = accuracy(labels, view.logits.argmax(1))
    return {"value": value, "low": low, "high": high, "n": n}
