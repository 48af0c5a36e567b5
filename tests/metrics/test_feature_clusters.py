"""Clusters of features: what is far apart is told apart, on images that did not fit too."""

import numpy as np
import pytest

from shiftprobe.metrics import InputError
from shiftprobe.metrics.feature_clusters import feature_clusters

CENTRES = np.array([[0.0, 0.0, 0.0], [9.0, 0.0, 0.0], [0.0, 9.0, 0.0]])
SIZES = (60, 40, 20)


def blobs() -> tuple[np.ndarray, np.ndarray]:
    kind = np.repeat(range(3), SIZES)
    return CENTRES[kind] + np.random.default_rng(0).normal(size=(len(kind), 3)), kind


def test_finds_what_is_far_apart_largest_first() -> None:
    features, kind = blobs()
    every = np.ones(len(kind), bool)
    assert (feature_clusters(features, every, 3, seed=0) == kind).all()
    half = np.arange(len(kind)) % 2 == 0
    assert (feature_clusters(features, half, 3, seed=0) == kind).all()


def test_scale_and_place_change_nothing_and_seeds_repeat() -> None:
    features, kind = blobs()
    every = np.ones(len(kind), bool)
    once = feature_clusters(features, every, 5, seed=3)
    assert (feature_clusters(features * [1, 50, 0.1] + 7, every, 5, seed=3) == once).all()
    assert (feature_clusters(features, every, 5, seed=3) == once).all()


def test_refuses_fewer_images_than_clusters() -> None:
    features, kind = blobs()
    with pytest.raises(InputError, match="at least 4 images"):
        feature_clusters(features, np.arange(len(kind)) < 3, 4, seed=0)
