from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import ortho_group

from shiftprobe.repairs.tensor_tests import _beyond, tensor_ps

Values = NDArray[np.float64]
Draw = Callable[[np.random.Generator], Values]


def uniform(rng: np.random.Generator) -> Values:
    return rng.uniform(-0.1, 0.1, (16, 8, 3, 3))


def normal(rng: np.random.Generator) -> Values:
    return rng.normal(0.0, 0.02, (32, 24))


def orthogonal(rng: np.random.Generator) -> Values:
    return np.asarray(ortho_group.rvs(24, random_state=rng))


def ps(found: Values, of: Draw) -> dict[str, float]:
    return dict(tensor_ps(found, [of(np.random.default_rng(i)) for i in range(5)]))


@pytest.mark.parametrize("of", [uniform, normal, orthogonal])
def test_a_sixth_draw_is_called_no_draw_in_few_cases(of: Draw) -> None:
    rejected = 0
    for seed in range(10):
        found = ps(of(np.random.default_rng(100 + seed)), of)
        rejected += min(found.values()) * len(found) < 0.05
    assert rejected <= 2  # more than 2 of 10 at a rate of .05: p = .012


@pytest.mark.parametrize("of", [uniform, normal])
def test_a_direction_that_was_learnt_shows_whatever_the_values_are(of: Draw) -> None:
    rng = np.random.default_rng(9)
    weights = of(rng)
    flat = weights.reshape(len(weights), -1)
    flat = flat + 3.0 * flat.std() * np.outer(rng.normal(size=len(flat)), rng.normal(size=flat.shape[1])) / 2.0
    flat *= weights.std() / flat.std()  # the spread of a draw
    assert ps(flat.reshape(weights.shape), of)["strongest direction"] < 1e-4


def test_a_single_step_shows_beyond_the_bound() -> None:
    rng = np.random.default_rng(9)
    weights = uniform(rng)
    assert ps(weights + 0.002 * rng.choice([-1.0, 1.0], weights.shape), uniform)["bound"] < 1e-6


def test_the_bound_agrees_with_simulated_draws() -> None:
    rng, n, m = np.random.default_rng(0), 20, 100
    ratios = np.abs(rng.uniform(-1, 1, (4000, n))).max(1) / np.abs(rng.uniform(-1, 1, (4000, m))).max(1)
    x = rng.uniform(-0.5, 0.5, n)
    x[0] = 1.01
    assert _beyond(x, 1.0, m) == pytest.approx((ratios > 1.01).mean(), abs=0.015)


def test_half_precision_is_no_training() -> None:
    rounded = uniform(np.random.default_rng(9)).astype(np.float16).astype(np.float64)
    assert min(ps(rounded, uniform).values()) > 1e-3


def test_a_constant_tells_by_whether_it_moved() -> None:
    def ones(_: np.random.Generator) -> Values:
        return np.ones(8)

    assert ps(np.ones(8), ones) == {"a start that has moved": 1.0}
    assert ps(np.full(8, 1.001), ones) == {"a start that has moved": 0.0}
    assert tensor_ps(np.arange(8.0), [np.arange(8.0)] * 5) == {}
