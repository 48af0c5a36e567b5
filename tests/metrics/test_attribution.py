"""Agreement of maps, and areas under curves."""

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import auc

from shiftprobe.metrics import InputError, area_under, map_correlation, tells_nothing, top_overlap

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(2, 5, 6, 6))


def test_correlation_agrees_with_scipy_ties_included() -> None:
    rough = np.round(X), np.round(Y)
    for x, y in ((X, Y), rough):
        expected = [spearmanr(np.abs(a).ravel(), np.abs(b).ravel()).statistic for a, b in zip(x, y, strict=True)]
        assert map_correlation(x, y) == pytest.approx(expected, abs=1e-12)


def test_only_the_order_of_sizes_counts() -> None:
    assert map_correlation(X, -(X**3)) == pytest.approx(np.ones(5))
    assert map_correlation(X, 1 / (1 + np.abs(X))) == pytest.approx(-np.ones(5))
    for measure in (map_correlation, top_overlap):
        assert measure(X, Y) == pytest.approx(measure(Y, X))
        assert measure(np.exp(np.abs(X)), 7 * Y) == pytest.approx(measure(X, Y))


@pytest.mark.parametrize(("share", "most"), [(0.1, 4), (0.5, 18), (0.001, 1)])
def test_overlap_agrees_with_sets(share: float, most: int) -> None:
    def top(one: np.ndarray) -> set[int]:
        return set(sorted(range(36), key=lambda place: -abs(one.ravel()[place]))[:most])

    expected = [len(top(a) & top(b)) / most for a, b in zip(X, Y, strict=True)]
    assert top_overlap(X, Y, share=share) == pytest.approx(expected)
    assert top_overlap(X, X, share=share) == pytest.approx(np.ones(5))


def test_unrelated_maps_agree_by_chance_only() -> None:
    x, y = RNG.normal(size=(2, 200, 20, 20))
    assert abs(map_correlation(x, y).mean()) < 0.02
    assert abs(top_overlap(x, y).mean() - 0.1) < 0.02


def test_pixels_of_size_0_are_never_in_common() -> None:
    x, y = np.zeros((2, 2, 20, 20))
    x[:, 10, :3] = 1
    y[0, 12, :3] = y[1, 10, 2:5] = 1
    assert top_overlap(x, y) == pytest.approx([0, 1 / 3])
    assert top_overlap(x, x) == pytest.approx([1, 1])


def test_an_area_is_that_of_the_trapezia() -> None:
    curves = RNG.random((4, 11))
    assert area_under(curves) == pytest.approx([auc(np.linspace(0, 1, 11), one) for one in curves])
    assert area_under(curves[:, ::-1]) == pytest.approx(area_under(curves))
    assert area_under([[0.3, 0.3, 0.3]]) == pytest.approx(0.3)


def test_a_map_tells_nothing_when_its_sizes_are_alike() -> None:
    maps = np.stack([np.zeros((3, 3)), np.full((3, 3), -2.0), np.where(np.eye(3), 2.0, -2.0), np.eye(3)])
    assert tells_nothing(maps).tolist() == [True, True, True, False]


@pytest.mark.parametrize("measure", [map_correlation, top_overlap])
def test_maps_that_do_not_compare_are_refused(measure: object) -> None:
    assert callable(measure)
    with pytest.raises(InputError, match=r"one shape \(n, S, S\), got \(5, 6, 6\) and \(4, 6, 6\)"):
        measure(X, Y[:4])
    with pytest.raises(InputError, match="NaN or infinity"):
        measure(X, np.where(Y > 2, np.nan, Y))
    with pytest.raises(InputError, match="a map is constant"):
        measure(X, np.concatenate([Y[:4], np.zeros((1, 6, 6))]))


@pytest.mark.parametrize("share", [0.0, 1.0, 10])
def test_a_share_that_is_no_fraction_is_refused(share: float) -> None:
    with pytest.raises(InputError, match=f"between 0 and 1, got {share}"):
        top_overlap(X, Y, share=share)


@pytest.mark.parametrize("curve", [[[1.0]], [0.1, 0.2], [[0.1, float("nan")]]])
def test_what_is_no_curve_is_refused(curve: list[float]) -> None:
    with pytest.raises(InputError, match="two points at least"):
        area_under(curve)
