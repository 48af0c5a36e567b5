"""Features in the plane, and what a picture keeps of them."""

import warnings

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from shiftprobe.metrics import InputError, faithfulness, nearest, principal_components, umap_layout

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 12)) * np.linspace(3, 1, 12) + 5
GROUPS = np.arange(150) % 3
GROUPED = RNG.normal(size=(150, 20)) + 8 * np.eye(20)[GROUPS]


@pytest.mark.parametrize("x", [X, X[:9]], ids=["more images than features", "fewer"])
def test_components_agree_with_scikit_learn_up_to_sign(x: np.ndarray) -> None:
    expected = PCA(3, svd_solver="full").fit_transform(x)
    found = principal_components(x, 3)
    assert np.abs(found) == pytest.approx(np.abs(expected), abs=1e-9)
    assert np.sign(found * expected).std(axis=0) == pytest.approx(0)


def test_a_component_points_to_its_largest_score() -> None:
    found = principal_components(X, 5)
    assert (np.abs(found).max(axis=0) == found.max(axis=0)).all()
    assert principal_components(3 - X, 5).shape == (80, 5)
    rotation = np.linalg.qr(RNG.normal(size=(12, 12)))[0]
    assert principal_components(X @ rotation + 1, 5) == pytest.approx(found, abs=1e-9)


def test_components_have_the_unit_of_the_features() -> None:
    assert principal_components(1e-14 * X, 3) == pytest.approx(1e-14 * principal_components(X, 3), rel=1e-6)


def test_no_more_components_than_there_are() -> None:
    assert principal_components(X[:4], 50).shape == (4, 3)
    assert principal_components(X[:, :1], 2).shape == (80, 1)


@pytest.mark.parametrize("same", [np.zeros((9, 3)), np.full((9, 3), 0.1)])
def test_features_that_are_all_alike_are_refused(same: np.ndarray) -> None:
    with pytest.raises(InputError, match="nothing to lay out"):
        principal_components(same)
    with pytest.raises(InputError, match="NaN or infinity"):
        principal_components(same * np.nan)


def test_neighbours_agree_with_scikit_learn_in_every_block() -> None:
    x = RNG.normal(size=(1100, 7)) + 1e4
    expected, where = NearestNeighbors(n_neighbors=6, algorithm="brute").fit(x - 1e4).kneighbors(x - 1e4)
    places, distances = nearest(x, 6)
    assert (places == where).all()
    assert distances == pytest.approx(expected, abs=1e-6)


def test_an_image_stands_first_among_its_copies() -> None:
    x = np.repeat(RNG.normal(size=(20, 4)), 3, axis=0)
    places, distances = nearest(x, 5)
    assert (places[:, 0] == np.arange(60)).all()
    assert (np.sort(places[:, :3] // 3, axis=1) == (np.arange(60) // 3)[:, None]).all()
    expected = NearestNeighbors(n_neighbors=5, algorithm="brute").fit(x).kneighbors(x)[0]
    assert distances == pytest.approx(expected, abs=1e-6)
    assert (np.diff(distances, axis=1) >= 0).all()


@pytest.mark.parametrize("count", [0, 81])
def test_more_neighbours_than_images_are_refused(count: int) -> None:
    with pytest.raises(InputError, match=f"the 80 images, got {count}"):
        nearest(X, count)


def test_umap_keeps_groups_apart_and_gives_the_same_bytes_without_a_warning() -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        layout = umap_layout(GROUPED, seed=3)
    assert not told
    assert layout.shape == (150, 2)
    assert umap_layout(GROUPED, seed=3).tobytes() == layout.tobytes()
    assert not np.array_equal(umap_layout(GROUPED, seed=4), layout)
    others = nearest(layout, 6)[0][:, 1:]
    assert (GROUPS[others] == GROUPS[:, None]).mean() == 1.0
    kept, lost = (faithfulness(GROUPED, one).trustworthiness for one in (layout, RNG.permutation(layout)))
    assert kept > 0.8 > lost


def test_umap_lays_out_one_feature_and_copies() -> None:
    line = umap_layout(np.arange(60.0)[:, None])
    assert np.isfinite(line).all()
    assert faithfulness(np.arange(60.0)[:, None], line).trustworthiness > 0.9
    assert np.isfinite(umap_layout(np.repeat(GROUPED[:60], 20, axis=0))).all()


def test_umap_refuses_too_few_images_and_too_few_that_differ() -> None:
    with pytest.raises(InputError, match="at least 50 images to find neighbourhoods, got 49"):
        umap_layout(X[:49])
    with pytest.raises(InputError, match="only 40 of 80 images differ"):
        umap_layout(np.repeat(X[:40], 2, axis=0))
    with pytest.raises(InputError, match="NaN or infinity"):
        umap_layout(np.where(X > 9, np.inf, X))


def test_faithfulness_is_trust_both_ways() -> None:
    picture = principal_components(X)
    found, mirrored = faithfulness(X, picture, neighbours=7), faithfulness(picture, X, neighbours=7)
    assert found.trustworthiness == trustworthiness(X, picture, n_neighbors=7)
    assert (found.trustworthiness, found.continuity) == (mirrored.continuity, mirrored.trustworthiness)
    assert 0.5 < found.trustworthiness < found.continuity < 1
    whole = faithfulness(X, 2 * X - 1)
    assert (whole.trustworthiness, whole.continuity) == (1.0, 1.0)


def test_faithfulness_refuses_what_does_not_compare() -> None:
    with pytest.raises(InputError, match="got 80 and 79"):
        faithfulness(X, X[:79, :2])
    with pytest.raises(InputError, match="more than 30 images for 15 neighbours, got 30"):
        faithfulness(X[:30], X[:30, :2])
