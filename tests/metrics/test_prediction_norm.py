import numpy as np
import pytest
from scipy.special import softmax

from shiftprobe.metrics import InputError
from shiftprobe.metrics.prediction_norm import normalised_logits, nuclear_norm

N, CLASSES = 90, 5


def logits(scale: float = 2.0, *, seed: int = 0, n: int = N) -> np.ndarray:
    return scale * np.random.default_rng(seed).normal(size=(n, CLASSES))


def test_unsure_logits_go_through_the_taylor_polynomial_and_sure_ones_through_softmax() -> None:
    unsure = logits(1.0)
    centred = unsure - unsure.mean(axis=1, keepdims=True)
    grown = 1 + centred + centred**2 / 2
    assert normalised_logits(unsure) == pytest.approx(grown / grown.sum(axis=1, keepdims=True))
    sure = logits(30.0)
    assert normalised_logits(sure) == pytest.approx(softmax(sure, axis=1))


@pytest.mark.parametrize("above", [4.99, 5.01])
def test_the_mean_cross_entropy_to_even_shares_decides_at_5_nats(above: float) -> None:
    """One image, two classes, logits apart by d: the cross-entropy is log(1 + e^-d) + d / 2."""
    table = np.array([[2 * above, 0.0]])
    entropy = np.log1p(np.exp(-2 * above)) + above
    probabilities = bool(np.allclose(normalised_logits(table), softmax(table, axis=1)))
    assert probabilities is bool(entropy > 5)


def test_the_nuclear_norm_is_numpys() -> None:
    for n in (N, 3):
        table = normalised_logits(logits(n=n))
        expected = np.linalg.norm(table, "nuc") / np.sqrt(min(n, CLASSES) * n)
        assert nuclear_norm(logits(n=n)) == pytest.approx(expected, abs=1e-7)


def test_it_is_one_for_sure_and_even_answers_and_less_for_piled_or_doubtful_ones() -> None:
    sure = 60.0 * np.eye(CLASSES)[np.arange(N) % CLASSES]
    assert nuclear_norm(sure) == pytest.approx(1.0, abs=1e-6)
    piled = 60.0 * np.eye(CLASSES)[np.zeros(N, int)]
    assert nuclear_norm(piled) == pytest.approx(CLASSES**-0.5, abs=1e-6)
    assert nuclear_norm(np.zeros((N, CLASSES))) == pytest.approx(1 / CLASSES, abs=1e-6)


def test_neither_order_nor_a_constant_per_image_nor_names_of_classes_matter() -> None:
    table, rng = logits(), np.random.default_rng(3)
    for other in (
        table[rng.permutation(N)],
        table[:, rng.permutation(CLASSES)],
        table + rng.normal(size=(N, 1)),
    ):
        assert nuclear_norm(other) == pytest.approx(nuclear_norm(table))


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(InputError, match="NaN or infinity"):
        nuclear_norm(np.full((3, 2), np.inf))
    with pytest.raises(InputError, match="table"):
        normalised_logits(np.zeros(4))
