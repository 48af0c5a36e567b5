"""Barriers against sums by hand, for paths that are straight, turned round, and refused."""

import numpy as np
import pytest

from shiftprobe.metrics.checks import InputError
from shiftprobe.stats.barrier import barrier, rise

ALPHAS = (0.0, 0.25, 0.5, 1.0)


def wrongs(errors: tuple[int, ...], n: int = 100) -> np.ndarray:
    """So many of n images wrong at each point, the same ones first."""
    return np.array([[i < count for i in range(n)] for count in errors])


def test_agrees_with_a_sum_by_hand() -> None:
    # errors .10 .50 .40 .30; the line between the ends .10 .15 .20 .30; rises 0 .35 .20 0
    assert rise(ALPHAS, [0.1, 0.5, 0.4, 0.3]) == pytest.approx([0.0, 0.35, 0.2, 0.0])
    found = barrier(ALPHAS, wrongs((10, 50, 40, 30)))
    assert found.value == pytest.approx(0.35)
    assert (found.at, found.n) == (0.25, 100)
    assert 0 < found.low < 0.35 < found.high < 1


def test_a_path_that_never_rises_has_none() -> None:
    found = barrier(ALPHAS, wrongs((40, 20, 25, 30)))
    assert (found.value, found.low, found.at) == (0.0, 0.0, 0.0)


def test_walking_back_meets_the_same_barrier() -> None:
    there, back = wrongs((10, 50, 40, 30)), wrongs((30, 40, 50, 10))
    one, two = barrier(ALPHAS, there), barrier((0.0, 0.5, 0.75, 1.0), back)
    assert (one.value, one.low, one.high) == pytest.approx((two.value, two.low, two.high))
    assert one.at == pytest.approx(1 - two.at)


def test_the_interval_holds_for_all_points_at_once() -> None:
    drawn = np.random.default_rng(0)
    flat = 0
    for _ in range(200):
        flat += barrier(np.linspace(0, 1, 11), drawn.random((11, 60)) < 0.3).low > 0
    assert flat <= 10  # at most 5 % of paths without a barrier


@pytest.mark.parametrize(
    ("alphas", "errors", "told"),
    [
        ((0.0, 0.5), [0.1, 0.2], "leads from 0 to 1"),
        ((0.0, 0.5, 0.5, 1.0), [0.1] * 4, "shares that increase"),
        ((0.0, 1.0), [0.1], "2 points needs as many errors"),
        ((0.0, 1.0), [0.1, float("nan")], "must be finite"),
    ],
)
def test_refuses_what_is_no_path(alphas: tuple[float, ...], errors: list[float], told: str) -> None:
    with pytest.raises(InputError, match=told):
        rise(alphas, errors)


@pytest.mark.parametrize("wrong", [[[0.0, 1.0], [1.0, 0.0]], [[0.5], [0.1], [0.2]]])
def test_refuses_a_path_without_a_point_between_and_shares_of_images(wrong: list[list[float]]) -> None:
    with pytest.raises(InputError, match="right or wrong"):
        barrier(np.linspace(0, 1, len(wrong)), wrong)
