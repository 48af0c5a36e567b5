"""Twin classes: two names for one thing, or classes that the images cannot tell apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core import seeding
from shiftprobe.metrics.intervals import wilson
from shiftprobe.repairs.attempt import Attempt
from shiftprobe.repairs.readouts import MIN_HALF, Labels, Matrix, cross_fitted, dealt

CAUSE = "twin_classes"
CONFUSED = 0.2  # share of a pair's images that are answered as the other, below which it is no candidate
NEAR_CHANCE = 0.2  # above chance: twins are told apart by less, to the upper end of the interval
FEWEST = 40  # images of a pair
FOLDS = 5
DRAWS = 20  # shams

Tables = Mapping[str, NDArray[np.float32]]
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassPair:
    """Two classes that are confused, and how well their images can be told apart."""

    pair: Pair
    n: int
    confused: float  # share of their images that are answered as the other
    apart: float  # accuracy between the two, cross-fitted, at the tap where it is best
    low: float  # 95 % interval
    high: float
    chance: float  # share of the larger class
    tap: str

    @property
    def twins(self) -> bool:
        """Whether nothing tells them apart: not above chance, and not far above it to the upper end either."""
        return self.n >= FEWEST and self.low <= self.chance and self.high < self.chance + NEAR_CHANCE


def confused_pairs(answers: Labels, labels: Labels, *, least: float = CONFUSED) -> tuple[tuple[Pair, float], ...]:
    """Pairs of classes by the share of their images that are answered as the other, most confused first.

    Args:
        answers: (N,) classes that were answered.
        labels: (N,) classes as labelled.
        least: share of the pair's images.

    Returns:
        Pairs that share no class, smaller class first, with their shares.
    """
    k = int(max(answers.max(), labels.max())) + 1
    counts = np.zeros((k, k))
    np.add.at(counts, (labels, answers), 1.0)
    sizes = counts.sum(axis=1)
    shares = np.triu((counts + counts.T) / np.maximum(sizes[:, None] + sizes, 1.0), 1)
    shares[:, sizes == 0] = shares[sizes == 0] = 0.0
    found: list[tuple[Pair, float]] = []
    for flat in np.argsort(-shares, axis=None, kind="stable"):
        a, b = divmod(int(flat), k)
        if shares[a, b] <= 0 or shares[a, b] < least:
            break
        if not any({a, b} & set(pair) for pair, _ in found):
            found.append(((a, b), float(shares[a, b])))
    return tuple(found)


def told_apart(tables: Tables, labels: Labels, pair: Pair, *, confused: float = 1.0, seed: int = 0) -> ClassPair:
    """How well a readout tells two classes apart, cross-fitted, at the tap where it does so best.

    Args:
        tables: features (N, D) by tap; let the image itself be among them.
        labels: (N,) classes as labelled.
        pair: two of them.
        confused: share of their images that are answered as the other.
        seed: of the folds.
    """
    of_pair = np.isin(labels, pair)
    codes = np.asarray(labels[of_pair] == pair[1], np.int64)
    n, ones = len(codes), int(codes.sum())
    counts = dict.fromkeys(tables, 0)
    if FOLDS <= ones <= n - FOLDS:
        for tap, table in tables.items():
            answers = cross_fitted(table[of_pair], codes, folds=FOLDS, seed=seed).argmax(axis=1)
            counts[tap] = int((answers == codes).sum())
    best = max(counts, key=lambda tap: counts[tap])
    low, high = wilson(counts[best], n, 1.0 - 0.05 / len(counts))
    return ClassPair(
        pair=pair,
        n=n,
        confused=confused,
        apart=counts[best] / n,
        low=low,
        high=high,
        chance=max(ones, n - ones) / n,
        tap=best,
    )


def twin_attempt(
    answers: Labels, tables: Tables, labels: Labels, classes: Sequence[str], *, seed: int = 0
) -> tuple[Attempt, tuple[ClassPair, ...]]:
    """Merge twin classes that one half of the images shows, and judge on the other.

    Args:
        answers: (N,) classes that the checkpoint answers, or a cross-fitted readout where its head knows others.
        tables: features (N, D) by tap; let the image itself be among them.
        labels: (N,) classes as labelled.
        classes: their names.
        seed: of halves, folds and shams.

    Returns:
        The attempt, without arrays where no pair is a pair of twins in both halves; and all pairs that are confused.
    """
    right = np.asarray(answers == labels, np.float64)
    attempt = Attempt(
        name=CAUSE,
        cause=CAUSE,
        title="twin classes counted as one",
        sham_title="the pair that shuffled labels choose, counted as one",
    )
    if len(labels) < 2 * MIN_HALF:
        return replace(attempt, reason=f"wanted {2 * MIN_HALF} labelled images, got {len(labels)}"), ()
    looked = tuple(
        told_apart(tables, labels, pair, confused=share, seed=seed) for pair, share in confused_pairs(answers, labels)
    )
    half = dealt(labels, 2, seeding.generator(seed, CAUSE, "halves"))
    chosen = [_chosen(answers, labels, half == one, looked) for one in (0, 1)]
    both = sorted(set(chosen[0]) & set(chosen[1]))
    if not both:
        return replace(attempt, reason=_why_not(looked, classes)), looked
    after, sham = right.copy(), right.copy()
    for one, pairs in enumerate(chosen):
        judges = half != one
        after[judges] = _merged(answers[judges], labels[judges], pairs)
        sham[judges] = _shams(answers, labels, half == one, len(pairs), seed)
    names = tuple(f"{classes[a]} and {classes[b]}" for a, b in both)
    return replace(attempt, before=right, after=after, sham=sham, details=names), looked


def _chosen(answers: Labels, labels: Labels, fits: NDArray[np.bool_], looked: Sequence[ClassPair]) -> list[Pair]:
    """Pairs that are confused in this half and that nothing tells apart."""
    twins = {one.pair for one in looked if one.twins}
    return [pair for pair, _ in confused_pairs(answers[fits], labels[fits]) if pair in twins]


def _merged(answers: Labels, labels: Labels, pairs: Sequence[Pair]) -> Matrix:
    name = np.arange(int(max(answers.max(), labels.max())) + 1)
    for a, b in pairs:
        name[b] = a
    return np.asarray(name[answers] == name[labels], np.float64)


def _shams(answers: Labels, labels: Labels, fits: NDArray[np.bool_], count: int, seed: int) -> Matrix:
    """(n,) on the other half, the mean over draws of pairs that shuffled labels choose."""
    rng = seeding.generator(seed, CAUSE, "shuffled", int(np.flatnonzero(fits)[0]))
    found = []
    for _ in range(DRAWS):
        pairs = confused_pairs(answers[fits], rng.permutation(labels[fits]), least=0.0)[:count]
        found.append(_merged(answers[~fits], labels[~fits], [pair for pair, _ in pairs]))
    return np.asarray(np.mean(found, axis=0), np.float64)


def _why_not(looked: Sequence[ClassPair], classes: Sequence[str]) -> str:
    if not looked:
        return "no two classes are confused in a fifth of their images"
    one = looked[0]
    names = f"{classes[one.pair[0]]} and {classes[one.pair[1]]}"
    return f"{names} are told apart in {100 * one.apart:.0f} % of {one.n} images at {one.tap}: alike, but no twins"
