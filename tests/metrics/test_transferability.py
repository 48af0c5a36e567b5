"""Transferability scores against golden values, brute force and algebra; what must not matter; what they refuse."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import multivariate_normal
from sklearn.datasets import load_digits

from shiftprobe.metrics import InputError, h_score, leep, log_me, nce
from shiftprobe.metrics import moments as moments_file

GOLDEN: dict[str, Any] = json.loads((Path(__file__).parents[1] / "golden.json").read_text())["transferability"]

Table = NDArray[np.float64]
Labels = NDArray[np.int64]
RNG = np.random.default_rng(0)
TARGET = RNG.permutation(np.arange(60) % 3)
TOLD = TARGET + 2 * (RNG.random(60) < 0.4)  # a source label that knows something of the target's
ANSWERS = RNG.dirichlet(np.ones(5), 60) * 0.5 + 0.5 * np.eye(5)[TOLD]


@pytest.fixture(scope="module")
def digits() -> tuple[Table, Labels]:
    x, y = load_digits(return_X_y=True)
    return x / 16, y


def test_golden_values(digits: tuple[Table, Labels], monkeypatch: pytest.MonkeyPatch) -> None:
    assert log_me(*digits) == pytest.approx(GOLDEN["logme"], abs=1e-12)
    assert h_score(*digits) == pytest.approx(GOLDEN["h_score"], abs=1e-12)
    monkeypatch.setattr(moments_file, "BLOCK", 100)
    assert log_me(*digits) == pytest.approx(GOLDEN["logme"], abs=1e-12)
    assert h_score(*digits) == pytest.approx(GOLDEN["h_score"], abs=1e-12)


def dense_fixed_point(x: Table, wanted: Table) -> float:
    """The authors' steps with whole matrices, without any decomposition; log evidence in nats."""
    n, width = x.shape
    prior = noise = 1.0
    for _ in range(11):
        inverse = np.linalg.inv(prior * np.eye(width) + noise * x.T @ x)
        mean, used, before = noise * inverse @ x.T @ wanted, width - prior * np.trace(inverse), prior / noise
        error = float(np.square(wanted - x @ mean).sum())
        prior, noise = used / float(mean @ mean), (n - used) / error
        if abs(prior / noise - before) < 0.01 * before:
            break
    determinant = np.linalg.slogdet(prior * np.eye(width) + noise * x.T @ x)[1]
    fit = n * np.log(noise / (2 * np.pi)) - noise * error - prior * float(mean @ mean)
    return float(width * np.log(prior) + fit - determinant) / 2


def largest_evidence(x: Table, wanted: Table) -> float:
    """Over all priors and noises, by search; the evidence from the density of the labels itself."""

    def lost(precisions: Table) -> float:
        prior, noise = np.exp(precisions)
        return -float(multivariate_normal.logpdf(wanted, cov=np.eye(len(x)) / noise + x @ x.T / prior))

    return -float(minimize(lost, [0.0, 0.0], method="Nelder-Mead").fun)


@pytest.mark.parametrize(("width", "short"), [(6, 1e-3), (30, 0.01), (50, 0.05)])  # below, at and above N = 30
def test_logme_is_the_authors_fixed_point_and_no_more_than_the_largest_evidence(width: int, short: float) -> None:
    rng = np.random.default_rng(width)
    y = np.arange(30) % 3
    x = rng.normal(size=(30, width)) + 0.5 * np.eye(3, width)[y]
    one_hot = np.eye(3)[y].T
    found = log_me(x, y)
    assert found == pytest.approx(np.mean([dense_fixed_point(x, wanted) for wanted in one_hot]) / 30, rel=1e-9)
    best = np.mean([largest_evidence(x, wanted) for wanted in one_hot]) / 30
    assert best - short < found <= best + 1e-6


@pytest.mark.parametrize("width", [6, 30, 50])
def test_logme_of_tiny_or_huge_features_is_that_of_features_of_size_one(width: int) -> None:
    rng = np.random.default_rng(width)
    x = rng.normal(size=(30, width)) + 0.5 * np.eye(3, width)[np.arange(30) % 3]
    x /= np.sqrt(np.square(x).mean())
    expected = log_me(x, np.arange(30) % 3)
    for unit in (1e-100, 1e-12, 1e-9, 1e-6, 1e-3, 1e3, 1e9, 1e100):
        assert log_me(x * unit, np.arange(30) % 3) == pytest.approx(expected, abs=1e-12)
    with pytest.raises(InputError, match="whose squares overflow; divide by their largest"):
        log_me(x * 1e150, np.arange(30) % 3)


def test_h_score_is_the_trace_of_its_definition() -> None:
    x = RNG.normal(size=(60, 8)) @ RNG.normal(size=(8, 8)) + TARGET[:, None]
    means = np.stack([x[c == TARGET].mean(axis=0) for c in range(3)])[TARGET]
    expected = np.trace(np.linalg.inv(np.cov(x, rowvar=False)) @ np.cov(means, rowvar=False))
    assert h_score(x, TARGET) == pytest.approx(expected, rel=1e-10)


def test_leep_by_brute_force() -> None:
    score = 0.0
    for answer, label in zip(ANSWERS, TARGET, strict=True):
        expected = 0.0
        for z in range(5):
            joint = sum(a[z] for a, y in zip(ANSWERS, TARGET, strict=True) if y == label)
            expected += answer[z] * joint / sum(a[z] for a in ANSWERS)
        score += math.log(expected) / len(TARGET)
    assert leep(ANSWERS, TARGET) == pytest.approx(score, rel=1e-12)


def test_nce_by_brute_force() -> None:
    entropy = 0.0
    for z in set(TOLD.tolist()):
        of_z = TARGET[z == TOLD]
        for y in set(of_z.tolist()):
            share = (of_z == y).mean()
            entropy -= len(of_z) / len(TARGET) * share * math.log(share)
    assert nce(TOLD, TARGET) == pytest.approx(-entropy, rel=1e-12)
    assert leep(np.eye(5)[TOLD], TARGET) == pytest.approx(-entropy, rel=1e-12)


def test_ends_of_the_ranges() -> None:
    informed, ignorant = TARGET + 7, np.zeros(60, np.int64)
    assert nce(informed, TARGET) == 0.0
    assert nce(ignorant, TARGET) == pytest.approx(-math.log(3))
    assert leep(np.full((60, 4), 0.25), TARGET) == pytest.approx(-math.log(3))
    assert leep(np.eye(3)[TARGET], TARGET) == 0.0
    told = np.eye(3)[TARGET] + 1e-4 * RNG.normal(size=(60, 3))
    assert h_score(told, TARGET) == pytest.approx(2.0, abs=1e-4)
    balanced = np.concatenate([np.repeat(RNG.normal(size=(10, 2)), 3, axis=0)])  # the same ten images in each class
    assert h_score(balanced, np.arange(30) % 3) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("score", [log_me, h_score])
def test_features_that_tell_more_score_more(score: Callable[[Table, Labels], float]) -> None:
    noise = RNG.normal(size=(60, 8))
    scores = [score(noise + strength * np.eye(3, 8)[TARGET], TARGET) for strength in (0.0, 1.0, 3.0)]
    assert scores == sorted(scores)
    assert scores[2] > scores[0] + 0.1


@pytest.mark.parametrize("score", [log_me, h_score])
def test_does_not_depend_on_axes_or_the_order_of_images_and_classes(score: Callable[[Table, Labels], float]) -> None:
    x = RNG.normal(size=(60, 8)) + TARGET[:, None]
    rotation, _ = np.linalg.qr(RNG.normal(size=(8, 8)))
    order = RNG.permutation(60)
    for other, labels in (
        (x @ rotation, TARGET), (x[order], TARGET[order]), (x, 2 - TARGET), (np.hstack([x, np.zeros((60, 2))]), TARGET),
    ):  # fmt: skip
        assert score(other, labels) == pytest.approx(score(x, TARGET), rel=1e-9)


def test_h_score_knows_no_units_and_no_doubled_features() -> None:
    x = RNG.normal(size=(60, 8)) + TARGET[:, None]
    expected = h_score(x, TARGET)
    assert h_score(x @ RNG.normal(size=(8, 8)) + 5.0, TARGET) == pytest.approx(expected, rel=1e-8)
    assert h_score(x * 10.0 ** np.arange(-4, 4), TARGET) == pytest.approx(expected, rel=1e-8)
    assert h_score(np.hstack([x, x]), TARGET) == pytest.approx(expected, rel=1e-8)


def test_names_of_source_classes_do_not_matter() -> None:
    assert nce(100 - 3 * TOLD, TARGET) == nce(TOLD, TARGET)
    assert leep(ANSWERS[:, ::-1], TARGET) == pytest.approx(leep(ANSWERS, TARGET), rel=1e-12)
    padded = np.hstack([ANSWERS, np.zeros((60, 3))])
    assert leep(padded, TARGET) == pytest.approx(leep(ANSWERS, TARGET), rel=1e-12)


SCORES: dict[str, Callable[[Labels], float]] = {
    "log_me": lambda y: log_me(np.random.default_rng(0).normal(size=(60, 8)), y),
    "h_score": lambda y: h_score(np.random.default_rng(0).normal(size=(60, 8)), y),
    "leep": lambda y: leep(ANSWERS, y),
    "nce": lambda y: nce(TOLD, y),
}


@pytest.mark.parametrize("name", SCORES)
def test_every_score_refuses_labels_it_cannot_use(name: str) -> None:
    score = SCORES[name]
    with pytest.raises(InputError, match="at least 2 classes"):
        score(np.zeros(60, np.int64))
    with pytest.raises(InputError, match="class 1 has no image"):
        score(np.where(TARGET == 1, 2, TARGET))
    with pytest.raises(InputError, match="numbered from 0, got -1"):
        score(TARGET - 1)
    with pytest.raises(InputError, match="got 60 and 59"):
        score(TARGET[1:])
    with pytest.raises(InputError, match="whole numbers"):
        score(TARGET.astype(float))


@pytest.mark.parametrize("score", [log_me, h_score])
def test_features_that_say_nothing_are_refused(score: Callable[[Table, Labels], float]) -> None:
    for width in (8, 80):
        with pytest.raises(InputError, match="every image has the same features"):
            score(np.full((60, width), 0.1), TARGET)
    with pytest.raises(InputError, match="NaN or infinity"):
        score(np.where(np.arange(8) == 3, np.nan, np.ones((60, 8))), TARGET)


def test_h_score_refuses_features_that_fit_any_labels() -> None:
    for width in (59, 60, 200):
        with pytest.raises(InputError, match=f"60 images in {width} dimensions score C - 1 with any labels"):
            h_score(RNG.normal(size=(60, width)), TARGET)


def test_logme_refuses_features_that_leave_no_noise() -> None:
    with pytest.raises(InputError, match="explain their labels perfectly or not at all"):
        log_me(np.eye(3)[TARGET], TARGET)


@pytest.mark.parametrize("broken", [2 * ANSWERS, ANSWERS - 0.5, np.log(ANSWERS)])
def test_leep_refuses_what_is_no_distribution(broken: Table) -> None:
    with pytest.raises(InputError, match="pass a softmax"):
        leep(broken, TARGET)
