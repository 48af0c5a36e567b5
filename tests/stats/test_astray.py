"""Trainings that went astray: which are called so, the exact share, and words that hang on leaving them out."""

import numpy as np
import pytest
from scipy import stats as scipy_stats

from shiftprobe.metrics import InputError
from shiftprobe.stats import agreed, astray, astray_share, compare_paired, weigh
from shiftprobe.stats.arms import ArmsCompared

HEALTHY = (0.81, 0.8, 0.815, 0.79)


def over_seeds(a: list[float], b: list[float]) -> ArmsCompared:
    return weigh(compare_paired(a, b), None)


@pytest.mark.parametrize(
    ("accuracies", "losses", "majority", "found"),
    [
        ((*HEALTHY, 0.6), (), None, [4]),  # 20 points below
        ((*HEALTHY, 0.72), (), None, []),  # 8 points are not enough alone
        ((*HEALTHY, 0.72), (0.2, 0.22, 0.19, 0.21, 1.3), None, [4]),  # but with a loss six times the others'
        ((*HEALTHY, 0.72), (0.2, 0.22, 0.19, 0.21, 0.3), None, []),
        ((*HEALTHY, 0.72), (None, 0.22, None, 0.21, 1.3), None, [4]),
        ((*HEALTHY, 0.72), (), 0.725, [4]),  # or at the commonest class, where the others are above it
        ((*HEALTHY, 0.72), (), 0.79, []),  # which they hardly are here
        ((0.8, 0.3), (), None, []),  # of two, nobody can say which
        ((0.2, 0.21, 0.8), (), None, []),  # most seeds fail: the recipe does
        ((0.95, 0.7, 0.5), (), None, []),  # seeds that differ as much anyway
        ((0.8, 0.81, 0.6, 0.59, 0.8, 0.82, 0.79), (), None, [2, 3]),
    ],
)
def test_a_training_far_below_the_others_is_astray(
    accuracies: tuple[float, ...], losses: tuple[float | None, ...], majority: float | None, found: list[int]
) -> None:
    assert np.flatnonzero(astray(accuracies, losses=losses, majority=majority)).tolist() == found


def test_the_order_of_seeds_moves_nothing_and_neither_does_a_common_constant() -> None:
    values = np.array([*HEALTHY, 0.6, 0.55])
    order = np.random.default_rng(0).permutation(6)
    assert astray(values)[order].tolist() == astray(values[order]).tolist()
    assert astray(values - 0.3).tolist() == astray(values).tolist()


def test_healthy_seeds_are_rarely_called_astray_and_collapsed_ones_mostly() -> None:
    rng = np.random.default_rng(1)
    for n in (3, 5, 10):
        healthy = 0.7 + 0.05 * (16 - rng.gamma(16, 1, (1500, n))) / 4
        assert np.mean([astray(np.clip(one, 0, 1)) for one in healthy]) < 0.02
        one = 0.7 + rng.normal(0, 0.02, (300, n))
        one[:, 0] -= 0.2
        assert np.mean([astray(values)[0] for values in one]) > 0.8


def test_the_share_is_the_exact_interval() -> None:
    none, one = astray_share(0, 3), astray_share(1, 10)
    assert (none.low, none.high) == pytest.approx((0.0, 1 - 0.025 ** (1 / 3)))
    assert none.high == pytest.approx(0.71, abs=0.005)
    exact = scipy_stats.binomtest(1, 10).proportion_ci(method="exact")
    assert (one.low, one.high) == pytest.approx((exact.low, exact.high))


def test_a_word_that_hangs_on_leaving_trainings_out_is_declined() -> None:
    a, b = [0.85, 0.86, 0.84, 0.855, 0.6], [0.8, 0.81, 0.79, 0.8, 0.805]
    every, sound = over_seeds(a, b), over_seeds(a[:4], b[:4])
    assert (every.verdict, sound.verdict) == ("inconclusive", "better")
    found = agreed(sound, every, 1)
    assert (found.verdict, found.open) == ("inconclusive", "astray")
    assert found.difference == sound.difference
    assert found.p == max(every.p or 0, sound.p or 0)
    assert "without it better, with it inconclusive" in found.reason


def test_a_word_that_stands_either_way_is_kept_with_the_sound_numbers() -> None:
    a, b = [0.85, 0.86, 0.84, 0.855, 0.6], [0.5, 0.51, 0.49, 0.5, 0.4]
    every, sound = over_seeds(a, b), over_seeds(a[:4], b[:4])
    assert agreed(sound, every, 1) == sound
    assert sound.verdict == "better"


def test_refuses_what_is_no_accuracy_per_seed() -> None:
    with pytest.raises(InputError, match="one accuracy per seed"):
        astray([0.5, float("nan")])
    with pytest.raises(InputError, match="got 2 for 3 seeds"):
        astray([0.5, 0.6, 0.7], losses=[0.1, 0.2])
