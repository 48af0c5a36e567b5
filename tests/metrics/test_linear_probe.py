"""The ridge probe against scikit-learn, and what it refuses."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.preprocessing import StandardScaler

from shiftprobe.metrics import InputError, ProbeScore, ridge_probe
from shiftprobe.metrics.linear_probe import _deal, _fit, _predictions

Split = tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]


@pytest.fixture(scope="module")
def digits() -> Split:
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    x, y = x[order], y[order]
    return x[:900], y[:900], x[900:], y[900:]


@pytest.mark.parametrize("n", [40, 900])  # fewer images than features, and more
@pytest.mark.parametrize("strength", [0.1, 30.0])
@pytest.mark.parametrize("classes", [2, 10])
def test_predicts_what_scikit_learn_predicts(digits: Split, n: int, strength: float, classes: int) -> None:
    x, y, held, _ = digits
    x, y = x[y < classes][:n], y[y < classes][:n]
    scaler = StandardScaler().fit(x)
    peer = RidgeClassifier(alpha=strength).fit(scaler.transform(x), y)
    ours = _predictions(_fit(x, np.eye(classes)[y]), held, [strength])[0]
    assert np.array_equal(ours, peer.predict(scaler.transform(held)))


def test_the_score_is_that_of_its_strength_on_the_test_part(digits: Split) -> None:
    x, y, held, truth = digits
    score = ridge_probe(*digits)
    scaler = StandardScaler().fit(x)
    peer = RidgeClassifier(alpha=score.strength).fit(scaler.transform(x), y)
    assert score.accuracy == peer.score(scaler.transform(held), truth)
    assert score.low < score.accuracy < score.high
    assert score.n == len(truth)


def test_is_close_to_logistic_regression(digits: Split) -> None:
    x, y, held, truth = digits
    scaler = StandardScaler().fit(x)
    peer = LogisticRegression(max_iter=2000).fit(scaler.transform(x), y)
    assert ridge_probe(*digits).accuracy == pytest.approx(peer.score(scaler.transform(held), truth), abs=0.05)


def test_cross_validation_avoids_strengths_that_fit_noise() -> None:
    rng = np.random.default_rng(3)
    y = np.tile([0, 1], 60)
    x = rng.normal(size=(120, 100)) + 0.4 * y[:, None] * (np.arange(100) < 10)
    test_y = np.tile([0, 1], 1000)
    test_x = rng.normal(size=(2000, 100)) + 0.4 * test_y[:, None] * (np.arange(100) < 10)
    chosen = ridge_probe(x, y, test_x, test_y)
    weak = ridge_probe(x, y, test_x, test_y, strengths=[1e-2])
    assert chosen.strength > 1.0
    assert chosen.accuracy > weak.accuracy + 0.02


def test_a_tie_goes_to_the_larger_strength() -> None:
    x = np.array([[-1.0], [1.0]] * 10)
    y = np.array([0, 1] * 10)
    assert ridge_probe(x, y, x, y, strengths=[1.0, 10.0, 0.1]) == ProbeScore(1.0, *ridge_probe(x, y, x, y)[1:4], 10.0)


@pytest.mark.parametrize(
    "change",
    [lambda x: 1e3 * x - 7.0, lambda x: np.hstack([x, np.full((len(x), 2), 0.1)]), lambda x: x[:, ::-1]],
    ids=["scaled and moved", "constant features added", "features reordered"],
)
def test_does_not_depend_on_units_dead_features_or_order(
    digits: Split, change: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> None:
    x, y, held, truth = digits
    assert ridge_probe(change(x), y, change(held), truth) == ridge_probe(*digits)


def test_class_numbers_are_names_only(digits: Split) -> None:
    x, y, held, truth = digits
    assert ridge_probe(x, 7 * y + 3, held, 7 * truth + 3) == ridge_probe(*digits)


def test_folds_hold_a_like_share_of_every_class_and_obey_the_seed() -> None:
    codes = np.repeat([0, 1, 2], [50, 25, 5])
    fold = _deal(codes, 5, seed=1)
    counts = [np.bincount(codes[fold == part], minlength=3).tolist() for part in range(5)]
    assert counts == [[10, 5, 1]] * 5
    assert np.array_equal(fold, _deal(codes, 5, seed=1))
    assert not np.array_equal(fold, _deal(codes, 5, seed=2))


def test_a_class_never_seen_in_training_counts_as_wrong() -> None:
    x = np.array([[-1.0], [1.0]] * 10)
    score = ridge_probe(x, np.array([0, 1] * 10), np.array([[-1.0], [1.0]]), np.array([0, 2]))
    assert score.accuracy == 0.5


def test_refuses_what_cannot_be_probed(digits: Split) -> None:
    x, y, held, truth = digits
    with pytest.raises(InputError, match="got only class 4"):
        ridge_probe(x, np.full_like(y, 4), held, truth)
    with pytest.raises(InputError, match="same features, got 64 and 63"):
        ridge_probe(x, y, held[:, 1:], truth)
    with pytest.raises(InputError, match="train: each image needs a label, got 900 and 899"):
        ridge_probe(x, y[1:], held, truth)
    with pytest.raises(InputError, match="test_x holds NaN"):
        ridge_probe(x, y, np.full_like(held, np.nan), truth)
    with pytest.raises(InputError, match="whole numbers"):
        ridge_probe(x, y.astype(float), held, truth)


@pytest.mark.parametrize("folds", [1, 901])
def test_refuses_folds_that_leave_nothing_to_learn_from(digits: Split, folds: int) -> None:
    with pytest.raises(InputError, match=f"900 training images, got {folds}"):
        ridge_probe(*digits, folds=folds)


@pytest.mark.parametrize("strengths", [[], [0.0], [1.0, -1.0], [float("nan")], [float("inf")]])
def test_refuses_strengths_that_are_none(digits: Split, strengths: list[float]) -> None:
    with pytest.raises(InputError, match="numbers above 0"):
        ridge_probe(*digits, strengths=strengths)


def test_a_feature_dead_in_training_says_nothing_when_it_wakes_up(digits: Split) -> None:
    x, y, held, truth = digits
    dead = np.hstack([x, np.full((len(x), 1), 0.1)])
    awake = np.hstack([held, np.random.default_rng(0).normal(size=(len(held), 1))])
    assert ridge_probe(dead, y, awake, truth) == ridge_probe(*digits)
