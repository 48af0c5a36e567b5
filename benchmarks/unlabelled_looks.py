"""What checkpoints trained here answer to images whose truth is known: looked at once, kept as arrays.

Two sets that share no shift, no kind made by hand, no seed and no division of the data: `development`, on which rules
and limits are chosen, and `held out`, which is reported. Photographs are in the second alone.
"""

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tests.auditing.estimate_cases import GRID, NATURAL, PAIRS, SEVERITIES, Checkpoint, photographs, trained

from c_bar import C_BAR
from shiftprobe import data
from shiftprobe.auditing.estimate.accuracy import Predictions
from shiftprobe.core.seeding import image_generator
from shiftprobe.core.types import IDENTITY
from shiftprobe.data.split import stratified_order
from shiftprobe.engine.shifted_sets import Dose, shifted
from shiftprobe.models.extract import extract
from shiftprobe.shifts import find

if TYPE_CHECKING:
    from torch import nn

    from shiftprobe.core.types import Image
    from shiftprobe.models.preprocess import Preprocess

DOSES = (0.2, 0.5, 0.9)
OTHER_SEED = 500  # more than the checkpoint's: of the second network, trained on the same images

TRAININGS = {  # images and epochs
    "mnist": ((2000, 10), (2000, 2), (300, 10)),
    "uci": ((700, 10), (200, 12)),
    "photographs": ((300, 40), (300, 10)),
}


class Half(NamedTuple):
    """What one of the two sets is made of."""

    seeds: tuple[int, ...]
    pairs: tuple[str, ...]
    shifts: tuple[str, ...]  # of shiftprobe, not in the grid
    c_bar: tuple[str, ...]


HALVES = {
    "development": Half(
        seeds=(0, 1),
        pairs=("mnist", "uci"),
        shifts=("rotation", "shot_noise", "pixelate", "coarse_dropout", "snow", "defocus+impulse_noise"),
        c_bar=("blue_noise", "plasma", "checkerboard_cutout", "sparkles", "ripple"),
    ),
    "held out": Half(
        seeds=(20,),
        pairs=("mnist", "uci", "photographs"),
        shifts=(
            "fog", "defocus", "elastic", "shear", "speckle_noise", "grid_dropout", "frost", "gamma",
            "rotation+shot_noise", "elastic+fog",
        ),
        c_bar=(
            "brownish_noise", "perlin_noise", "inverse_sparkles", "pinch_and_twirl", "caustic_refraction",
            "cocentric_sine_waves",
        ),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Some images under something, as two networks answered them."""

    kind: str  # "grid", "clean", "shift", "c-bar", "natural"
    shift: str
    severity: float
    predictions: Predictions
    other: NDArray[np.float32]  # (N, C) logits of a network trained with another seed
    labels: NDArray[np.int64]


class Seen(NamedTuple):
    """All looks of a checkpoint, and the layer that turns features into logits."""

    looks: list[Look]
    weight: NDArray[np.float32]  # (C, D)
    bias: NDArray[np.float32]  # (C,)


def checkpoints(half: str) -> list[Checkpoint]:
    """The checkpoints of a set."""
    return [
        Checkpoint(pair=pair, images=images, epochs=epochs, seed=seed)
        for seed in HALVES[half].seeds
        for pair in HALVES[half].pairs
        for images, epochs in TRAININGS[pair]
    ]


def seen(one: Checkpoint, half: str, folder: Path) -> Seen:
    """The looks of a checkpoint; from the folder, where they are there."""
    path = folder / f"{one.pair}-{one.images}-{one.epochs}-{one.seed}.pickle"
    if not path.exists():
        path.write_bytes(pickle.dumps(_made(one, HALVES[half], folder)))
    found: Seen = pickle.loads(path.read_bytes())  # noqa: S301 - our own, just written
    return found


def _made(one: Checkpoint, half: Half, folder: Path) -> Seen:
    pair = PAIRS[one.pair]
    bundle = data.load(pair.source, photographs(folder) if one.pair == "photographs" else folder)
    order = stratified_order(bundle.labels, np.random.default_rng([one.seed, 7]))
    train, labelled, rest = np.split(order, np.cumsum([pair.train, pair.known]))
    first, preprocess = trained(one, bundle, train[: one.images])
    second, _ = trained(one, bundle, train[: one.images], seed=one.seed + OTHER_SEED)
    looker = _Looker(first, second, preprocess, one.seed)
    grid = [(IDENTITY, 0.0), *((shift, severity) for shift in GRID for severity in SEVERITIES)]
    looks = [looker.look("grid", bundle, labelled, *dose) for dose in grid]
    target = rest[: pair.target]
    looks += _targets(looker, bundle, target, half)
    elsewhere = data.load(pair.other, folder)
    some = np.random.default_rng([one.seed, 9]).permutation(len(elsewhere))[:NATURAL]
    for shift, severity in ((IDENTITY, 0.0), (half.shifts[0], 0.4), (half.shifts[1], 0.4), (half.c_bar[0], 0.4)):
        looks.append(looker.look("natural", elsewhere, some, shift, severity))
    head = dict(first.named_parameters())
    return Seen(looks, head["head.weight"].detach().numpy().copy(), head["head.bias"].detach().numpy().copy())


def _targets(looker: "_Looker", bundle: data.Bundle, target: NDArray[np.int64], half: Half) -> Iterator[Look]:
    yield looker.look("clean", bundle, target, IDENTITY, 0.0)
    for kind, names in (("shift", half.shifts), ("c-bar", half.c_bar)):
        for name in names:
            for severity in DOSES:
                yield looker.look(kind, bundle, target, name, severity)


@dataclass(frozen=True, slots=True)
class _Looker:
    """Two networks that share their preprocessing, and the seed of every draw."""

    first: "nn.Module"
    second: "nn.Module"
    preprocess: "Preprocess"
    seed: int

    def look(self, kind: str, bundle: data.Bundle, index: NDArray[np.int64], shift: str, severity: float) -> Look:
        pixels = self.preprocess.images(self._changed(bundle, index, shift, severity))
        labels = bundle.labels[index]
        views = [
            extract(network, pixels, labels, self.preprocess, taps=("penultimate",), head="head")
            for network in (self.first, self.second)
        ]
        answered = Predictions(logits=views[0].logits, features=views[0].features["penultimate"].astype(np.float32))
        return Look(
            kind=kind, shift=shift, severity=severity, predictions=answered, other=views[1].logits, labels=labels
        )

    def _changed(self, bundle: data.Bundle, index: NDArray[np.int64], shift: str, severity: float) -> "Sequence[Image]":
        if shift in C_BAR:
            return [C_BAR[shift](bundle.images[i], severity, image_generator(self.seed, i)) for i in index.tolist()]
        return shifted(bundle.images, index.tolist(), Dose(find(shift), severity, self.seed))
