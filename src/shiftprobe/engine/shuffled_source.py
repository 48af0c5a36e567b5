"""A source trained on the same images with shuffled labels: it meets their statistics and nothing of their meaning.

References: Zhang et al., 2017, arXiv:1611.03530 (networks fit random labels); Maennel et al., 2020, arXiv:2006.10455
    (what transfers from them are statistics of the first layers' weights).
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core import seeding
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.files import json_bytes, write_folder, written_about
from shiftprobe.engine import networks
from shiftprobe.engine.belonging import is_of, place
from shiftprobe.engine.source_model import train_source
from shiftprobe.models.checkpoint import save_state, state_digest
from shiftprobe.models.sharing import check_room

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.engine.setup import Setup

SHUFFLED = "shuffled"
FEWEST = 2  # classes, without which there is nothing to shuffle


def no_shuffled(setup: "Setup") -> str:
    """Why no source can be trained on shuffled labels here; empty when one can."""
    labels = setup.source_labels[: setup.source_train]
    if not len(labels):
        return "there are no images of the source to train on; set source.data"
    if len(np.unique(labels)) < FEWEST:
        return "the source's images are all of one class, so their labels cannot be shuffled"
    if int(labels.max()) >= setup.source_classes:
        return (
            f"the source's data has {int(labels.max()) + 1} classes and the checkpoint's head {setup.source_classes} "
            "outputs, so it cannot be trained on them"
        )
    return ""


def shuffled_labels(setup: "Setup") -> NDArray[np.int64]:
    """(N,) the labels of the source's training images, dealt out anew: each class keeps its number of images."""
    labels = setup.source_labels[: setup.source_train]
    return seeding.generator(setup.spec.data_seed, "shuffled labels").permutation(labels)


def shuffled_made(setup: "Setup") -> bool:
    """Whether that source is in the run folder, whole and of this run."""
    about = written_about(setup.run.other_source(SHUFFLED))
    return about is not None and is_of(about, _about(setup))


def make_shuffled(setup: "Setup") -> None:
    """Put the source of shuffled labels into the run folder; leave it alone when it is there and whole.

    It begins from the weights, and meets the images in the order, of a source that the run trains itself; labels alone
    are others. Beside a checkpoint that is brought it is drawn anew and trained by the recipe of this run, as nobody
    knows the checkpoint's own.

    Args:
        setup: the resolved spec; the source's images lie among its sets.

    Raises:
        NotAvailableError: when there is nothing to train it on.
        DivergedError: when the loss is not finite.
    """
    if shuffled_made(setup):
        return
    if reason := no_shuffled(setup):
        raise NotAvailableError(reason)
    model = networks.fresh(setup, setup.source_classes, seeding.integer(setup.spec.data_seed, "source"))
    training = train_source(setup, model, shuffled_labels(setup))
    about = {
        "loss": list(training.loss),
        "train_accuracy": training.train_accuracy,  # of shuffled labels: how far they were learnt by heart
        "weights": state_digest(model.state_dict()),
    }
    check_room()
    files = {networks.WEIGHTS: save_state(model), "about.json": json_bytes(about)}
    write_folder(setup.run.other_source(SHUFFLED), files, _about(setup))


def shuffled(setup: "Setup") -> "nn.Module":
    """That source, from the run folder.

    Raises:
        CheckpointError: when it is not there, or not as it was written.
    """
    model = networks.fresh(setup, setup.source_classes, 0)
    return networks.loaded(model, setup.run.other_source(SHUFFLED) / networks.WEIGHTS)


def _about(setup: "Setup") -> dict[str, object]:
    return {**place(setup.run), "what": "a source trained on shuffled labels"}
