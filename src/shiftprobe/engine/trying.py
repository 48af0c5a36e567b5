"""A training of one epoch and a look, on images made up: what an estimate times, and what a GPU's memory is asked."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from shiftprobe.engine.networks import fresh
from shiftprobe.engine.recipes import SOURCE
from shiftprobe.engine.setup import Setup
from shiftprobe.models.extract import extract
from shiftprobe.models.head import head_name
from shiftprobe.models.placing import placed
from shiftprobe.models.taps import tap_names
from shiftprobe.train.loop import fit
from shiftprobe.train.pixels import Labelled


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """Both, ready to be done as often as one likes."""

    training: Callable[[], object]
    looking: Callable[[], object]


def tried(setup: Setup, images: int, batch: int | None = None) -> Tried:
    """The network of a run on so many black images, by the recipe of its first trained arm.

    Args:
        setup: the resolved spec.
        images: how many.
        batch: images of a training step; the recipe's own when None, and never more than there are.
    """
    model = placed(fresh(setup, len(setup.classes), 0), setup.device)
    size, channels = setup.preprocess.size, setup.preprocess.channels
    data = Labelled(np.zeros((images, size, size, channels), np.uint8), np.arange(images) % len(setup.classes))
    head = head_name(model, len(setup.classes))
    taps = tap_names(model, head)
    asked = setup.recipe(next((arm for arm, scope in setup.arms.items() if scope == "arms"), SOURCE), images)
    recipe = replace(
        asked, epochs=1, steps=None, min_steps=0, warmup=None, batch=min(images, batch or asked.batch), lr=1e-9
    )

    def training() -> object:
        return fit(model, data, setup.preprocess, recipe, seed=0, device=setup.device, head=head)

    def looking() -> object:
        images, labels = data.images, data.labels
        precision = setup.spec.looks
        return extract(
            model, images, labels, setup.preprocess, taps=taps, head=head, device=setup.device, precision=precision
        )

    return Tried(training=training, looking=looking)
