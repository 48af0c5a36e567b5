"""Weighted sums of accuracies: against the comparison of two arms, turned round, and refused."""

import numpy as np
import pytest

from shiftprobe.diagnosing.contrasts import contrast
from shiftprobe.metrics.checks import InputError
from shiftprobe.stats.arms import compare_arms


def answers(share: float, seeds: int = 3, n: int = 300, seed: int = 0) -> np.ndarray:
    """(S, N) answers that are right on about this share of the same images."""
    hard = np.random.default_rng(1).random(n)
    noise = np.random.default_rng([seed, 2]).normal(0, 0.05, (seeds, n))
    level = share + np.random.default_rng([seed, 3]).normal(0, 0.01, (seeds, 1))
    right: np.ndarray = hard + noise < level
    return right


def test_two_arms_are_compared_as_the_run_compares_them() -> None:
    a, b = answers(0.8, seed=1), answers(0.7, seed=2)
    found, wanted = contrast([(1.0, a), (-1.0, b)]), compare_arms(a, b)
    assert wanted.both is not None
    assert (found.low, found.high) == pytest.approx(wanted.both)
    assert found.value == pytest.approx(wanted.difference)
    assert found.p == pytest.approx(wanted.p)
    assert (found.n, found.seeds, found.weak) == (300, 3, "")


def test_three_arms_agree_with_a_sum_by_hand() -> None:
    a, b, c = (answers(share, seed=i) for i, share in enumerate((0.9, 0.7, 0.5)))
    found = contrast([(1.0, b), (-0.8, a), (-0.2, c)])
    assert found.value == pytest.approx(b.mean() - 0.8 * a.mean() - 0.2 * c.mean())
    assert found.below == (found.high < 0)


def test_turned_round_the_interval_is_mirrored() -> None:
    a, b = answers(0.8, seed=1), answers(0.7, seed=2)
    there, back = contrast([(1.0, a), (-1.0, b)]), contrast([(1.0, b), (-1.0, a)])
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))


@pytest.mark.parametrize(
    ("seeds", "n", "weak"),
    [
        (1, 300, "one seed has no spread"),
        (2, 300, "2 seeds, and 3 are needed to confirm"),
        (3, 60, "60 test images, and 100 are needed to confirm"),
        (3, 100, ""),
    ],
)
def test_what_rests_on_little_says_so(seeds: int, n: int, weak: str) -> None:
    found = contrast([(1.0, answers(0.9, seeds, n, 1)), (-1.0, answers(0.5, seeds, n, 2))])
    assert found.weak == weak
    assert found.low < found.value < found.high
    assert (found.effect is None) == (found.p is None) == (seeds == 1)


def test_seeds_without_a_spread_say_so() -> None:
    a, b = np.repeat(answers(0.9, 1), 3, axis=0), np.repeat(answers(0.5, 1), 3, axis=0)
    found = contrast([(1.0, a), (-1.0, b)])
    assert found.weak == "all seeds differ alike, so their spread is not known"
    assert found.effect is None


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ([(1.0, answers(0.5))], "weights that add up to 0"),
        ([], "weights that add up to 0"),
        ([(1.0, answers(0.5)), (-1.0, answers(0.5, n=299))], "booleans \\(S, N\\) of the same"),
        ([(1.0, answers(0.5)), (-1.0, answers(0.5).astype(float))], "booleans \\(S, N\\) of the same"),
    ],
)
def test_refuses_what_is_no_contrast(terms: list[tuple[float, np.ndarray]], told: str) -> None:
    with pytest.raises(InputError, match=told):
        contrast(terms)
