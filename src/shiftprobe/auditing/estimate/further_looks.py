"""Further looks to calibrate on, made from those of the grid without a forward pass.

A target is seldom one shift at one dose: it is half untouched, or mixed, or its classes come in other proportions, or
the network sees it in a way that no shift of pixels gives. So looks are mixed image by image, images are drawn again by
class, and the last features are faded, blurred and mixed, and given to the head again.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.estimate.methods import Answered, Indices
from shiftprobe.auditing.types import Predictions
from shiftprobe.core import seeding

MOST = 1000  # labelled images in one of them
FEWEST = 30  # images that are kept where classes are drawn again
HALVED_FROM = 0.5  # severity of looks that are mixed with untouched images
MIXTURES, MIXED = 12, 3  # mixtures of shifted looks, looks in one
PROPORTIONS = 6  # draws of other proportions of untouched images; of each shifted look one
STEPS = (0.3, 0.6, 0.9, 1.2)  # how far features are changed
FITTED = 10_000  # rows that the head is found from, looks times images
MISFIT = 0.05  # of the logits' spread: beyond, the head is not linear in the features

Matrix = NDArray[np.float64]


class Truth(NamedTuple):
    """What is known of a labelled look."""

    families: frozenset[str]  # shifts of the grid that are in it; none for untouched images and changed features
    right: float
    severity: float | None = None  # of a look of the grid; None where it was made from them


class CalibrationLook(NamedTuple):
    """A labelled look with its truth."""

    truth: Truth
    look: Answered
    places: Indices  # which of the labelled images


def further_looks(grid: Sequence[CalibrationLook], labels: Indices, seed: int) -> Iterator[CalibrationLook]:
    """Mixtures, other proportions of classes, and changed features.

    Args:
        grid: the untouched look and the shifted ones, of all labelled images.
        labels: (N,) of these images.
        seed: of every draw.
    """
    rng = seeding.generator(seed, "estimate looks")
    places = np.sort(rng.permutation(len(labels))[:MOST])
    few = [one._replace(look=one.look.part(places), places=places) for one in grid]
    clean = next(one for one in few if not one.truth.severity)
    shifted = [one for one in few if one.truth.severity]
    maker = _Maker(labels[places], places, rng)
    for one in shifted:
        if (one.truth.severity or 0.0) >= HALVED_FROM:
            yield maker.mixed([clean, one])
    for _ in range(MIXTURES):
        yield maker.mixed([shifted[i] for i in rng.permutation(len(shifted))[:MIXED]])
    for one in [clean] * PROPORTIONS + shifted:
        yield maker.in_other_proportions(one)
    head = _head([one.look.predictions for one in few])
    if head is not None:
        yield from maker.changed(clean, *head)


def drawn(one: CalibrationLook, labels: Indices, images: int, rng: np.random.Generator) -> CalibrationLook:
    """A look of as many images as the target has, drawn with replacement: its shares of classes are as uneven.

    Args:
        one: a look.
        labels: of all labelled images.
        images: how many are drawn.
        rng: draws them.
    """
    index = rng.integers(0, len(one.places), images)
    look, places = one.look.part(index), one.places[index]
    right = float(look.predictions.right(labels[places]).mean())
    return CalibrationLook(one.truth._replace(right=right), look, places)


class _Maker(NamedTuple):
    """Makes looks of the same images."""

    labels: Indices
    places: Indices
    rng: np.random.Generator

    def mixed(self, parts: Sequence[CalibrationLook]) -> CalibrationLook:
        """Each image under one of several looks."""
        n = len(self.labels)
        which, here = self.rng.permutation(n) % len(parts), np.arange(n)
        names = parts[0].look.predictions.arrays
        arrays = {name: np.stack([one.look.predictions.arrays[name] for one in parts])[which, here] for name in names}
        seconds = [one.look.second for one in parts if one.look.second is not None]
        second = np.stack(seconds)[which, here] if len(seconds) == len(parts) else None
        return self._look(
            frozenset().union(*(one.truth.families for one in parts)), Answered(Predictions(**arrays), second)
        )

    def in_other_proportions(self, one: CalibrationLook) -> CalibrationLook:
        """Images that stay by the chance of their class; the shares are drawn evenly over all that there are."""
        shares = self.rng.dirichlet(np.ones(one.look.predictions.logits.shape[1]))[self.labels]
        stays = np.flatnonzero(self.rng.random(len(self.labels)) * shares.max() < shares)
        if len(stays) < FEWEST:
            stays = np.sort(self.rng.permutation(len(self.labels))[:FEWEST])
        return self._look(one.truth.families, one.look.part(stays), stays)

    def changed(self, clean: CalibrationLook, weights: Matrix, offset: Matrix) -> Iterator[CalibrationLook]:
        """Features under noise, faded, and mixed with those of other images, then given to the head."""
        features = clean.look.predictions.penultimate.astype(np.float64)
        spread = features.std(axis=0)
        for step in STEPS:
            noise = 2.0 * step * spread * self.rng.normal(size=features.shape)
            others = features[self.rng.permutation(len(features))]
            for seen in (features + noise, (1.0 - 0.7 * step) * features, features + 0.6 * step * (others - features)):
                logits = (seen @ weights + offset).astype(np.float32)
                predictions = Predictions(logits=logits, features=seen.astype(np.float32))
                yield self._look(frozenset(), Answered(predictions, clean.look.second))

    def _look(self, families: frozenset[str], look: Answered, stays: Indices | None = None) -> CalibrationLook:
        stays = np.arange(len(self.labels)) if stays is None else stays
        right = float(look.predictions.right(self.labels[stays]).mean())
        return CalibrationLook(Truth(families, right), look, self.places[stays])


def _head(looks: Sequence[Predictions]) -> tuple[Matrix, Matrix] | None:
    """The layer from features to logits, by least squares over all looks; None where it is not linear.

    Every fifth image fits nothing and judges: with more features than images every layer looks linear.
    """
    most = FITTED // len(looks)
    seen = np.stack([one.penultimate[:most] for one in looks]).astype(np.float64)
    given = np.stack([one.logits[:most] for one in looks]).astype(np.float64)
    judges = np.arange(seen.shape[1]) % 5 == 0
    table, wanted = (array[:, ~judges].reshape(-1, array.shape[-1]) for array in (seen, given))
    centre, middle = table.mean(axis=0), wanted.mean(axis=0)
    product = (table - centre).T @ (table - centre)
    product[np.diag_indices_from(product)] += 1e-9 * max(float(np.trace(product)) / len(product), 1e-12)
    weights = np.linalg.solve(product, (table - centre).T @ (wanted - middle))
    offset = middle - centre @ weights
    missed = seen[:, judges] @ weights + offset - given[:, judges]
    return (weights, offset) if missed.std() <= MISFIT * given.std() else None
