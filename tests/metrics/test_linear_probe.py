"""The linear probe against scikit-learn and plain algebra, what must not matter to it, and what it refuses."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression, RidgeClassifier, RidgeClassifierCV
from sklearn.preprocessing import StandardScaler

from shiftprobe.metrics import (
    InputError,
    fit_probe,
    fit_with_control,
    probe_right,
    ridge_probe,
    score_probe,
    wilson,
)
from shiftprobe.metrics import moments as moments_file
from shiftprobe.metrics import ridge as ridge_file
from shiftprobe.metrics.ridge import decompose, leave_one_out

Table = NDArray[np.float64]
Split = tuple[Table, NDArray[np.int64], Table, NDArray[np.int64]]


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
    x, y, held, truth = digits
    x, y = x[y < classes][:n], y[y < classes][:n]
    scaler = StandardScaler().fit(x)
    peer = RidgeClassifier(alpha=strength).fit(scaler.transform(x), y)
    ours = probe_right(fit_probe(x, y, strengths=[strength]), held, truth)
    assert np.array_equal(ours, peer.predict(scaler.transform(held)) == truth)


@pytest.mark.parametrize("n", [40, 900])
@pytest.mark.parametrize("strength", [1e-2, 1.0, 1e5])
def test_its_weights_solve_the_normal_equations(digits: Split, n: int, strength: float) -> None:
    x, y = digits[0][:n], digits[1][:n]
    alive = x.std(axis=0) > 0
    z = (x - x.mean(axis=0))[:, alive] / x.std(axis=0)[alive]
    wanted = np.eye(10)[y] - np.eye(10)[y].mean(axis=0)
    explicit = np.linalg.solve(z.T @ z + strength * np.eye(z.shape[1]), z.T @ wanted)
    probe = fit_probe(x, y, strengths=[strength])
    assert probe.weights[alive] == pytest.approx(explicit / x.std(axis=0)[alive, None], abs=1e-9)
    assert not probe.weights[~alive].any()
    assert x.mean(axis=0) @ probe.weights + probe.offset == pytest.approx(np.eye(10)[y].mean(axis=0), abs=1e-9)


def left_out(x: Table, y: NDArray[np.int64], strength: float) -> Table:
    """The squared error of each image, predicted by a probe that was fitted on all others."""
    z, one_hot, errors = StandardScaler().fit_transform(x), np.eye(10)[y], []
    for i in range(len(x)):
        kept = np.arange(len(x)) != i
        mean, share = z[kept].mean(axis=0), one_hot[kept].mean(axis=0)
        system = (z[kept] - mean).T @ (z[kept] - mean) + strength * np.eye(z.shape[1])
        weights = np.linalg.solve(system, (z[kept] - mean).T @ (one_hot[kept] - share))
        errors.append(np.square(one_hot[i] - share - (z[i] - mean) @ weights).sum())
    return np.array(errors)


@pytest.mark.parametrize("n", [40, 200])
@pytest.mark.parametrize("judges", [1024, 25])
def test_leave_one_out_is_what_leaving_each_out_gives(
    digits: Split, monkeypatch: pytest.MonkeyPatch, n: int, judges: int
) -> None:
    monkeypatch.setattr(ridge_file, "JUDGED", judges)
    x, y = digits[0][:n], digits[1][:n]
    spectrum = decompose(x, y[None], 10)
    assert len(set(spectrum.judged.tolist())) == min(n, judges)
    assert leave_one_out(spectrum, y, [3.0]) == pytest.approx([left_out(x, y, 3.0)[spectrum.judged].mean()], rel=1e-9)


@pytest.mark.parametrize("n", [30, 80, 200, 900])
def test_chooses_the_strength_that_scikit_learn_chooses(digits: Split, n: int) -> None:
    x, y = digits[0][:n], digits[1][:n]
    peer = RidgeClassifierCV(alphas=[10.0**power for power in range(-2, 6)]).fit(StandardScaler().fit_transform(x), y)
    assert fit_probe(x, y).strength == peer.alpha_


def test_the_score_is_that_of_its_strength_on_the_test_part(digits: Split) -> None:
    x, y, held, truth = digits
    score = ridge_probe(*digits)
    scaler = StandardScaler().fit(x)
    peer = RidgeClassifier(alpha=score.strength).fit(scaler.transform(x), y)
    assert score.accuracy == peer.score(scaler.transform(held), truth)
    assert (score.low, score.high) == wilson(round(score.accuracy * len(truth)), len(truth))
    assert score.n == len(truth)


def test_is_close_to_logistic_regression(digits: Split) -> None:
    x, y, held, truth = digits
    scaler = StandardScaler().fit(x)
    peer = LogisticRegression(max_iter=2000).fit(scaler.transform(x), y)
    assert ridge_probe(*digits).accuracy == pytest.approx(peer.score(scaler.transform(held), truth), abs=0.05)


def test_leaving_out_avoids_strengths_that_fit_noise() -> None:
    rng = np.random.default_rng(3)
    y = np.tile([0, 1], 60)
    x = rng.normal(size=(120, 100)) + 0.4 * y[:, None] * (np.arange(100) < 10)
    test_y = np.tile([0, 1], 1000)
    test_x = rng.normal(size=(2000, 100)) + 0.4 * test_y[:, None] * (np.arange(100) < 10)
    chosen = ridge_probe(x, y, test_x, test_y)
    weak = ridge_probe(x, y, test_x, test_y, strengths=[1e-2])
    assert chosen.strength > 1.0
    assert chosen.accuracy > weak.accuracy + 0.02


def test_a_tie_goes_to_the_larger_strength(monkeypatch: pytest.MonkeyPatch, digits: Split) -> None:
    monkeypatch.setattr("shiftprobe.metrics.linear_probe.leave_one_out", lambda _s, _c, falling: np.zeros(len(falling)))
    assert fit_probe(*digits[:2], strengths=[1.0, 10.0, 0.1]).strength == 10.0


def test_one_fit_judges_many_test_sets(digits: Split) -> None:
    x, y, held, truth = digits
    probe = fit_probe(x, y)
    for moved in (held, np.roll(held.reshape(-1, 8, 8), 1, axis=2).reshape(-1, 64)):
        assert score_probe(probe, moved, truth) == ridge_probe(x, y, moved, truth)


@pytest.mark.parametrize(
    "change",
    [
        lambda x: 1e3 * x - 7.0,
        lambda x: 1e-6 * x + 3.0,
        lambda x: np.hstack([x, np.full((len(x), 2), 0.1)]),
        lambda x: x[:, ::-1],
        lambda x: np.hstack([x, x]),
    ],
    ids=["scaled and moved", "shrunk and moved", "constant features added", "features reordered", "features twice"],
)
@pytest.mark.parametrize("n", [50, 900])
def test_does_not_depend_on_units_dead_features_or_order(
    digits: Split, change: Callable[[Table], Table], n: int
) -> None:
    x, y, held, truth = digits
    x, y = x[:n], y[:n]
    twice = change(x).shape[1] == 128  # a ridge shares a weight between two copies: half of it is paid for
    one, other = fit_probe(x, y, strengths=[10.0]), fit_probe(change(x), y, strengths=[20.0 if twice else 10.0])
    assert np.array_equal(probe_right(one, held, truth), probe_right(other, change(held), truth))


def test_the_order_of_the_images_and_the_numbers_of_the_classes_do_not_matter(digits: Split) -> None:
    x, y, held, truth = digits
    order = np.random.default_rng(1).permutation(len(x))
    assert ridge_probe(x[order], y[order], held, truth) == ridge_probe(*digits)
    assert ridge_probe(x, 7 * y + 3, held, 7 * truth + 3) == ridge_probe(*digits)


def test_blocks_do_not_matter_and_features_may_lie_on_disk(
    digits: Split, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    x, y, held, truth = digits
    whole = fit_probe(x.astype(np.float32), y)
    np.save(tmp_path / "x.npy", x.astype(np.float32))
    monkeypatch.setattr(moments_file, "BLOCK", 128)
    stored = fit_probe(np.load(tmp_path / "x.npy", mmap_mode="r"), y)
    assert stored.strength == whole.strength
    assert stored.weights == pytest.approx(whole.weights, abs=1e-10)
    assert np.array_equal(probe_right(stored, held, truth), probe_right(whole, held, truth))


def test_the_control_is_a_probe_of_shuffled_labels_at_the_same_strength(digits: Split) -> None:
    x, y, held, truth = digits
    probe, control = fit_with_control(x, y, seed=4)
    alone = fit_probe(x, y)
    assert (probe.strength, control.strength) == (alone.strength, alone.strength)
    assert probe.weights == pytest.approx(alone.weights, abs=1e-12)
    assert score_probe(probe, held, truth).accuracy > 0.9
    assert score_probe(control, held, truth).accuracy < 0.25
    shuffles = [fit_with_control(x, y, seed=seed)[1].weights for seed in (4, 5)]
    assert np.array_equal(control.weights, shuffles[0])
    assert not np.allclose(control.weights, shuffles[1])


def test_a_class_never_seen_in_training_counts_as_wrong() -> None:
    x = np.array([[-1.0], [1.0]] * 10)
    score = ridge_probe(x, np.array([0, 1] * 10), np.array([[-1.0], [1.0]]), np.array([0, 2]))
    assert score.accuracy == 0.5


def test_a_feature_dead_in_training_says_nothing_when_it_wakes_up(digits: Split) -> None:
    x, y, held, truth = digits
    dead = np.hstack([x, np.full((len(x), 1), 0.1)])
    awake = np.hstack([held, np.random.default_rng(0).normal(size=(len(held), 1))])
    assert ridge_probe(dead, y, awake, truth) == ridge_probe(*digits)


@pytest.mark.parametrize("n", [30, 900])  # both ways to decompose
def test_refuses_what_cannot_be_probed(digits: Split, n: int) -> None:
    x, y, held, truth = digits
    x, y = x[:n], y[:n]
    with pytest.raises(InputError, match="got only class 4"):
        ridge_probe(x, np.full_like(y, 4), held, truth)
    with pytest.raises(InputError, match="same features, got 64 and 63"):
        ridge_probe(x, y, held[:, 1:], truth)
    with pytest.raises(InputError, match=f"train: each image needs a label, got {n} and {n - 1}"):
        ridge_probe(x, y[1:], held, truth)
    with pytest.raises(InputError, match="train_x holds NaN"):
        fit_probe(np.where(np.arange(64) == 7, np.inf, x), y)
    with pytest.raises(InputError, match="test_x holds NaN"):
        ridge_probe(x, y, np.full_like(held, np.nan), truth)
    with pytest.raises(InputError, match="whole numbers"):
        ridge_probe(x, y.astype(float), held, truth)
    with pytest.raises(InputError, match="every training image has the same features"):
        fit_probe(np.full_like(x, 0.1), y)
    with pytest.raises(InputError, match=r"shape \(images, features\), got float64 of \(64,\)"):
        fit_probe(x[0], y)


@pytest.mark.parametrize("strengths", [[], [0.0], [1.0, -1.0], [float("nan")], [float("inf")]])
def test_refuses_strengths_that_are_none(digits: Split, strengths: Sequence[float]) -> None:
    with pytest.raises(InputError, match="numbers above 0"):
        ridge_probe(*digits, strengths=strengths)
