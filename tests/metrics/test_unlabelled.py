from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import softmax
from scipy.stats import entropy

from shiftprobe.metrics import InputError
from shiftprobe.metrics.unlabelled import (
    agreement,
    confidence_gap,
    confidence_threshold,
    corrected_confidence,
    negative_entropy,
    possible,
    share_change,
    thresholded_confidence,
)

Table = NDArray[np.float64]
Labels = NDArray[np.int64]

N, CLASSES = 400, 5
EVEN = np.full(CLASSES, 1 / CLASSES)


def answers(n: int = N, *, seed: int = 0, skill: float = 2.0) -> tuple[Table, Labels]:
    """Logits that are calibrated by construction: the labels are drawn from their own probabilities."""
    rng = np.random.default_rng(seed)
    logits = skill * rng.normal(size=(n, CLASSES))
    draws = rng.random(n)[:, None]
    return logits, (softmax(logits, axis=1).cumsum(axis=1) < draws).sum(axis=1).astype(np.int64)


def accuracy(logits: Table, labels: Labels) -> float:
    return float((logits.argmax(axis=1) == labels).mean())


def test_negative_entropy_is_minus_scipys() -> None:
    logits, _ = answers()
    assert negative_entropy(logits) == pytest.approx(-entropy(softmax(logits, axis=1), axis=1))
    assert negative_entropy([[0.0, 0.0, 0.0], [1e4, 0.0, 0.0]]) == pytest.approx([-np.log(3), 0.0])


def test_atc_agrees_with_the_papers_recipe() -> None:
    """The threshold makes the share below it the error on known images; accuracy elsewhere is the share above."""
    logits, labels = answers()
    others, _ = answers(seed=1, skill=1.0)
    errors = int((logits.argmax(axis=1) != labels).sum())
    scores = sorted(-entropy(softmax(logits, axis=1), axis=1))
    limit = (scores[errors - 1] + scores[errors]) / 2  # between the last that counts as wrong and the first as right
    expected = np.mean(-entropy(softmax(others, axis=1), axis=1) > limit)
    found = thresholded_confidence(others, confidence_threshold(logits, labels)).mean()
    assert found == pytest.approx(expected, abs=2 / N)  # those between the two scores
    assert 0.1 < found < 0.9


def test_atc_gives_back_the_accuracy_of_the_images_it_was_fitted_on() -> None:
    logits, labels = answers()
    weights = thresholded_confidence(logits, confidence_threshold(logits, labels))
    assert weights.mean() == pytest.approx(accuracy(logits, labels), abs=1e-12)


def test_a_network_that_is_never_right_has_no_threshold_that_is_reached() -> None:
    logits, _ = answers()
    wrong = (logits.argmax(axis=1) + 1) % CLASSES
    assert thresholded_confidence(logits, confidence_threshold(logits, wrong)).sum() == 0


def test_difference_of_confidences_is_exact_when_the_gap_stays() -> None:
    logits, labels = answers()
    gap = confidence_gap(logits, labels)
    assert corrected_confidence(logits, gap).mean() == pytest.approx(accuracy(logits, labels), abs=0.01)  # some clipped
    sure = np.where(np.arange(CLASSES) == 1, 50.0, np.zeros((4, CLASSES)))  # confidence 1, three of four right
    assert confidence_gap(sure, [1, 1, 1, 0]) == pytest.approx(-0.25)
    assert corrected_confidence(sure, -0.25).mean() == pytest.approx(0.75)


def test_perfect_calibration_has_no_gap_and_carries_over() -> None:
    logits, labels = answers(40_000)
    others, truth = answers(40_000, seed=1, skill=1.0)
    assert confidence_gap(logits, labels) == pytest.approx(0, abs=0.01)
    assert corrected_confidence(others, 0.0).mean() == pytest.approx(accuracy(others, truth), abs=0.01)


def test_agreement_counts_equal_answers() -> None:
    assert agreement([0, 1, 2, 2], [0, 2, 2, 1]).tolist() == [1, 0, 1, 0]


def by_hand(weights: Table, predictions: Labels, shares: Table) -> float:
    total = 0.0
    for k, share in enumerate(shares):
        most = share + (share * (1 - share) / len(weights)) ** 0.5
        total += min(sum(w for w, p in zip(weights, predictions, strict=True) if p == k) / len(weights), most)
    return total


def test_possible_agrees_with_a_plain_loop() -> None:
    rng = np.random.default_rng(0)
    weights, predictions = rng.random(N), rng.choice(CLASSES, N, p=[0.6, 0.2, 0.1, 0.1, 0.0])
    assert possible(weights, predictions, EVEN) == pytest.approx(by_hand(weights, predictions, EVEN))
    assert possible(weights, predictions, EVEN) < weights.mean()


def test_no_labels_with_these_shares_are_ever_more_right_than_possible() -> None:
    rng = np.random.default_rng(1)
    labels = np.arange(N) % CLASSES
    for _ in range(50):
        predictions = np.where(rng.random(N) < rng.random(), labels, rng.integers(0, rng.integers(1, 6), N))
        right = (labels == predictions).astype(float)
        assert possible(right, predictions, EVEN) == pytest.approx(right.mean())
        assert possible(np.ones(N), predictions, EVEN) >= right.mean()


def test_a_network_that_piles_up_is_cut_to_the_share_of_its_class() -> None:
    piled = np.zeros(10_000, int)
    assert possible(np.ones(10_000), piled, EVEN) == pytest.approx(0.2, abs=0.005)
    assert share_change(piled, EVEN) == pytest.approx(0.8)
    assert share_change(np.arange(N) % CLASSES, EVEN) == 0


def test_what_each_class_is_called_and_the_order_of_images_change_nothing() -> None:
    rng = np.random.default_rng(2)
    weights, predictions, turn = rng.random(N), rng.integers(0, 2, N), rng.permutation(N)
    shares, names = np.array([0.5, 0.2, 0.1, 0.1, 0.1]), np.array([3, 1, 4, 0, 2])
    renamed = np.empty(CLASSES)
    renamed[names] = shares
    expected = possible(weights, predictions, shares)
    assert possible(weights[turn], names[predictions][turn], renamed) == pytest.approx(expected)
    assert share_change(names[predictions], renamed) == pytest.approx(share_change(predictions, shares))


def test_a_constant_added_to_every_logit_of_an_image_changes_nothing() -> None:
    logits, labels = answers()
    moved = logits + np.linspace(-30, 30, N)[:, None]
    assert negative_entropy(moved) == pytest.approx(negative_entropy(logits))
    assert confidence_threshold(moved, labels) == pytest.approx(confidence_threshold(logits, labels))
    assert confidence_gap(moved, labels) == pytest.approx(confidence_gap(logits, labels))


REFUSED: dict[str, Callable[[], object]] = {
    "each image needs logits and a label, got 400 and 399": lambda: confidence_gap(answers()[0], answers()[1][1:]),
    "logits holds NaN": lambda: negative_entropy([[np.nan, 0.0]]),
    "answer of both, got 2 and 1": lambda: agreement([0, 1], [0]),
    "add up to 1": lambda: possible([1.0], [0], [0.5, 0.4]),
    r"a weight and a prediction, got \(1,\) and \(2,\)": lambda: possible([1.0], [0, 1], [0.5, 0.5]),
    "between 0 and 1, got 2": lambda: possible([1.0], [2], [0.5, 0.5]),
    "between 0 and 1, got 5": lambda: share_change([5], [0.5, 0.5]),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_cannot_be_computed_is_refused(message: str) -> None:
    with pytest.raises(InputError, match=message):
        REFUSED[message]()
