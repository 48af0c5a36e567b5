"""What each method reads off a set of images, before it is calibrated; no image both fits a method and is judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.types import Predictions
from shiftprobe.core import seeding
from shiftprobe.metrics import FittedProbe, InputError, fit_probe
from shiftprobe.metrics import unlabelled as raw
from shiftprobe.metrics.class_drift import class_drift
from shiftprobe.metrics.confidence_transport import thresholded_transport, transport_threshold, transported_confidence
from shiftprobe.metrics.prediction_norm import nuclear_norm

ROWS = 4096  # of features that are widened at once
AGREEMENT = "agreement"
BASELINE = "agreement with the baseline"
METHODS = ("ATC", "difference of confidences", AGREEMENT, "COT", "COTT", "nuclear norm", BASELINE)

Indices = NDArray[np.int64]
Vector = NDArray[np.float64]


class Answered(NamedTuple):
    """Some images as the checkpoint answered them, and what a second network answered."""

    predictions: Predictions
    second: Indices | None = None  # (N,) classes; None without a second network

    def part(self, index: Indices) -> "Answered":
        """Some of its images."""
        return Answered(part(self.predictions, index), None if self.second is None else self.second[index])


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
    transport: float  # threshold of COTT
    readout: FittedProbe | None  # the second opinion
    reason: str  # why there is none
    home: Predictions  # the images it was fitted on
    shares: Vector  # of each class in the labelled data

    def weights(self, look: Answered) -> Mapping[str, Vector]:
        """How likely each answer is right, by the methods that say it image by image."""
        answers, logits = look.predictions.answers, look.predictions.logits
        found = {
            METHODS[0]: raw.thresholded_confidence(logits, self.threshold),
            METHODS[1]: raw.corrected_confidence(logits, self.gap),
        }
        if self.readout is not None:
            found[AGREEMENT] = raw.agreement(answers, _said(self.readout, look.predictions))
        if look.second is not None:
            found[BASELINE] = raw.agreement(answers, look.second)
        return found

    def read(self, look: Answered, transported: Vector, norm: float) -> Reading:
        """What the methods say of other images; the last two do not depend on what was fitted."""
        answers, weights = look.predictions.answers, self.weights(look)
        whole = {
            "COT": float(transported.mean()),
            "COTT": thresholded_transport(transported, self.transport),
            "nuclear norm": norm,
        }
        features, home = look.predictions.penultimate, self.home.penultimate
        return Reading(
            kept={name: raw.possible(one, answers, self.shares) for name, one in weights.items()} | whole,
            free={name: float(one.mean()) for name, one in weights.items()} | whole,
            drift=class_drift(features, answers, home, self.home.answers),
            shares=raw.share_change(answers, self.shares),
        )


def fit_halves(clean: Predictions, labels: Indices, seed: int) -> tuple[tuple[Fitted, Indices], ...]:
    """Both ways of fitting on one half of the images, each with the half that it may judge."""
    halves = _halves(labels, seed)
    shares = np.bincount(labels, minlength=clean.logits.shape[1]) / len(labels)
    return tuple((_fit(part(clean, mine), labels[mine], shares), other) for mine, other in (halves, halves[::-1]))


def read_known(fitted: Sequence[tuple[Fitted, Indices]], look: Answered, places: Indices) -> Reading:
    """Labelled images, each read by what was fitted on the half that it is not in.

    Args:
        fitted: both ways.
        look: n of the labelled images.
        places: (n,) which of them they are.
    """
    found = []
    for one, other in fitted:
        mine = look.part(np.flatnonzero(np.isin(places, other)))
        found.append(_read(one, mine))
    return _mean(found)


def read_target(fitted: Sequence[tuple[Fitted, Indices]], target: Answered) -> Reading:
    """All images of the target, read by both."""
    transported, norm = _of_the_set(fitted[0][0], target)
    return _mean([one.read(target, transported, norm) for one, _ in fitted])


def part(predictions: Predictions, index: Indices) -> Predictions:
    """Some images of a look."""
    return predictions.each(lambda array: array[index])


def _read(one: Fitted, look: Answered) -> Reading:
    return one.read(look, *_of_the_set(one, look))


def _of_the_set(one: Fitted, look: Answered) -> tuple[Vector, float]:
    logits = look.predictions.logits
    return transported_confidence(logits, one.shares), nuclear_norm(logits)


def _fit(home: Predictions, labels: Indices, shares: Vector) -> Fitted:
    readout, reason = None, ""
    try:
        readout = fit_probe(home.penultimate, labels)
    except InputError as error:
        reason = f"no second opinion: {error}"
    return Fitted(
        threshold=raw.confidence_threshold(home.logits, labels),
        gap=raw.confidence_gap(home.logits, labels),
        transport=transport_threshold(home.logits, labels),
        readout=readout,
        reason=reason,
        home=home,
        shares=shares,
    )


def _said(probe: FittedProbe, predictions: Predictions) -> Indices:
    said = np.empty(len(predictions.penultimate), probe.classes.dtype)
    for start in range(0, len(said), ROWS):
        some = slice(start, start + ROWS)
        scores = predictions.penultimate[some].astype(np.float64) @ probe.weights + probe.offset
        said[some] = probe.classes[scores.argmax(axis=1)]
    return said


def _halves(labels: Indices, seed: int) -> tuple[Indices, Indices]:
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
