"""One half chooses, the other judges: the rule, its independence, and how often its interval holds."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from shiftprobe.auditing.paired import gain
from shiftprobe.auditing.repairs.choosing import JudgedWays, choose, cross_chosen, crossed_confidence, dealt, path

Right = NDArray[np.bool_]


def table(*counts: tuple[int, int], n: int = 20) -> Right:
    """(K, 2 n): of either half the first so many are right."""
    return np.array([[i < one for i in range(n)] + [i < two for i in range(n)] for one, two in counts])


HALVES = (np.arange(20), np.arange(20, 40))


def test_a_half_takes_what_it_answers_best_and_the_nearest_of_equals() -> None:
    ways = JudgedWays(there=table((5, 9), (8, 3), (8, 7)), halves=HALVES)
    assert [choose(ways, half, 0.0) for half in (0, 1)] == [1, 0]


def test_what_costs_more_at_home_than_the_margin_is_not_chosen() -> None:
    there, home = table((5, 5), (8, 8), (9, 9)), table((18, 18), (17, 18), (12, 12))
    ways = JudgedWays(there=there, halves=HALVES, home=home, home_halves=HALVES)
    assert [choose(ways, 0, margin) for margin in (0.0, 0.06, 0.5)] == [0, 1, 2]
    assert choose(ways, 1, 0.0) == 1


def test_every_image_is_answered_by_what_the_other_half_chose() -> None:
    ways = JudgedWays(there=table((5, 9), (8, 3), (8, 7)), halves=HALVES)
    found = cross_chosen(ways, 0.0)
    assert found.chosen == (1, 0)
    assert found.there[HALVES[1]].sum() == 3  # the way of the first half, judged by the second
    assert found.there[HALVES[0]].sum() == 5
    assert found.home is None


def test_labels_of_the_judging_half_do_not_move_its_judge() -> None:
    rng = np.random.default_rng(0)
    there = rng.random((5, 40)) < 0.5
    other = there.copy()
    other[:, HALVES[1]] = rng.random((5, 20)) < 0.5
    first, second = (cross_chosen(JudgedWays(there=one, halves=HALVES), 0.0).chosen for one in (there, other))
    assert first[0] == second[0]


def test_images_of_one_group_stay_in_one_half() -> None:
    labels, clusters = np.arange(60) % 3, np.repeat(np.arange(12), 5)
    first, second = dealt(labels, clusters, 0, "x")
    assert not set(clusters[first]) & set(clusters[second])
    assert sorted([*first, *second]) == list(range(60))
    alone = dealt(labels, None, 0, "x")
    assert [np.bincount(labels[one]).tolist() for one in alone] == [[10, 10, 10]] * 2


def test_a_path_has_the_accuracy_of_all_images() -> None:
    ways = JudgedWays(there=table((5, 9), (8, 4)), halves=HALVES, home=table((20, 20), (10, 10)), home_halves=HALVES)
    points = path((0.0, 1.0), ways, 0.95)
    assert [(one.there, one.home) for one in points] == [(14 / 40, 1.0), (12 / 40, 0.5)]
    assert points[0].there_low < 14 / 40 < points[0].there_high


def simulated(rng: np.random.Generator, n: int, shares: tuple[float, ...]) -> tuple[bool, bool]:
    """Whether the interval holds the true gain of what was chosen, and whether it is called a gain."""
    hard = rng.normal(size=n)
    there = np.stack([0.8 * hard + 0.6 * rng.normal(size=n) < norm.ppf(share) for share in shares])
    ways = JudgedWays(there=there, halves=(np.arange(0, n, 2), np.arange(1, n, 2)))
    found = cross_chosen(ways, 0.0)
    first, second = (shares[one] for one in found.chosen)
    told = gain(there[0], found.there, crossed_confidence(0.95))
    return told.low <= (first + second) / 2 - shares[0] <= told.high, told.low > 0


def rates(draws: int, n: int, shares: tuple[float, ...]) -> tuple[float, float]:
    rng = np.random.default_rng(n)
    held, called = np.mean([simulated(rng, n, shares) for _ in range(draws)], axis=0)
    return float(held), float(called)


@pytest.mark.parametrize("n", [60, 400])
def test_the_interval_holds_what_was_chosen_and_equal_ways_are_seldom_called_a_gain(n: int) -> None:
    held, called = rates(150, n, (0.7,) * 5)
    assert held > 0.9
    assert called < 0.07
    assert rates(100, n, (0.5, 0.6, 0.65, 0.7, 0.6))[0] > 0.88


@pytest.mark.slow
@pytest.mark.parametrize("n", [40, 100, 400, 1600])
@pytest.mark.parametrize("shares", [(0.7,) * 5, (0.9,) * 5, (0.5, 0.6, 0.65, 0.7, 0.6), (0.9, 0.91, 0.92, 0.9, 0.85)])
def test_thoroughly(n: int, shares: tuple[float, ...]) -> None:
    held, called = rates(4000, n, shares)
    assert held > 0.94
    assert called < 0.035 or max(shares) > shares[0]
