"""Evidence for trying a probe without a run: small networks, a minute old, looking at real digits."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import RANDOM_DRAWS, Cell, Scope, Taps, View, at_best
from shiftprobe.engine.evidence import IMAGES

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.models.preprocess import Preprocess

CLASSES = tuple("0123456789")
TRAIN, TEST, SOURCE = slice(0, 100), slice(100, 200), slice(200, 300)
PLACES = {"train": TRAIN, "source": SOURCE}
EPOCHS = 15
SHIFT, SEVERITY = "rotation", 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class ToyEvidence:
    """One cell, made of 300 UCI digits and a network of its own for every model; arrays are read-only."""

    cell: Cell
    arms: tuple[str, ...]
    failed: Mapping[str, str] = field(default_factory=dict)
    classes: tuple[str, ...] = CLASSES
    taps: Taps = "penultimate"

    def view(self, model: str, images: str) -> View:
        """One model's look at one set of images; see `Evidence.view`."""
        model = model.removesuffix(at_best(""))  # a minute old: its last epoch is its best one
        if model in self.failed:
            raise NotAvailableError(self.failed[model])
        if model not in {"source", *RANDOM_DRAWS, *self.arms}:
            raise NotAvailableError(f"this cell holds no model {model!r}")
        if images not in IMAGES:
            raise NotAvailableError(f"there are no images {images!r} (known: {', '.join(IMAGES)})")
        return _view(model, images)


def toy_evidence(scope: Scope = "arms") -> ToyEvidence:
    """Evidence of a cell in which `scratch` and `transfer` were trained, or only the checkpoint looks.

    The same in every call and process of one machine; about a second, once.

    Args:
        scope: "arms", or anything else for a cell of the untouched checkpoint with `zero_shot`.
    """
    if scope != "arms":
        return ToyEvidence(cell=Cell(SHIFT, SEVERITY), arms=("zero_shot",))
    return ToyEvidence(cell=Cell(SHIFT, SEVERITY, TRAIN.stop, 0), arms=("scratch", "transfer"))


def toy_run() -> dict[Cell, ToyEvidence]:
    """Evidence of a run: the checkpoint's cell and two seeds of the trained one, which are the same networks."""
    looked, trained = toy_evidence("checkpoint"), toy_evidence("arms")
    again = replace(trained, cell=replace(trained.cell, seed=1))
    return {one.cell: one for one in (looked, trained, again)}


@functools.cache
def _view(model: str, images: str) -> View:
    from shiftprobe.models.extract import extract
    from shiftprobe.models.head import head_name
    from shiftprobe.models.taps import tap_names

    pixels, labels, preprocess = _digits(images)
    network = _network(model)
    head = head_name(network, len(CLASSES))
    view = extract(network, pixels, labels, preprocess, taps=tap_names(network, head), head=head)
    view = replace(view, normalise=preprocess.normalise)
    arrays: list[NDArray[Any]] = [view.labels, view.logits, *view.features.values()]
    for array in arrays:
        array.flags.writeable = False
    return view


@functools.cache
def _digits(images: str) -> "tuple[NDArray[np.uint8], NDArray[np.int64], Preprocess]":
    """Images, labels, and the preprocessing that suits the training images."""
    from shiftprobe import data
    from shiftprobe.engine.shifted_sets import Dose, shifted
    from shiftprobe.models.preprocess import Preprocess
    from shiftprobe.shifts import find

    bundle = data.load("digits:uci", Path())
    chosen = range(len(bundle))[PLACES.get(images, TEST)]
    dose = Dose(find(SHIFT), SEVERITY if images in {"target", "train"} else 0.0, 0)
    preprocess = Preprocess.fit(bundle.images[TRAIN])
    pixels = preprocess.images(shifted(bundle.images, chosen, dose))
    pixels.flags.writeable = False
    return pixels, bundle.labels[np.array(chosen)], preprocess


@functools.cache
def _network(model: str) -> "nn.Module":
    """Its weights are drawn from its name; all but random draws have learnt a little."""
    from shiftprobe.core import seeding
    from shiftprobe.models.build import build
    from shiftprobe.spec.recipe import Recipe
    from shiftprobe.train.loop import fit
    from shiftprobe.train.pixels import Labelled

    network = build("small_cnn", seed=seeding.integer("toy", model), classes=len(CLASSES), channels=1, size=8)
    if model not in RANDOM_DRAWS:
        pixels, labels, preprocess = _digits("train")
        fit(network, Labelled(pixels, labels), preprocess, Recipe(epochs=EPOCHS, batch=16), seed=0, device="cpu")
    return network.eval()
