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

    def drift(self, look: Answered) -> float:
        """How far features moved within predicted classes, in standard deviations."""
        now, home = look.predictions, self.home
        return class_drift(now.penultimate, now.answers, home.penultimate, home.answers)


def fit_halves(clean: Predictions, labels: Indices, seed: int) -> tuple[tuple[Fitted, Indices], ...]:
    """Both ways of fitting on one half of the images, each with the half that it may judge."""
    halves = _halves(labels, seed)
    return tuple((_fit(part(clean, mine), labels[mine]), other) for mine, other in (halves, halves[::-1]))


def read_known(fitted: Sequence[tuple[Fitted, Indices]], look: Answered, places: Indices, shares: Vector) -> Reading:
    """Labelled images as one set, each read by what was fitted on the half that it is not in.

    Args:
        fitted: both ways.
        look: n of the labelled images; one may stand more than once.
        places: (n,) which of them they are.
        shares: of each class, as they are taken to be.
    """
    parts = [(one, np.flatnonzero(np.isin(places, other))) for one, other in fitted]
    return _read(look, [(one, mine) for one, mine in parts if len(mine)], _OfTheSet.of(look, shares))


def read_target(fitted: Sequence[tuple[Fitted, Indices]], target: Answered, shares: Vector) -> Reading:
    """All images of the target, read by both; `shares` as `read_known` takes them."""
    whole, every = _OfTheSet.of(target, shares), np.arange(len(target.predictions.logits))
    return _mean([_read(target, [(one, every)], whole) for one, _ in fitted])


def part(predictions: Predictions, index: Indices) -> Predictions:
    """Some images of a look."""
    return predictions.each(lambda array: array[index])


class _OfTheSet(NamedTuple):
    """What depends on a set of images as a whole, and on nothing that was fitted."""

    shares: Vector  # of each class, as they are taken to be
    transported: Vector  # (N,) confidence
    norm: float

    @classmethod
    def of(cls, look: Answered, shares: Vector) -> "_OfTheSet":
        """A set of images, and the shares of their classes."""
        logits = look.predictions.logits
        return cls(shares, transported_confidence(logits, shares), nuclear_norm(logits))


def _read(look: Answered, parts: Sequence[tuple[Fitted, Indices]], whole: _OfTheSet) -> Reading:
    """A set of images, part by part by what was fitted for it; what depends on the set is asked of the whole."""
    answers, transported = look.predictions.answers, whole.transported
    seen = [(one, mine, look.part(mine)) for one, mine in parts]
    said = [one.weights(some) for one, _, some in seen]
    order = np.concatenate([mine for _, mine, _ in seen])
    weights = {
        name: np.concatenate([one[name] for one in said]) for name in said[0] if all(name in one for one in said)
    }
    sure = [thresholded_transport(transported[mine], one.transport) for one, mine in parts]
    sizes = [len(mine) for _, mine in parts]
    same = {
        "COT": float(transported.mean()),
        "COTT": float(np.average(sure, weights=sizes)),
        "nuclear norm": whole.norm,
    }
    return Reading(
        kept={name: raw.possible(one, answers[order], whole.shares) for name, one in weights.items()} | same,
        free={name: float(one.mean()) for name, one in weights.items()} | same,
        drift=float(np.average([one.drift(some) for one, _, some in seen], weights=sizes)),
        shares=raw.share_change(answers, whole.shares),
    )


def _fit(home: Predictions, labels: Indices) -> Fitted:
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
