"""What each method reads off a set of images, before it is calibrated; no image both fits a method and is judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.estimate.types import Known
from shiftprobe.auditing.types import Predictions
from shiftprobe.core import seeding
from shiftprobe.metrics import FittedProbe, InputError, fit_probe
from shiftprobe.metrics import unlabelled as raw
from shiftprobe.metrics.class_drift import class_drift

ROWS = 4096  # of features that are widened at once
METHODS = ("ATC", "difference of confidences", "agreement")

Indices = NDArray[np.int64]
Vector = NDArray[np.float64]


class Reading(NamedTuple):
    """One set of images: what the methods say with the data's class shares and without, and how far it moved."""

    kept: Mapping[str, float]  # by method; no class is answered right more often than the data holds it
    free: Mapping[str, float]  # by method; the plain means
    drift: float
    shares: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """The methods, fitted on one part of the untouched labelled images."""

    threshold: float
    gap: float
    readout: FittedProbe | None  # the second opinion
    reason: str  # why there is none
    home: Predictions  # the images it was fitted on
    shares: Vector  # of each class in the labelled data

    def read(self, predictions: Predictions) -> Reading:
        """What the methods say of other images."""
        answers = predictions.logits.argmax(axis=1)
        weights = {
            METHODS[0]: raw.thresholded_confidence(predictions.logits, self.threshold),
            METHODS[1]: raw.corrected_confidence(predictions.logits, self.gap),
        }
        if self.readout is not None:
            weights[METHODS[2]] = raw.agreement(answers, _said(self.readout, predictions))
        return Reading(
            kept={name: raw.possible(one, answers, self.shares) for name, one in weights.items()},
            free={name: float(one.mean()) for name, one in weights.items()},
            drift=class_drift(predictions.penultimate, answers, self.home.penultimate, self.home.logits.argmax(axis=1)),
            shares=raw.share_change(answers, self.shares),
        )


def fit_halves(clean: Known, seed: int) -> tuple[tuple[Fitted, Indices], ...]:
    """Both ways of fitting on one half of the images, each with the half that it may judge."""
    halves = _halves(clean.labels, seed)
    classes = clean.predictions.logits.shape[1]
    shares = np.bincount(clean.labels, minlength=classes) / len(clean.labels)
    return tuple(
        (_fit(part(clean.predictions, mine), clean.labels[mine], shares), other)
        for mine, other in (halves, halves[::-1])
    )


def read_known(fitted: Sequence[tuple[Fitted, Indices]], predictions: Predictions) -> Reading:
    """Both halves of a labelled look, each read by what was fitted on the other half."""
    return _mean([one.read(part(predictions, other)) for one, other in fitted])


def read_target(fitted: Sequence[tuple[Fitted, Indices]], predictions: Predictions) -> Reading:
    """All images of the target, read by both."""
    return _mean([one.read(predictions) for one, _ in fitted])


def part(predictions: Predictions, index: Indices) -> Predictions:
    """Some images of a look."""
    return predictions.each(lambda array: array[index])


def _fit(home: Predictions, labels: NDArray[np.int64], shares: Vector) -> Fitted:
    readout, reason = None, ""
    try:
        readout = fit_probe(home.penultimate, labels)
    except InputError as error:
        reason = f"no second opinion: {error}"
    return Fitted(
        threshold=raw.confidence_threshold(home.logits, labels),
        gap=raw.confidence_gap(home.logits, labels),
        readout=readout,
        reason=reason,
        home=home,
        shares=shares,
    )


def _said(probe: FittedProbe, predictions: Predictions) -> NDArray[np.int64]:
    said = np.empty(len(predictions.penultimate), probe.classes.dtype)
    for start in range(0, len(said), ROWS):
        some = slice(start, start + ROWS)
        scores = predictions.penultimate[some].astype(np.float64) @ probe.weights + probe.offset
        said[some] = probe.classes[scores.argmax(axis=1)]
    return said


def _halves(labels: NDArray[np.int64], seed: int) -> tuple[Indices, Indices]:
    """Two halves with the classes in equal proportion."""
    shuffled = seeding.generator(seed, "estimate halves").permutation(len(labels))
    order = shuffled[np.argsort(labels[shuffled], kind="stable")]
    return np.sort(order[::2]), np.sort(order[1::2])


def _mean(readings: Sequence[Reading]) -> Reading:
    names = [name for name in METHODS if all(name in one.kept for one in readings)]
    return Reading(
        kept={name: float(np.mean([one.kept[name] for one in readings])) for name in names},
        free={name: float(np.mean([one.free[name] for one in readings])) for name in names},
        drift=float(np.mean([one.drift for one in readings])),
        shares=float(np.mean([one.shares for one in readings])),
    )
