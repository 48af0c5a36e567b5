"""How far a shift moves images and features: a reference, an invariance, a refusal."""

from dataclasses import replace

import numpy as np
import pytest
from tests.probes.made import LABELS, RNG, Made, looked

from shiftprobe.core.types import PENULTIMATE, Row, View
from shiftprobe.metrics import cosine_rows, perceptual_distance
from shiftprobe.probes.distance import DistanceProbe

FEATURES = RNG.normal(size=(len(LABELS), 6)).astype(np.float32)
IMAGES = RNG.integers(0, 256, (len(LABELS), 12, 12, 1), dtype=np.uint8)
MOVED = np.clip(IMAGES.astype(int) + 40, 0, 255).astype(np.uint8)


def seen(features: np.ndarray, images: np.ndarray | None) -> View:
    return replace(looked({PENULTIMATE: features}), images=images)


def found(clean: View, target: View) -> dict[str, Row]:
    evidence = Made({("source", "clean"): clean, ("source", "target"): target})
    return {row.metric: row for row in DistanceProbe()(evidence).rows}


def test_both_are_means_over_the_images_with_the_interval_of_that_mean() -> None:
    other = FEATURES + RNG.normal(size=FEATURES.shape).astype(np.float32)
    rows = found(seen(FEATURES, IMAGES), seen(other, MOVED))
    expected = 1 - cosine_rows(FEATURES, other)
    row = rows["feature_distance"]
    assert row.value == pytest.approx(expected.mean(), abs=1e-9)
    half = 1.96 * expected.std(ddof=1) / np.sqrt(len(expected))
    assert (row.low, row.high) == pytest.approx((expected.mean() - half, expected.mean() + half), abs=1e-9)
    assert rows["image_distance"].value == pytest.approx(perceptual_distance(list(IMAGES), list(MOVED)), abs=1e-9)
    assert rows["image_distance"].n == min(256, len(IMAGES))


def test_what_did_not_move_is_at_distance_0_and_scale_is_no_move() -> None:
    rows = found(seen(FEATURES, IMAGES), seen(3 * FEATURES, IMAGES))
    assert rows["feature_distance"].value == pytest.approx(0, abs=1e-6)
    assert rows["image_distance"].value == pytest.approx(0, abs=1e-9)


def test_images_under_seven_px_are_compared_enlarged() -> None:
    small, moved = IMAGES[:, :4, :4], MOVED[:, :4, :4]
    assert found(seen(FEATURES, small), seen(FEATURES, moved))["image_distance"].value > 0  # type: ignore[operator]


def test_features_without_a_direction_are_a_reason_not_a_number() -> None:
    dead = np.zeros_like(FEATURES)
    row = found(seen(FEATURES, IMAGES), seen(dead, MOVED))["feature_distance"]
    assert row.value is None
    assert "all-zero features" in row.reason
