"""Effects over seeds and images."""

import numpy as np
import pytest

from shiftprobe.diagnosing.effects import combined, judged, minus, widest_of
from shiftprobe.metrics import InputError
from shiftprobe.stats import compare_arms

GAPS = np.random.default_rng(0).random((3, 200)) < 0.7
OTHERS = np.random.default_rng(1).random((3, 200)) < 0.6


def test_the_interval_is_that_of_two_arms() -> None:
    found = judged(GAPS.astype(float) - OTHERS)
    peer = compare_arms(GAPS, OTHERS)

    assert found.effect.value == pytest.approx(peer.difference)
    assert (found.effect.low, found.effect.high) == pytest.approx(peer.both)
    assert found.p == pytest.approx(peer.p, rel=1e-6)


def test_the_order_of_images_and_seeds_changes_nothing() -> None:
    gaps = GAPS.astype(float) - OTHERS
    mixed = gaps[::-1, np.random.default_rng(2).permutation(200)]

    assert judged(mixed).effect.high == pytest.approx(judged(gaps).effect.high)


def test_a_sum_of_arms_is_summed_image_by_image() -> None:
    right = {"a": {1: GAPS[0]}, "b": {1: OTHERS[0]}}
    weights = minus({"a": 1.0}, {"b": 1.0, "a": -1.0})

    assert weights == {"a": 2.0, "b": -1.0}
    assert np.array_equal(combined(right, weights, [1])[0], 2.0 * GAPS[0] - OTHERS[0])
    assert widest_of(weights) == 2.0


def test_what_no_image_can_show_is_refused() -> None:
    with pytest.raises(InputError):
        judged(np.full((1, 10), 1.5))
