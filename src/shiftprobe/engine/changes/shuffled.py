"""Arms that begin from a source trained on shuffled labels: it met the images' statistics and nothing of their meaning.

References: Zhang et al., 2017, arXiv:1611.03530 (networks fit random labels); Maennel et al., 2020, arXiv:2006.10455
    (what transfers from them).
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core import seeding
from shiftprobe.core.errors import SpecError
from shiftprobe.engine import networks
from shiftprobe.engine.changes.base import CHANGES, SOURCES, Change, Ingredients, OtherSource, Values
from shiftprobe.engine.source_model import fit_source

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
    """(source_train,) the labels of the source's training images, dealt out anew: each class keeps its number."""
    labels = setup.source_labels[: setup.source_train]
    return seeding.generator(setup.spec.data_seed, "shuffled labels").permutation(labels)


def make_shuffled(setup: "Setup") -> "nn.Module":
    """A source that begins from the weights, and meets the images in the order, of one that the run trains itself.

    Labels alone are others. Beside a checkpoint that is brought it is drawn anew and trained by this run's recipe, as
    nobody knows the checkpoint's own.

    Raises:
        SpecError: when there is nothing to train it on, with the reason.
        DivergedError: when the loss is not finite.
    """
    if reason := no_shuffled(setup):
        raise SpecError(reason)
    model = networks.fresh(setup, setup.source_classes, seeding.integer(setup.spec.data_seed, "source"))
    fit_source(setup, model, shuffled_labels(setup))
    return model


def begin_shuffled(made_of: Ingredients, _: Values) -> Ingredients:
    """From the source of shuffled labels."""
    return replace(made_of, source=SHUFFLED)


SOURCES.add(
    OtherSource(name=SHUFFLED, about="a source trained on the same images, labels shuffled", make=make_shuffled)
)
CHANGES.add(
    Change(
        name=SHUFFLED,
        spelling=SHUFFLED,
        example=SHUFFLED,
        about="from a source trained on the same images with shuffled labels",
        apply=begin_shuffled,
        source=SHUFFLED,
    )
)
