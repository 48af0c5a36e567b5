"""Linear readouts of frozen features: every image answered by what was fitted to the other images."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core import seeding
from shiftprobe.core.types import PENULTIMATE
from shiftprobe.metrics import InputError, fit_probe
from shiftprobe.repairs.attempt import Patient, Site
from shiftprobe.repairs.halving import folds as parts_of

if TYPE_CHECKING:
    from torch import Tensor, nn

INPUT = "input"
"""The tap before the first layer: the image itself, as the network is given it, in at most 12 x 12 means."""

_SIDE = 12
MIN_HALF = 20  # images of a half, below which no readout is fitted

Labels = NDArray[np.int64]
Matrix = NDArray[np.float64]


def dealt(labels: Labels, folds: int, rng: np.random.Generator) -> Labels:
    """(N,) the fold of each image, each class dealt over the folds as equally as it can be."""
    found = np.empty(len(labels), np.int64)
    for number, part in enumerate(parts_of(labels, folds, rng)):
        found[part] = number
    return found


def scores(train_x: NDArray[np.float32], train_y: Labels, x: NDArray[np.float32], classes: int) -> Matrix:
    """What a ridge readout of some images says of others.

    Args:
        train_x: (M, D) features.
        train_y: (M,) classes.
        x: (N, D) features.
        classes: K, from 0.

    Returns:
        (N, K), close to the chance of each class; a class that the readout never met has the least score. Shares of
        the classes where features tell nothing at all.
    """
    found = np.full((len(x), classes), -1e9)
    try:
        probe = fit_probe(train_x, train_y)
    except InputError:  # one class, or features that never change
        shares = np.bincount(train_y, minlength=classes) / len(train_y)
        return np.broadcast_to(np.where(shares > 0, shares, -1e9), found.shape).copy()
    found[:, probe.classes] = x.astype(np.float64) @ probe.weights + probe.offset
    return found


def cross_fitted(features: NDArray[np.float32], labels: Labels, *, folds: int = 2, seed: int = 0) -> Matrix:
    """Scores (N, K) of each image by a readout of the other folds; K is one more than the largest label."""
    fold = dealt(labels, folds, seeding.generator(seed, "cross-fitted", folds))
    found = np.empty((len(labels), int(labels.max()) + 1))
    for one in range(folds):
        fits, judges = fold != one, fold == one
        found[judges] = scores(features[fits], labels[fits], features[judges], found.shape[1])
    return found


def right_by_tap(features: Mapping[str, NDArray[np.float32]], labels: Labels, *, seed: int = 0) -> dict[str, Matrix]:
    """Per tap (N,) 1 where the cross-fitted readout is right, else 0."""
    return {
        tap: np.asarray(cross_fitted(found, labels, seed=seed).argmax(axis=1) == labels, np.float64)
        for tap, found in features.items()
    }


def taps_of(patient: Patient) -> tuple[str, ...]:
    """The input and every tap of a network, in depth order, the head's input last."""
    from shiftprobe.models.taps import tap_names

    return (INPUT, *tap_names(patient.model, patient.head))


def features_at(patient: Patient, site: Site, taps: Sequence[str]) -> dict[str, NDArray[np.float32]]:
    """Features of all images of a site at some taps, (N, D) each; `input` is one of the taps there are.

    Raises:
        NotAvailableError: where the network gives NaN or infinity.
    """
    from shiftprobe.models.extract import extract

    images = site.pixels(patient.preprocess)
    inner = tuple(tap for tap in taps if tap != INPUT)
    seen = extract(patient.model, images, site.labels, patient.preprocess, taps=inner, head=patient.head)
    every = {INPUT: _means(images), **seen.features} if INPUT in taps else dict(seen.features)
    return {tap: every[tap] for tap in taps}


def answers_right(patient: Patient, site: Site) -> Matrix | None:
    """(N,) 1 where the head's answer is right, else 0; None where the head does not know the classes."""
    from shiftprobe.models.extract import extract

    if site.columns is None:
        return None
    images = site.pixels(patient.preprocess)
    seen = extract(patient.model, images, site.labels, patient.preprocess, taps=(PENULTIMATE,), head=patient.head)
    return np.asarray(seen.logits[:, list(site.columns)].argmax(axis=1) == site.labels, np.float64)


def with_state(patient: Patient, state: "Mapping[str, Tensor]") -> Patient:
    """The same network with other weights; names that the state lacks stay as they are."""
    import copy

    model: nn.Module = copy.deepcopy(patient.model)
    own = model.state_dict()
    fitting = {name: value for name, value in state.items() if name in own and own[name].shape == value.shape}
    model.load_state_dict({**own, **fitting})
    return replace(patient, model=model.eval())


def _means(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(N, D) means over the cells of a grid of at most 12 x 12."""
    n, side, _, channels = images.shape
    edges = np.unique(np.linspace(0, side, min(side, _SIDE) + 1).round().astype(int))
    rows = np.add.reduceat(images.astype(np.float32), edges[:-1], axis=1)
    cells = np.add.reduceat(rows, edges[:-1], axis=2)
    sizes = np.diff(edges).astype(np.float32)
    means: NDArray[np.float32] = cells / (sizes[:, None, None] * sizes[None, :, None])
    return means.reshape(n, -1 if channels else 0)
