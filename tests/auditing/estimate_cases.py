"""Checkpoints trained on real images, and targets whose accuracy is known, to hold estimates against."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe import data
from shiftprobe.auditing.estimate.accuracy import Known, Predictions
from shiftprobe.core.types import IDENTITY
from shiftprobe.data.split import stratified_order
from shiftprobe.engine.shifted_sets import Dose, shifted
from shiftprobe.models.build import build
from shiftprobe.models.extract import extract
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.shifts import find
from shiftprobe.spec.recipe import Recipe
from shiftprobe.train.loop import fit
from shiftprobe.train.pixels import Labelled

if TYPE_CHECKING:
    from torch import nn

GRID = (
    "gaussian_noise",
    "motion_blur",
    "darken",
    "contrast",
    "jpeg",
    "translation",
)  # what estimates are calibrated on
SEVERITIES = (0.25, 0.5, 0.75, 1.0)
NATURAL = 1000  # images of the other data, at most

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Data to train on, and other data of the same classes; images that train, are labelled, are the target."""

    source: str
    other: str
    train: int
    known: int
    target: int
    batch: int = 64


PAIRS = {
    "mnist": Pair(source="digits:mnist", other="digits:uci", train=2000, known=1000, target=800),
    "uci": Pair(source="digits:uci", other="digits:mnist", train=700, known=500, target=597),
    "photographs": Pair(source="folder:source", other="folder:target", train=300, known=200, target=100, batch=16),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """How a network was trained; its seed also moves the division of the data and every shift's draws."""

    pair: str
    images: int
    epochs: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A look whose labels are known to us alone."""

    kind: str  # "shift", "natural", "classes"
    name: str
    predictions: Predictions
    truth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Seer:
    """A trained checkpoint with its data."""

    network: "nn.Module"
    preprocess: Preprocess
    bundle: data.Bundle
    seed: int

    def predictions(self, index: Indices, shift: str = IDENTITY, severity: float = 0.0) -> Predictions:
        """Some images under a shift, seen."""
        images = shifted(self.bundle.images, index.tolist(), Dose(find(shift), severity, self.seed))
        pixels, labels = self.preprocess.images(images), self.bundle.labels[index]
        view = extract(self.network, pixels, labels, self.preprocess, taps=("penultimate",), head="head")
        return Predictions(logits=view.logits, features=view.features["penultimate"])

    def target(self, kind: str, index: Indices, shift: str = IDENTITY, severity: float = 0.0) -> Target:
        """The same, with the share that is right."""
        predictions = self.predictions(index, shift, severity)
        right = predictions.logits.argmax(axis=1) == self.bundle.labels[index]
        return Target(kind=kind, name=f"{shift} {severity:g}", predictions=predictions, truth=float(right.mean()))


def made(
    one: Checkpoint, planted: Sequence[str], doses: Sequence[float], folder: Path
) -> tuple[list[Known], list[Target]]:
    """Train a checkpoint; the labelled looks of the grid, and targets under shifts that the grid does not hold.

    Args:
        one: what to train.
        planted: shifts of the targets; the first three also fall on the other data and on unequal classes.
        doses: their severities.
        folder: where squares of photographs are kept.
    """
    pair = PAIRS[one.pair]
    bundle = data.load(pair.source, photographs(folder) if one.pair == "photographs" else folder)
    order = stratified_order(bundle.labels, np.random.default_rng([one.seed, 7]))
    train, labelled, rest = np.split(order, np.cumsum([pair.train, pair.known]))
    network, preprocess = trained(one, bundle, train[: one.images])
    seer = Seer(network=network, preprocess=preprocess, bundle=bundle, seed=one.seed)
    known = [
        Known(
            predictions=seer.predictions(labelled, shift, severity),
            labels=bundle.labels[labelled],
            shift=shift,
            severity=severity,
        )
        for shift, severity in [(IDENTITY, 0.0), *((shift, severity) for shift in GRID for severity in SEVERITIES)]
    ]
    return known, list(_targets(seer, rest[: pair.target], (pair, folder), planted, doses))


def _targets(
    seer: Seer, index: Indices, other: tuple[Pair, Path], planted: Sequence[str], doses: Sequence[float]
) -> Iterator[Target]:
    yield seer.target("shift", index)
    for shift in planted:
        for severity in doses:
            yield seer.target("shift", index, shift, severity)
    elsewhere = data.load(other[0].other, other[1])
    some = np.random.default_rng([seer.seed, 9]).permutation(len(elsewhere))[:NATURAL]
    abroad = replace(seer, bundle=elsewhere)
    yield abroad.target("natural", some)
    for shift in planted[:2]:
        yield abroad.target("natural", some, shift, 0.4)
    labels = seer.bundle.labels[index]
    rare = labels >= len(seer.bundle.classes) // 2
    unequal = index[~rare | (np.random.default_rng(seer.seed).random(len(index)) < 0.15)]
    yield seer.target("classes", unequal)
    yield seer.target("classes", unequal, planted[2], 0.5)


def trained(
    one: Checkpoint, bundle: data.Bundle, index: Indices, seed: int | None = None
) -> "tuple[nn.Module, Preprocess]":
    """A checkpoint's network, or one of another seed on the same images; and how images are prepared for it."""
    seed = one.seed if seed is None else seed
    preprocess = Preprocess.fit(bundle.images)
    channels, size = preprocess.channels, preprocess.size
    network = build("small_cnn", classes=len(bundle.classes), channels=channels, size=size, seed=seed)
    images = preprocess.images([bundle.images[i] for i in index])
    train = Recipe(epochs=one.epochs, batch=PAIRS[one.pair].batch, lr=2e-3)
    fit(network, Labelled(images, bundle.labels[index]), preprocess, train, seed=seed, device="cpu")
    return network, preprocess


def photographs(folder: Path) -> Path:
    """The folder, with squares of photographs in it: `source/`, left halves, and `target/`, right ones."""
    if not (folder / "target").exists():
        script = Path(__file__).parents[2] / "reports" / "make_photographs.py"
        subprocess.run([sys.executable, str(script), str(folder)], check=True)
    return folder
