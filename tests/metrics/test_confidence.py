"""Calibration against loops and scikit-learn; what must not matter; coverage; what it refuses."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import softmax as reference_softmax
from sklearn.metrics import brier_score_loss, log_loss

from shiftprobe.metrics import (
    InputError,
    brier_score,
    calibration_error,
    confidence_bins,
    cumulative_error,
    mean_confidence,
    negative_log_likelihood,
    overconfidence,
    softmax,
    temperature,
)

RNG = np.random.default_rng(0)
N, C = 400, 5
LABELS = np.arange(N) % C
LOGITS = RNG.normal(size=(N, C)) * 2 + 1.5 * np.eye(C)[LABELS]

Measure = Callable[[NDArray[np.floating], NDArray[np.int64]], float]
MEASURES: dict[str, Measure] = {
    "ece": calibration_error,
    "cumulative": cumulative_error,
    "brier": brier_score,
    "nll": negative_log_likelihood,
    "overconfidence": lambda logits, labels: overconfidence(logits, labels).value,
    "temperature": temperature,
    "confidence": lambda logits, _labels: mean_confidence(logits),
}


def test_the_calibration_error_is_that_of_a_loop_over_images_and_bins() -> None:
    probabilities = reference_softmax(LOGITS, axis=1)
    error, table = 0.0, []
    for b in range(1, 16):
        inside = [i for i in range(N) if (b - 1) / 15 < max(probabilities[i]) <= b / 15]
        confidence = sum(max(probabilities[i]) for i in inside)
        right = sum(probabilities[i].argmax() == LABELS[i] for i in inside)
        table.append([len(inside), confidence, right])
        error += abs(confidence - right) / N
    assert calibration_error(LOGITS, LABELS) == pytest.approx(error, rel=1e-12)
    assert confidence_bins(LOGITS, LABELS) == pytest.approx(np.array(table), rel=1e-12)


def test_the_error_without_bins_is_that_of_a_loop() -> None:
    probabilities = reference_softmax(LOGITS, axis=1)
    images = sorted((max(p), p.argmax() == y) for p, y in zip(probabilities, LABELS, strict=True))
    total, largest = 0.0, 0.0
    for confidence, right in images:
        total += confidence - right
        largest = max(largest, abs(total))
    assert cumulative_error(LOGITS, LABELS) == pytest.approx(largest / N, rel=1e-12)
    assert largest / N >= abs(overconfidence(LOGITS, LABELS).value)


def test_images_of_equal_confidence_count_together() -> None:
    logits = np.tile([math.log(3.0), 0.0], (4, 1))  # confidence .75, three of four right
    for labels in ([0, 0, 0, 1], [1, 0, 0, 0]):
        assert cumulative_error(logits, np.array(labels)) == pytest.approx(0.0, abs=1e-15)


def test_scores_are_those_of_scikit_learn() -> None:
    probabilities = reference_softmax(LOGITS, axis=1)
    assert softmax(LOGITS) == pytest.approx(probabilities, rel=1e-12)
    assert negative_log_likelihood(LOGITS, LABELS) == pytest.approx(log_loss(LABELS, probabilities), rel=1e-12)
    peer = brier_score_loss(LABELS, probabilities, labels=np.arange(C))
    assert brier_score(LOGITS, LABELS) == pytest.approx(peer, rel=1e-12)
    assert mean_confidence(LOGITS) == pytest.approx(probabilities.max(axis=1).mean(), rel=1e-12)


def test_overconfidence_is_confidence_less_accuracy_inside_its_interval() -> None:
    found = overconfidence(LOGITS, LABELS)
    accuracy = (LOGITS.argmax(axis=1) == LABELS).mean()
    assert found.value == pytest.approx(mean_confidence(LOGITS) - accuracy, abs=1e-12)
    assert found.low < found.value < found.high
    assert found.n == N
    sure = overconfidence(50.0 * np.eye(C)[LABELS], LABELS)
    assert sure.value == pytest.approx(0.0, abs=1e-9)
    assert sure.high == pytest.approx(1.96 * math.sqrt(2) / N, rel=0.05)  # the width that two images in N + 2 leave


@pytest.mark.parametrize(("n", "shape"), [(30, (2, 1)), (100, (30, 0.7)), (1000, (2, 1))])
def test_the_interval_holds_a_calibrated_network_at_least_as_often_as_it_says(
    n: int, shape: tuple[float, float]
) -> None:
    rng = np.random.default_rng(n)
    held = 0
    for _ in range(400):
        chance = np.clip(0.5 + 0.5 * rng.beta(*shape, n), 0.5, 1 - 1e-12)
        logits = np.stack([np.log(chance / (1 - chance)), np.zeros(n)], axis=1)
        found = overconfidence(logits, (rng.random(n) > chance).astype(np.int64))
        held += found.low <= 0.0 <= found.high
    assert held / 400 >= 0.93


def test_the_temperature_is_where_the_likelihood_is_best() -> None:
    best = minimize_scalar(
        lambda t: log_loss(LABELS, reference_softmax(LOGITS / t, axis=1)), bounds=(0.05, 20), method="bounded"
    )
    assert temperature(LOGITS, LABELS) == pytest.approx(best.x, rel=1e-4)
    assert temperature(3.0 * LOGITS, LABELS) == pytest.approx(3.0 * temperature(LOGITS, LABELS), rel=1e-9)


def test_the_temperature_of_a_calibrated_network_is_one() -> None:
    rng = np.random.default_rng(5)
    logits = rng.normal(size=(20_000, 3))
    drawn = (reference_softmax(logits, axis=1).cumsum(axis=1) < rng.random((20_000, 1))).sum(axis=1)
    assert temperature(logits, drawn) == pytest.approx(1.0, abs=0.05)
    assert calibration_error(logits, drawn) < 0.02
    assert calibration_error(4.0 * logits, drawn) > 0.2


@pytest.mark.parametrize("name", MEASURES)
def test_does_not_depend_on_the_order_of_images_and_classes_or_a_constant(name: str) -> None:
    measure, order, classes = MEASURES[name], RNG.permutation(N), RNG.permutation(C)
    expected = pytest.approx(measure(LOGITS, LABELS), rel=1e-9)
    assert measure(LOGITS[order], LABELS[order]) == expected
    assert measure(LOGITS[:, classes], np.argsort(classes)[LABELS]) == expected
    assert measure(LOGITS + RNG.normal(size=(N, 1)) * 100.0, LABELS) == expected


def test_ends_of_the_ranges() -> None:
    right, wrong, even = 1e4 * np.eye(C)[LABELS], 1e4 * np.eye(C)[(LABELS + 1) % C], np.zeros((N, C))
    assert [brier_score(logits, LABELS) for logits in (right, wrong)] == [0.0, 2.0]
    assert brier_score(even, LABELS) == pytest.approx(1 - 1 / C)
    assert [negative_log_likelihood(logits, LABELS) for logits in (right, wrong)] == [0.0, 1e4]  # no overflow
    assert negative_log_likelihood(even, LABELS) == pytest.approx(math.log(C))
    assert [calibration_error(logits, LABELS) for logits in (right, wrong)] == [0.0, 1.0]
    assert [cumulative_error(logits, LABELS) for logits in (right, wrong)] == [0.0, 1.0]
    assert mean_confidence(even) == pytest.approx(1 / C)
    assert confidence_bins(right, LABELS)[-1].tolist() == [N, N, N]
    assert confidence_bins(np.zeros((4, 2)), np.array([0, 0, 0, 1]), 2).tolist() == [[4, 2, 3], [0, 0, 0]]  # .5 is low


def test_float32_logits_give_the_same_numbers() -> None:
    small = LOGITS.astype(np.float32)
    for measure in MEASURES.values():
        assert measure(small, LABELS) == measure(small.astype(np.float64), LABELS)


@pytest.mark.parametrize("name", [name for name in MEASURES if name != "confidence"])
def test_refuses_labels_and_logits_that_do_not_fit(name: str) -> None:
    measure = MEASURES[name]
    with pytest.raises(InputError, match="got 400 and 399"):
        measure(LOGITS, LABELS[1:])
    with pytest.raises(InputError, match="between 0 and 3, got 0 to 4"):
        measure(LOGITS[:, :4], LABELS)
    with pytest.raises(InputError, match="got -1 to 3"):
        measure(LOGITS, LABELS - 1)
    with pytest.raises(InputError, match="NaN"):
        measure(np.where(np.arange(C) == 2, np.nan, LOGITS), LABELS)


def test_refuses_no_bins_and_temperatures_that_do_not_exist() -> None:
    with pytest.raises(InputError, match="bins must be 1 or more, got 0"):
        calibration_error(LOGITS, LABELS, 0)
    for logits in (np.eye(C)[LABELS], np.zeros((N, C)), -LOGITS * np.eye(C)[LABELS] ** 2 - 9 * np.eye(C)[LABELS]):
        with pytest.raises(InputError, match="no temperature is best"):
            temperature(logits, LABELS)
