"""Where a further draw lies: against a reference, what must not matter, and what is refused."""

import numpy as np
import pytest
from scipy import stats

from shiftprobe.metrics import InputError
from shiftprobe.stats import prediction_half


def test_is_the_textbook_interval() -> None:
    draws = [0.61, 0.58, 0.66, 0.60, 0.63]
    expected = stats.t.ppf(0.975, 4) * np.std(draws, ddof=1) * np.sqrt(6 / 5)
    assert prediction_half(draws) == pytest.approx(expected)
    assert prediction_half(draws, 0.9) < expected


def test_moves_with_the_unit_and_not_with_the_place() -> None:
    draws = np.array([0.61, 0.58, 0.66, 0.60, 0.63])
    assert prediction_half((3 * draws + 7).tolist()) == pytest.approx(3 * prediction_half(draws.tolist()))


def test_a_further_normal_draw_lies_outside_in_five_of_a_hundred_and_outside_the_range_in_a_third() -> None:
    draws = np.random.default_rng(0).normal(size=(4000, 6))
    halves = np.array([prediction_half(row.tolist()) for row in draws[:, :5]])
    apart = np.abs(draws[:, 5] - draws[:, :5].mean(axis=1))
    assert np.mean(apart > halves) == pytest.approx(0.05, abs=0.012)
    inside = (draws[:, 5] >= draws[:, :5].min(axis=1)) & (draws[:, 5] <= draws[:, :5].max(axis=1))
    assert np.mean(inside) == pytest.approx(4 / 6, abs=0.03)


def test_one_draw_tells_nothing_of_another_and_none_is_refused() -> None:
    assert prediction_half([0.6]) == 0.0
    with pytest.raises(InputError, match="at least one finite number"):
        prediction_half([])
