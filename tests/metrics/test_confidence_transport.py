import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog
from scipy.special import softmax

from shiftprobe.metrics import InputError
from shiftprobe.metrics.confidence_transport import thresholded_transport, transport_threshold, transported_confidence

Table = NDArray[np.float64]

N, CLASSES = 120, 4
SHARES = np.array([0.4, 0.3, 0.2, 0.1])


def logits(n: int = N, *, seed: int = 0, piled: float = 0.0) -> Table:
    drawn = np.random.default_rng(seed).normal(size=(n, CLASSES))
    return np.asarray(2.0 * drawn + np.array([piled, 0.0, 0.0, 0.0]))


def least_cost(probabilities: Table, shares: Table) -> float:
    """The transport problem as the linear program it is: images to labels, the largest difference as the cost."""
    n, classes = probabilities.shape
    costs = np.abs(probabilities[:, None] - np.eye(classes)[None]).max(axis=2)
    images = sparse.kron(sparse.eye(n), np.ones((1, classes)))
    labels = sparse.kron(np.ones((1, n)), sparse.eye(classes))
    bounds = np.concatenate([np.full(n, 1 / n), shares])
    return float(linprog(costs.ravel(), A_eq=sparse.vstack([images, labels]), b_eq=bounds).fun)


@pytest.mark.parametrize("piled", [0.0, 3.0])
def test_its_mean_is_one_less_the_least_cost_of_the_linear_program(piled: float) -> None:
    table = logits(piled=piled)
    found = transported_confidence(table, SHARES)
    assert found.mean() == pytest.approx(1 - least_cost(softmax(table, axis=1), SHARES), abs=1e-6)


def test_a_network_that_names_one_class_is_believed_as_far_as_the_class_occurs() -> None:
    sure = np.tile([50.0, 0.0, 0.0, 0.0], (N, 1))
    assert transported_confidence(sure, SHARES).mean() == pytest.approx(0.4, abs=1e-6)


def test_sure_answers_in_the_classes_shares_keep_their_confidence() -> None:
    labels = np.repeat(np.arange(CLASSES), (48, 36, 24, 12))
    table = 3.0 * np.eye(CLASSES)[labels]
    assert transported_confidence(table, SHARES) == pytest.approx(softmax(table, axis=1).max(axis=1))


def test_neither_a_constant_per_image_nor_the_order_matters() -> None:
    table, turn = logits(), np.random.default_rng(1).permutation(N)
    found = transported_confidence(table, SHARES)
    moved = transported_confidence(table + np.linspace(-9, 9, N)[:, None], SHARES)
    assert moved == pytest.approx(found, abs=1e-9)
    assert transported_confidence(table[turn], SHARES).mean() == pytest.approx(found.mean())


def test_many_images_are_matched_in_parts_without_moving_the_mean() -> None:
    table = logits(2400, piled=1.0)
    whole = 1 - least_cost(softmax(table, axis=1), SHARES)
    assert transported_confidence(table, SHARES).mean() == pytest.approx(whole, abs=0.01)


def test_cott_gives_back_the_accuracy_of_the_images_it_was_fitted_on() -> None:
    table = logits()
    labels = (softmax(table, axis=1).cumsum(axis=1) < np.random.default_rng(2).random(N)[:, None]).sum(axis=1)
    threshold = transport_threshold(table, labels)
    shares = np.bincount(labels, minlength=CLASSES) / N
    found = thresholded_transport(transported_confidence(table, shares), threshold)
    assert found == pytest.approx((table.argmax(axis=1) == labels).mean(), abs=1 / N)
    assert 0.3 < found < 0.95


def test_where_no_answer_is_right_none_reaches_the_threshold() -> None:
    table = logits()
    wrong = (table.argmax(axis=1) + 1) % CLASSES
    assert thresholded_transport(transported_confidence(table, SHARES), transport_threshold(table, wrong)) == 0.0


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="got 3 for 4 classes"):
        transported_confidence(logits(), np.full(3, 1 / 3))
    with pytest.raises(InputError, match="add up to 1"):
        transported_confidence(logits(), np.full(4, 0.3))
    with pytest.raises(InputError, match="NaN"):
        transported_confidence(np.full((3, 4), np.nan), SHARES)
    with pytest.raises(InputError, match="each of 120 images needs a label from 0 to 3, got 119"):
        transport_threshold(logits(), np.zeros(119, np.int64))
    with pytest.raises(InputError, match="from 0 to 4"):
        transport_threshold(logits(), np.arange(N) % 5)
