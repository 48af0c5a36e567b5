"""Wrong labels of a labelled set: which they are, how many, and whether leaving them out helps."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import hypot

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core import seeding
from shiftprobe.metrics.checks import InputError
from shiftprobe.metrics.intervals import wilson
from shiftprobe.repairs.attempt import Attempt
from shiftprobe.repairs.readouts import Labels, Matrix, cross_fitted, dealt

CAUSE = "label_noise"
FOLDS = 5
REPEATS = 5  # halvings whose answers are averaged image by image
SURE, FEWEST_SURE = 1.0 / 6.0, 50  # of the images, where the readout is surest: what it gets wrong there are labels
FEWEST = 60  # images
LEAST = 0.02  # share of wrong labels that the lower end must reach

Features = NDArray[np.float32]
Tables = Mapping[str, Features]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspected:
    """Labels that a readout of the other images contradicts."""

    mask: NDArray[np.bool_]  # (N,) suspected
    probabilities: Matrix  # (N,) that the label given is right, as the readout of the other images has it
    answers: Labels  # (N,) what that readout answers


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseShare:
    """The share of wrong labels, with its 95 % interval: what the surest answers contradict, less what clean labels."""

    value: float
    low: float
    high: float
    n: int  # images on which the readout is surest
    contradicted: float  # share of them whose label it contradicts
    clean: float | None  # the same at home under the same procedure; None where there is no home

    @property
    def told(self) -> str:
        """The share with its interval."""
        ends = f"95 % interval {100 * self.low:.0f} to {100 * self.high:.0f}"
        return f"{100 * self.value:.0f} % of the labels are wrong ({ends}, from {self.n} images)"


def suspects(features: Features, labels: Labels, seed: int = 0) -> Suspected:
    """Labels that are probably wrong.

    Each image is answered by a readout of the other folds. A label is suspected where another class reaches the mean
    probability that images of that class have for it, and the label's own class is not the likeliest of those that do.

    Args:
        features: (N, D), of a network or images.
        labels: (N,) classes as labelled.
        seed: of the folds.

    Raises:
        InputError: when features and labels do not fit together.

    Reference: Northcutt et al., 2021, arXiv:1911.00068 (confident joint).
    """
    if len(features) != len(labels):
        raise InputError(f"each image needs a label, got {len(labels)} and {len(features)}")
    found = np.clip(cross_fitted(features, labels, folds=FOLDS, seed=seed), 1e-6, None)
    found /= found.sum(axis=1, keepdims=True)
    own = found[np.arange(len(labels)), labels]
    counts = np.bincount(labels, minlength=found.shape[1])
    usual = np.array([own[labels == k].mean() if counts[k] else np.inf for k in range(found.shape[1])])
    confident = np.where(found >= usual, found, -1.0)
    answers = confident.argmax(axis=1)
    mask = (confident.max(axis=1) > 0) & (answers != labels)
    return Suspected(mask=mask, probabilities=own, answers=np.asarray(found.argmax(axis=1), np.int64))


def best_tap(tables: Tables, labels: Labels, seed: int = 0) -> str:
    """The tap whose readout of the other folds agrees with most labels, the earlier of equal ones."""
    agree = {
        tap: int((cross_fitted(table, labels, folds=FOLDS, seed=seed).argmax(axis=1) == labels).sum())
        for tap, table in tables.items()
    }
    return max(agree, key=lambda tap: agree[tap])


def noise_share(
    features: Features, labels: Labels, *, home: tuple[Features, Labels] | None = None, seed: int = 0
) -> NoiseShare:
    """How many labels are wrong.

    Of the sixth of images on which the readout of the others is surest (50 at least) it gets next to none wrong, if
    labels are right; home's images, as many, say how many it does.

    Args:
        features: (N, D).
        labels: (N,) classes as labelled.
        home: features and labels of held-out images of the source; None: none are expected, an upper bound.
        seed: of the folds.
    """
    wrong, n = _surest(features, labels, seed)
    low, high = wilson(wrong, n)
    if home is None:
        return NoiseShare(value=wrong / n, low=low, high=high, n=n, contradicted=wrong / n, clean=None)
    first = seeding.generator(seed, CAUSE, "home").permutation(len(home[1]))[: len(labels)]
    usual, m = _surest(home[0][first], home[1][first], seed)
    clean = usual / m
    below, above = wilson(usual, m)
    middle = wrong / n - clean
    scale = 1.0 / max(1.0 - clean, 0.5)
    return NoiseShare(
        value=max(0.0, middle * scale),
        low=max(0.0, (middle - hypot(wrong / n - low, above - clean)) * scale),
        high=max(0.0, (middle + hypot(high - wrong / n, clean - below)) * scale),
        n=n,
        contradicted=wrong / n,
        clean=clean,
    )


def noise_attempt(
    tables: Tables, labels: Labels, *, home: tuple[Tables, Labels] | None = None, seed: int = 0
) -> tuple[Attempt, NoiseShare | None]:
    """Leave suspected labels of one half out of what a memorising readout knows, and judge it on all of the other.

    That readout is the nearest neighbour, which repeats every wrong label, as a network does that is trained to the
    end. Judging labels are as noisy as the others, but nothing chose them: wrong ones lower every accuracy by the same
    factor, so that the sign of repair minus sham is true and its size a lower bound. The sham leaves out as many random
    images. Answers are averaged over several halvings.

    Args:
        tables: features (N, D) of the target's labelled images by tap, the image itself among them; the tap whose
            readout agrees with most labels is used.
        labels: (N,) classes as labelled.
        home: features by tap and labels at home, as for `noise_share`.
        seed: of the halves.

    Returns:
        The attempt, and the share of wrong labels; None where there are too few images. The attempt has no arrays
        where the share is not shown to be above 2 %.
    """
    attempt = Attempt(
        name=CAUSE,
        cause=CAUSE,
        title="nearest neighbours without the labels that are suspected",
        sham_title="nearest neighbours without as many random images",
    )
    if len(labels) < FEWEST or len(np.unique(labels)) == 1:
        return replace(attempt, reason=f"wanted {FEWEST} labelled images of two classes, got {len(labels)}"), None
    tap = best_tap(tables, labels, seed)
    there = None if home is None else (home[0][tap], home[1])
    share = noise_share(tables[tap], labels, home=there, seed=seed)
    attempt = replace(attempt, details=(share.told, f"read at {tap}"))
    if share.low < LEAST:
        return replace(attempt, reason="the surest answers contradict hardly more labels than right ones do"), share
    before, after, sham = _judged(tables[tap], labels, seed)
    return replace(attempt, before=before, after=after, sham=sham), share


def _judged(features: Features, labels: Labels, seed: int) -> tuple[Matrix, Matrix, Matrix]:
    """(N,) shares of the halvings in which an image is right: with all labels, without suspected, without random."""
    before, after, sham = (np.zeros(len(labels)) for _ in range(3))
    for repeat in range(REPEATS):
        half = dealt(labels, 2, seeding.generator(seed, CAUSE, "halves", repeat))
        for one in (0, 1):
            fits, judges = np.flatnonzero(half == one), np.flatnonzero(half != one)
            kept, random = _kept(features[fits], labels[fits], seeding.integer(seed, repeat, one))
            for rights, chosen in ((before, fits), (after, fits[kept]), (sham, fits[random])):
                nearest = chosen[_nearest(features[chosen], features[judges])]
                rights[judges] += (labels[nearest] == labels[judges]) / REPEATS
    return before, after, sham


def _nearest(known: Features, x: Features) -> NDArray[np.intp]:
    """The place of the nearest of the known ones, every feature in its standard deviations."""
    spread = known.std(axis=0)
    scale = np.where(spread > 0, 1.0 / np.where(spread > 0, spread, 1.0), 0.0)
    a, b = known * scale, x * scale
    return np.asarray((np.square(a).sum(axis=1) - 2.0 * (b @ a.T)).argmin(axis=1))


def _kept(features: Features, labels: Labels, seed: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Without the suspected; without as many random ones. A class never loses its last image."""
    kept = ~suspects(features, labels, seed).mask
    for k in np.unique(labels):
        if not kept[labels == k].any():
            kept[labels == k] = True
    random = np.ones(len(labels), bool)
    out = seeding.generator(seed, CAUSE, "random").permutation(len(labels))[: int((~kept).sum())]
    random[out] = False
    return kept, random


def _surest(features: Features, labels: Labels, seed: int) -> tuple[int, int]:
    """Of the images on which the readout is surest, how many labels it contradicts, and how many they are."""
    found = cross_fitted(features, labels, folds=FOLDS, seed=seed)
    two = np.sort(found, axis=1)[:, -2:]
    count = min(len(labels), max(FEWEST_SURE, round(SURE * len(labels))))
    sure = np.argsort(two[:, 0] - two[:, 1], kind="stable")[:count]
    return int((found[sure].argmax(axis=1) != labels[sure]).sum()), len(sure)
