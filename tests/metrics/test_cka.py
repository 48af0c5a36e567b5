"""CKA: published values, both ways of computing, invariances, refusals."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from shiftprobe.metrics import InputError, linear_cka, rbf_cka
from shiftprobe.metrics.cka import _in_feature_space, _in_gram_space

Matrix = NDArray[np.float64]
GOLDEN: dict[str, Any] = json.loads((Path(__file__).parents[1] / "golden.json").read_text())
BOTH = pytest.mark.parametrize("cka", [linear_cka, rbf_cka])
DEBIASED = pytest.mark.parametrize("debiased", [True, False])


@pytest.fixture
def pair() -> tuple[Matrix, Matrix]:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(60, 7))
    return x, np.tanh(x @ rng.normal(size=(7, 9))) + 0.3 * rng.normal(size=(60, 9))


def rotation(d: int) -> Matrix:
    return np.linalg.qr(np.random.default_rng(d).normal(size=(d, d)))[0]


def reference(gram_x: Matrix, gram_y: Matrix, *, debiased: bool) -> float:
    """HSIC from its definition: centring matrices, and Song et al. (2012) eq. 5 term by term."""
    n = len(gram_x)
    if debiased:
        gram_x, gram_y = gram_x - np.diag(np.diag(gram_x)), gram_y - np.diag(np.diag(gram_y))

    def hsic(k: Matrix, m: Matrix) -> float:
        if not debiased:
            h = np.eye(n) - 1 / n
            return float(np.trace(k @ h @ m @ h))
        one = np.ones(n)
        both = (one @ k @ one) * (one @ m @ one) / ((n - 1) * (n - 2))
        return float(np.trace(k @ m) + both - 2 / (n - 2) * (one @ k @ m @ one))

    return float(hsic(gram_x, gram_y) / np.sqrt(hsic(gram_x, gram_x) * hsic(gram_y, gram_y)))


@BOTH
@DEBIASED
def test_gives_the_values_of_its_authors(cka: Any, debiased: bool) -> None:
    rng = np.random.RandomState(1337)
    x = rng.randn(100, 10)
    y = rng.randn(100, 10) + x
    name = f"{cka.__name__.removesuffix('_cka')}_{'debiased' if debiased else 'biased'}"
    assert cka(x, y, debiased=debiased) == pytest.approx(GOLDEN["cka"][name], abs=GOLDEN["cka"]["tolerance"])


@DEBIASED
def test_independent_features_are_unrelated_only_without_the_bias(debiased: bool) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(50, 2048)), rng.normal(size=(50, 2048))
    expected = GOLDEN["cka_independent"]["linear_debiased" if debiased else "linear_biased"]
    assert round(linear_cka(a, b, debiased=debiased), 3) == expected


@DEBIASED
@pytest.mark.parametrize("n", [8, 60])
def test_agrees_with_the_definition_with_few_images_and_many(
    pair: tuple[Matrix, Matrix], debiased: bool, n: int
) -> None:
    x, y = pair[0][:n], pair[1][:n]
    assert linear_cka(x, y, debiased=debiased) == pytest.approx(reference(x @ x.T, y @ y.T, debiased=debiased))


@DEBIASED
@pytest.mark.parametrize("n", [8, 60])
def test_feature_space_and_gram_space_agree(pair: tuple[Matrix, Matrix], debiased: bool, n: int) -> None:
    x, y = (view[:n] - view[:n].mean(axis=0) for view in pair)
    by_gram = _in_gram_space(x @ x.T, y @ y.T, debiased=debiased)
    assert _in_feature_space(x, y, debiased=debiased) == pytest.approx(by_gram, abs=1e-12)


@BOTH
@DEBIASED
def test_is_one_for_a_rotated_scaled_and_moved_copy(pair: tuple[Matrix, Matrix], cka: Any, debiased: bool) -> None:
    x, _ = pair
    assert cka(x, 3.0 * x @ rotation(7) + 5.0, debiased=debiased) == pytest.approx(1.0, abs=1e-9)


@BOTH
@DEBIASED
def test_rotating_and_scaling_one_view_changes_nothing(pair: tuple[Matrix, Matrix], cka: Any, debiased: bool) -> None:
    x, y = pair
    moved = 1e-3 * y @ rotation(9) - 2.0
    assert cka(x, moved, debiased=debiased) == pytest.approx(cka(x, y, debiased=debiased), abs=1e-9)


@BOTH
def test_the_order_of_images_does_not_matter_but_their_pairing_does(pair: tuple[Matrix, Matrix], cka: Any) -> None:
    x, y = pair
    order = np.random.default_rng(1).permutation(len(x))
    assert cka(x[order], y[order]) == pytest.approx(cka(x, y), abs=1e-12)
    assert cka(x[order], y) < 0.5 * cka(x, y)
    assert cka(y, x) == pytest.approx(cka(x, y), abs=1e-12)


def test_a_wide_kernel_tends_to_the_linear_value(pair: tuple[Matrix, Matrix]) -> None:
    x, y = pair
    assert rbf_cka(x, y, threshold=300.0) == pytest.approx(linear_cka(x, y), abs=1e-4)
    assert abs(rbf_cka(x, y) - linear_cka(x, y)) > 1e-3


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_survives_features_whose_squares_do_not_fit(pair: tuple[Matrix, Matrix], scale: float) -> None:
    x, y = pair
    assert linear_cka(scale * x, y) == pytest.approx(linear_cka(x, y), abs=1e-12)


def test_float32_features_far_from_zero_keep_their_value(pair: tuple[Matrix, Matrix]) -> None:
    x, y = pair
    far = (x + 1000.0).astype(np.float32)
    assert linear_cka(far, y) == pytest.approx(linear_cka(x, y), abs=1e-4)


@BOTH
def test_refuses_views_of_different_images(pair: tuple[Matrix, Matrix], cka: Any) -> None:
    with pytest.raises(InputError, match="same images, got 60 and 59"):
        cka(pair[0], pair[1][:-1])


@BOTH
@pytest.mark.parametrize("value", [0.0, 0.1, 1e8])
def test_refuses_constant_features(pair: tuple[Matrix, Matrix], cka: Any, value: float) -> None:
    with pytest.raises(InputError, match="features of y hold no structure"):
        cka(pair[0], np.full((60, 3), value))


@BOTH
@pytest.mark.parametrize("n", [6, 60])
def test_refuses_features_in_which_one_image_alone_differs(cka: Any, n: int) -> None:
    lone = np.zeros((n, 5))
    lone[2] = 1.0
    with pytest.raises(InputError, match=r"hold no structure|median distance is 0"):
        cka(lone, np.random.default_rng(0).normal(size=(n, 5)))


@BOTH
def test_refuses_broken_features(pair: tuple[Matrix, Matrix], cka: Any) -> None:
    x, y = pair[0].copy(), pair[1]
    x[3, 2] = np.nan
    with pytest.raises(InputError, match="x holds NaN"):
        cka(x, y)
    with pytest.raises(InputError, match="at least 4 images, got 3"):
        cka(y[:3], y[:3])
    with pytest.raises(InputError, match=r"shape \(60,\)"):
        cka(y[:, 0], y)


@pytest.mark.parametrize("threshold", [0.0, -1.0, np.nan, np.inf])
def test_refuses_a_kernel_without_width(pair: tuple[Matrix, Matrix], threshold: float) -> None:
    with pytest.raises(InputError, match="width above 0"):
        rbf_cka(*pair, threshold=threshold)
