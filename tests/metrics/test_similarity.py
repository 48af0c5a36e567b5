"""Four readings of moved features: each against an independent reference, an invariance, a refusal."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.linalg import orthogonal_procrustes, sqrtm
from sklearn.neighbors import NearestNeighbors

from shiftprobe.metrics import (
    InputError,
    class_moves,
    cosine_rows,
    cosine_summary,
    frechet,
    neighbour_overlap,
    procrustes,
)

Matrix = NDArray[np.float64]
MEASURES = pytest.mark.parametrize("measure", [cosine_summary, procrustes, frechet, neighbour_overlap])
SHAPES = pytest.mark.parametrize(("n", "d"), [(200, 9), (30, 60)])  # more images than features, and fewer


def pair(n: int = 200, d: int = 9) -> tuple[Matrix, Matrix]:
    rng = np.random.default_rng(n + d)
    x = rng.normal(size=(n, d)) * np.linspace(0.2, 2.0, d) + 3.0
    return x, x + 0.5 * rng.normal(size=(n, d)) + 0.2


def rotation(d: int) -> Matrix:
    return np.asarray(np.linalg.qr(np.random.default_rng(d).normal(size=(d, d)))[0])


# cosine


def test_the_mean_cosine_has_the_interval_of_a_mean_over_images() -> None:
    x, y = pair()
    cosines = cosine_rows(x, y)
    found = cosine_summary(x, y)
    half = 1.96 * cosines.std(ddof=1) / np.sqrt(200)
    assert found == pytest.approx((cosines.mean(), cosines.mean() - half, cosines.mean() + half, 200))


def test_a_longer_vector_points_the_same_way() -> None:
    x, y = pair()
    lengths = np.random.default_rng(0).uniform(0.1, 9.0, size=(200, 1))
    assert cosine_summary(x, lengths * y) == pytest.approx(cosine_summary(x, y))
    assert cosine_summary(x, 2 * x)[:3] == pytest.approx((1.0, 1.0, 1.0))


# Procrustes


@SHAPES
def test_procrustes_is_the_scale_that_scipy_finds(n: int, d: int) -> None:
    x, y = (view - view.mean(axis=0) for view in pair(n, d))
    _turn, scale = orthogonal_procrustes(x / np.linalg.norm(x), y / np.linalg.norm(y))
    assert procrustes(x, y) == pytest.approx(scale, abs=1e-10)
    turn, _scale = orthogonal_procrustes(x, y)
    unit_x, unit_y = x / np.linalg.norm(x), y / np.linalg.norm(y)
    assert np.square(unit_x @ turn - unit_y).sum() == pytest.approx(2 - 2 * procrustes(x, y), abs=1e-10)


@SHAPES
def test_procrustes_sees_no_rotation_move_or_scale(n: int, d: int) -> None:
    x, y = pair(n, d)
    assert procrustes(x, 3 * x @ rotation(d) - 8) == pytest.approx(1.0, abs=1e-9)
    assert procrustes(x, 0.01 * y @ rotation(d) + 2) == pytest.approx(procrustes(x, y), abs=1e-9)
    assert procrustes(y, x) == pytest.approx(procrustes(x, y), abs=1e-12)
    assert procrustes(x, y) < 0.99


def test_procrustes_takes_views_of_different_width_and_scores_unrelated_ones_by_their_number() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(1000, 512)), rng.normal(size=(1000, 512))
    assert 0.5 < procrustes(x, y) < 0.7  # as its docstring warns
    assert procrustes(x[:, :9], y[:, :4]) < 0.1


# Fréchet


def reference_frechet(x: Matrix, y: Matrix) -> float:
    one, other = np.cov(x.T), np.cov(y.T)
    return float(np.square(x.mean(0) - y.mean(0)).sum() + np.trace(one + other - 2 * np.real(sqrtm(one @ other))))


def test_frechet_is_the_published_formula_and_relative_to_the_spread_of_x() -> None:
    x, y = pair(400, 12)
    found = frechet(x, y[:300])
    assert found.distance == pytest.approx(reference_frechet(x, y[:300]), rel=1e-9)
    assert found.relative == pytest.approx(found.distance / np.trace(np.cov(x.T)), rel=1e-12)


def test_frechet_with_fewer_images_than_features_is_that_of_the_same_plane() -> None:
    x, y = pair(30, 8)
    wide = np.linalg.qr(np.random.default_rng(0).normal(size=(60, 60)))[0][:8]  # 8 dimensions laid into 60
    assert frechet(x @ wide, y @ wide).distance == pytest.approx(frechet(x, y).distance, rel=1e-9)


@SHAPES
def test_frechet_is_zero_for_the_same_set_and_knows_a_move_and_a_scale(n: int, d: int) -> None:
    x, _y = pair(n, d)
    spread = np.trace(np.cov(x.T))
    assert frechet(x, x[::-1]).relative == pytest.approx(0.0, abs=1e-6)
    assert frechet(x, x + 2.0).distance == pytest.approx(4.0 * d, rel=1e-6)
    centred = x - x.mean(axis=0)
    assert frechet(centred, 3 * centred).distance == pytest.approx(4 * spread, rel=1e-6)  # (3 - 1)^2


def test_the_relative_distance_has_no_unit() -> None:
    x, y = pair()
    assert frechet(1e4 * x, 1e4 * y).relative == pytest.approx(frechet(x, y).relative, rel=1e-9)


def test_a_dead_feature_does_no_harm() -> None:
    x, y = pair(100, 5)
    dead = np.zeros((100, 2))
    expected = frechet(x, y).distance
    assert frechet(np.hstack([x, dead]), np.hstack([y, dead])).distance == pytest.approx(expected, rel=1e-6)


# neighbours


def test_neighbours_are_those_of_scikit_learn() -> None:
    x, y = pair()
    sets = [NearestNeighbors(n_neighbors=7).fit(view).kneighbors(return_distance=False) for view in (x, y)]
    shares = [len(set(one) & set(other)) / 7 for one, other in zip(*sets, strict=True)]
    assert neighbour_overlap(x, y, k=7) == pytest.approx((np.mean(shares), 7 / 199, 200), abs=1e-12)


def test_neighbours_stay_under_rotation_and_scale_and_are_chance_when_unrelated() -> None:
    x, y = pair()
    assert neighbour_overlap(x, 5 * x @ rotation(9) + 1).share == 1.0
    found = neighbour_overlap(x, y[np.random.default_rng(2).permutation(200)])
    assert found.share == pytest.approx(found.chance, abs=0.02)
    assert neighbour_overlap(x, y).share > 0.2


@pytest.mark.parametrize("k", [0, 199])
def test_refuses_more_neighbours_than_images(k: int) -> None:
    with pytest.raises(InputError, match="k must lie between 1 and the 200 images"):
        neighbour_overlap(*pair(), k=k)


# classes


def test_the_mean_move_of_each_class_that_is_there() -> None:
    x, y = pair()
    labels = np.array([7, 2, 2, 7] * 50)
    found = class_moves(x, y, labels)
    moved = 1 - cosine_rows(x, y)
    assert found.classes.tolist() == [2, 7]
    assert found.moved == pytest.approx([moved[labels == 2].mean(), moved[labels == 7].mean()])
    assert found.images.tolist() == [100, 100]


def test_each_image_needs_a_label() -> None:
    with pytest.raises(InputError, match="needs a label, got 200 and 3"):
        class_moves(*pair(), [0, 1, 2])


# refusals of all


@MEASURES
@pytest.mark.parametrize("value", [0.0, 0.1, 1e8])
def test_refuses_features_that_are_all_alike(measure: object, value: float) -> None:
    x, _y = pair()
    assert callable(measure)
    for side, views in (("y", (x, np.full_like(x, value))), ("x", (np.full_like(x, value), x))):
        with pytest.raises(InputError, match=f"same features in {side}"):
            measure(*views)


@MEASURES
def test_refuses_broken_features(measure: object) -> None:
    x, y = pair()
    assert callable(measure)
    y[3, 2] = np.inf
    with pytest.raises(InputError, match="y holds NaN or infinity"):
        measure(x, y)


@pytest.mark.parametrize("measure", [cosine_summary, procrustes, neighbour_overlap])
def test_refuses_views_of_different_images(measure: object) -> None:
    x, y = pair()
    assert callable(measure)
    with pytest.raises(InputError, match="same images, got 200 and 199"):
        measure(x, y[:-1])


def test_frechet_takes_sets_of_different_sizes_but_not_of_different_features() -> None:
    x, y = pair()
    with pytest.raises(InputError, match="same features, got 9 and 8"):
        frechet(x, y[:, :-1])
