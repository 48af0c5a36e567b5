"""What a linear classifier can read from frozen features."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.core.seeding import generator
from shiftprobe.metrics.checks import InputError, as_labels
from shiftprobe.metrics.intervals import widening, wilson
from shiftprobe.metrics.moments import Labels, Matrix, as_table, blocks
from shiftprobe.metrics.ridge import Spectrum, decompose, leave_one_out, weights

STRENGTHS = (1e-2, 1e-1, 1e0, 1e1, 1e2, 1e3, 1e4, 1e5)


class ProbeScore(NamedTuple):
    """Test accuracy of a linear probe, its 95 % Wilson interval, test images, and ridge strength."""

    accuracy: float
    low: float
    high: float
    n: int
    strength: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedProbe:
    """A linear classifier of features; fitted once, it can judge any number of test sets."""

    weights: Matrix  # (D, C), on the features as they come
    offset: Matrix  # (C,)
    classes: Labels  # (C,) the class numbers that it tells apart
    strength: float  # in scikit-learn's unit (`alpha`), on standardised features


class Gap(Protocol):
    """A difference at a tap; a row is one."""

    @property
    def tap(self) -> str:
        """Where features were read."""
        ...

    @property
    def value(self) -> float | None:
        """The difference; None where it does not exist."""
        ...

    @property
    def low(self) -> float | None:
        """Lower end of the 95 % interval; None when there is no value."""
        ...


def ridge_probe(
    train_x: ArrayLike,
    train_y: ArrayLike,
    test_x: ArrayLike,
    test_y: ArrayLike,
    *,
    strengths: Sequence[float] = STRENGTHS,
) -> ProbeScore:
    """Fit a probe on the training part and judge it on the test part: `fit_probe`, then `score_probe`.

    Args:
        train_x: features of shape (N, D).
        train_y: classes, whole numbers of shape (N,).
        test_x: features of shape (M, D).
        test_y: classes, whole numbers of shape (M,).
        strengths: penalties to choose from, each above 0.

    Returns:
        Accuracy in [0, 1]; one over the number of classes is chance when they are balanced.

    Raises:
        InputError: as `fit_probe` and `score_probe`.
    """
    return score_probe(fit_probe(train_x, train_y, strengths=strengths), test_x, test_y)


def fit_probe(x: ArrayLike, y: ArrayLike, *, strengths: Sequence[float] = STRENGTHS) -> FittedProbe:
    """Ridge classifier on standardised features, its strength chosen by leave-one-out inside the training part.

    The strength with the smallest squared error on images left out wins, the larger one in a tie. Squared error
    and not accuracy: with few images accuracy moves in steps and ties, and picks no better (docs/probes-readout.md).

    Args:
        x: features of shape (N, D), in memory or memory-mapped; features that never change are left out.
        y: classes, whole numbers of shape (N,).
        strengths: penalties to choose from, each above 0, in scikit-learn's unit (`alpha`).

    Raises:
        InputError: when features and labels do not fit together, a value is not finite, all images have the same
            features or the same class, or a strength is not above 0.

    Reference: Hoerl and Kennard, 1970, Technometrics 12(1); probes after Alain and Bengio, 2016,
        arXiv:1610.01644.
    """
    features, labels = _labelled(x, y, "train")
    classes, codes = _classes(labels)
    spectrum = decompose(features, codes[None], len(classes))
    return _fitted(spectrum, classes, 0, _best(spectrum, codes, strengths))


def fit_with_control(
    x: ArrayLike, y: ArrayLike, *, strengths: Sequence[float] = STRENGTHS, seed: int = 0
) -> tuple[FittedProbe, FittedProbe]:
    """A probe, and its control of the same strength, fitted on the same images with their labels shuffled.

    Args:
        x: features of shape (N, D).
        y: classes, whole numbers of shape (N,).
        strengths: penalties to choose from, each above 0; chosen on the true labels.
        seed: which shuffle.

    Raises:
        InputError: as `fit_probe`.

    Reference: Hewitt and Liang, 2019, arXiv:1909.03368 (control tasks).
    """
    features, labels = _labelled(x, y, "train")
    classes, codes = _classes(labels)
    shuffled = codes[generator("probe control", seed).permutation(len(codes))]
    spectrum = decompose(features, np.stack([codes, shuffled]), len(classes))
    strength = _best(spectrum, codes, strengths)
    return _fitted(spectrum, classes, 0, strength), _fitted(spectrum, classes, 1, strength)


def probe_right(probe: FittedProbe, x: ArrayLike, y: ArrayLike) -> NDArray[np.bool_]:
    """Which images a fitted probe gets right.

    Args:
        probe: what is judged.
        x: features of shape (M, D), in memory or memory-mapped.
        y: classes, whole numbers of shape (M,). A class that the probe never met counts as wrong.

    Returns:
        (M,) booleans.

    Raises:
        InputError: when features, labels and probe do not fit together, or a value is not finite.
    """
    features, labels = _labelled(x, y, "test")
    if features.shape[1] != len(probe.weights):
        raise InputError(
            f"train and test must hold the same features, got {len(probe.weights)} and {features.shape[1]}"
        )
    guesses = [(block @ probe.weights + probe.offset).argmax(axis=1) for _, block in blocks(features, "test_x")]
    return np.asarray(probe.classes[np.concatenate(guesses)] == labels)


def score_probe(probe: FittedProbe, x: ArrayLike, y: ArrayLike) -> ProbeScore:
    """Share of images that a fitted probe gets right, in [0, 1], with its 95 % Wilson interval.

    Args:
        probe: what is judged.
        x: features of shape (M, D).
        y: classes, whole numbers of shape (M,).

    Raises:
        InputError: as `probe_right`.
    """
    right = probe_right(probe, x, y)
    count, n = int(right.sum()), len(right)
    return ProbeScore(count / n, *wilson(count, n), n, probe.strength)


def helps_from(gaps: Iterable[Gap]) -> str | None:
    """The first tap from which on every interval of a difference lies above 0, widened for the number of taps.

    Args:
        gaps: differences in depth order with the low ends of their 95 % intervals, such as the `probe_gap` rows of
            one cell. One without a value does not lie above 0.

    Returns:
        The tap's name; None when the deepest interval reaches 0 or there are none.
    """
    known = list(gaps)
    first, wide = None, widening(max(1, len(known)))
    for gap in known:
        if gap.value is None or gap.low is None or gap.value - wide * (gap.value - gap.low) <= 0.0:
            first = None
        elif first is None:
            first = gap.tap
    return first


def _labelled(x: ArrayLike, y: ArrayLike, part: str) -> tuple[NDArray[Any], Labels]:
    features, labels = as_table(x, f"{part}_x"), as_labels(y, f"{part}_y")
    if len(features) != len(labels):
        raise InputError(f"{part}: each image needs a label, got {len(features)} and {len(labels)}")
    return features, labels


def _classes(labels: Labels) -> tuple[Labels, Labels]:
    """The class numbers there are, and each image's place among them."""
    classes, codes = np.unique(labels, return_inverse=True)
    if len(classes) == 1:
        raise InputError(f"a probe needs at least 2 classes to train on, got only class {classes[0]}")
    return classes, codes


def _best(spectrum: Spectrum, codes: Labels, strengths: Sequence[float]) -> float:
    """The strength with the smallest error; the largest of those in a tie."""
    if not strengths or not all(0.0 < s < np.inf for s in strengths):
        raise InputError(f"strengths must be numbers above 0, got {tuple(strengths)}")
    falling = sorted(map(float, strengths), reverse=True)
    return falling[int(leave_one_out(spectrum, codes, falling).argmin())]


def _fitted(spectrum: Spectrum, classes: Labels, labelling: int, strength: float) -> FittedProbe:
    found, offset = weights(spectrum, labelling, strength)
    return FittedProbe(weights=found, offset=offset, classes=classes, strength=strength)
