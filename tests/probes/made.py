"""Evidence made by hand, for probes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import Cell, Taps, View

RNG = np.random.default_rng(0)
N, CLASSES = 90, 3
LABELS = np.arange(N) % CLASSES
CELL = Cell("rotation", 0.5, 40, 0)


@dataclass(frozen=True)
class Made:
    """Evidence of views made by hand."""

    views: Mapping[tuple[str, str], View]
    cell: Cell = CELL
    arms: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    classes: tuple[str, ...] = ("a", "b", "c")
    taps: Taps = "penultimate"

    def view(self, model: str, images: str) -> View:
        if model in self.failed:
            raise NotAvailableError(self.failed[model])
        if (model, images) not in self.views:
            raise NotAvailableError(f"no {model}")
        return self.views[model, images]


def looked(features: Mapping[str, NDArray[np.floating]], labels: NDArray[np.int64] = LABELS) -> View:
    logits = np.zeros((len(labels), CLASSES), np.float32)
    return View(labels=labels, logits=logits, features={tap: x.astype(np.float32) for tap, x in features.items()})


def answering(right: int) -> View:
    """A model that answers so many of N images right."""
    answers = np.where(np.arange(N) < right, LABELS, (LABELS + 1) % CLASSES)
    return View(labels=LABELS, logits=np.eye(CLASSES, dtype=np.float32)[answers], features={})
