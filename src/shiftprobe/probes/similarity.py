"""How far the checkpoint's features move under the shift, in four readings, and whose move most."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core import seeding
from shiftprobe.core.types import PENULTIMATE, Evidence, Features, Finding, Row, Scope, View
from shiftprobe.metrics import InputError, class_moves, cosine_summary, frechet, neighbour_overlap, procrustes
from shiftprobe.probes.base import PROBES, Measured

MAX_COMPARED_IMAGES = 2000  # images whose neighbours and rotation are looked at


@dataclass(frozen=True, slots=True)
class SimilarityProbe:
    """The same test images before and after the shift, at every tap, on spatially averaged features.

    `cosine`: mean over images of the direction kept, with its 95 % interval over images. `procrustes`: what the best
    rotation reaches, in [0, 1]. `frechet`: distance of the two clouds in units of the clean one's variance, 0 at
    best. `neighbour_overlap`: share of an image's 10 nearest that stay, 10 / (n - 1) by chance. Of more than 2,000
    images, `procrustes` and `neighbour_overlap` look at 2,000, drawn once by a fixed seed; their n says so.

    Arrays, at the penultimate tap: `moved_by_class` (C,), mean 1 - cosine of a class, `classes_seen` (C,), its
    number (classes without images are left out), and `n` (C,), its images.

    Reference: Ding et al., 2021, arXiv:2108.01661; Heusel et al., 2017, arXiv:1706.08500; Huh et al., 2024,
    arXiv:2405.07987.
    """

    name: str = "similarity"
    about: str = "cosine, Procrustes, Fréchet and neighbours of the checkpoint's features, clean against shifted"
    scope: Scope = "checkpoint"

    def __call__(self, evidence: Evidence) -> Finding:
        """Four rows per tap."""
        clean, target = (evidence.view("source", images) for images in ("clean", "target"))
        rows = [
            self._row(evidence, tap, metric, partial(measure, x, target.features[tap]))
            for tap, x in clean.features.items()
            for metric, measure in MEASURES.items()
        ]
        return Finding(tuple(rows), _by_class(clean, target))

    def _row(self, evidence: Evidence, tap: str, metric: str, measured: Callable[[], Measured]) -> Row:
        try:
            found = measured()
        except InputError as error:
            found = Measured(reason=f"{tap}: {error}")
        unit = UNITS.get(metric, "similarity")
        return found.row(evidence.cell, self.name, metric, arm="source", tap=tap, versus="clean", unit=unit)


def _cosine(x: Features, y: Features) -> Measured:
    found = cosine_summary(x, y)
    return Measured(value=found.mean, low=found.low, high=found.high, n=found.n)


def _procrustes(x: Features, y: Features) -> Measured:
    some = _some(len(x))
    return Measured(value=procrustes(x[some], y[some]), n=len(some))


def _frechet(x: Features, y: Features) -> Measured:
    return Measured(value=frechet(x, y).relative, n=len(x))


def _neighbour_overlap(x: Features, y: Features) -> Measured:
    some = _some(len(x))
    found = neighbour_overlap(x[some], y[some])
    return Measured(value=found.share, n=found.n)


MEASURES: dict[str, Callable[[Features, Features], Measured]] = {
    "cosine": _cosine,
    "procrustes": _procrustes,
    "frechet": _frechet,
    "neighbour_overlap": _neighbour_overlap,
}
UNITS = {"frechet": "distance", "neighbour_overlap": "fraction"}


def _some(n: int) -> NDArray[np.int64]:
    """All images, or 2,000 whose order is not that of their classes; in rising order, as they may lie on disk."""
    if n <= MAX_COMPARED_IMAGES:
        return np.arange(n)
    return np.sort(seeding.generator("similarity", "images", n).permutation(n)[:MAX_COMPARED_IMAGES])


def _by_class(clean: View, target: View) -> dict[str, NDArray[Any]]:
    """Nothing where features have no direction; the row says why."""
    if PENULTIMATE not in clean.features:
        return {}
    try:
        found = class_moves(clean.features[PENULTIMATE], target.features[PENULTIMATE], clean.labels)
    except InputError:
        return {}
    return {"moved_by_class": found.moved, "classes_seen": found.classes, "n": found.images}


PROBES.add(SimilarityProbe())
