"""Multiple comparisons with the best: an independent reference, the promise, invariances, refusals."""

import itertools
import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from shiftprobe.metrics import InputError
from shiftprobe.stats import best_of
from shiftprobe.stats.best import dunnett_critical

DRAWS = 2000
ONE_SIDED_05 = {  # Dunnett, 1955, table 1a
    (1, 10): 1.81, (2, 10): 2.15, (3, 10): 2.34, (4, 10): 2.47, (2, 20): 2.03, (4, 20): 2.30,
    (2, 5): 2.44, (4, 5): 2.85,
}  # fmt: skip


def _draws(
    levels: list[float], *, spread: list[float], seed: int, seeds: int = 3, images: int = 120
) -> NDArray[np.bool_]:
    """(DRAWS, K, S, N) right or wrong: seeds move each candidate, images are as difficult for all of them."""
    rng, k = np.random.default_rng(seed), len(levels)
    moved = rng.normal(size=(DRAWS, k, seeds, 1)) * np.array(spread)[:, None, None]
    difficulty = rng.normal(size=(DRAWS, 1, 1, images)) + 0.7 * rng.normal(size=(DRAWS, k, 1, images))
    each = rng.normal(size=(DRAWS, k, seeds, images))
    return np.asarray(np.array(levels)[:, None, None] + moved + difficulty + 0.5 * each > 0)


@pytest.mark.parametrize(("others", "df"), ONE_SIDED_05)
def test_critical_values_are_those_of_dunnetts_table(others: int, df: int) -> None:
    assert dunnett_critical(others, df) == pytest.approx(ONE_SIDED_05[others, df], abs=0.006)


@pytest.mark.parametrize(("others", "df"), [(2, 4), (5, 300)])
def test_critical_values_leave_what_they_promise_of_a_multivariate_t(others: int, df: int) -> None:
    shape = np.full((others, others), 0.5) + 0.5 * np.eye(others)
    known = stats.multivariate_t(shape=shape, df=df).cdf(np.full(others, dunnett_critical(others, df)), random_state=0)
    assert known == pytest.approx(0.95, abs=5e-4)
    assert dunnett_critical(1, df) == pytest.approx(stats.t.ppf(0.95, df), abs=1e-6)


def _kept_by_hand(table: NDArray[np.bool_]) -> tuple[int, ...]:
    """The same rule from statsmodels-free parts: intervals of each pair, end by end."""
    count, seeds, images = table.shape
    kept = set(range(count))
    for i, j in itertools.permutations(range(count), 2):
        above = table[j].astype(float) - table[i]
        per_seed, per_image = above.mean(axis=1), np.append(above.mean(axis=0), [1, -1])
        over_seeds = stats.t.ppf(1 - 0.05 / (count - 1), seeds - 1) * stats.sem(per_seed)
        over_images = above.mean() - per_image.mean()
        over_images += dunnett_critical(count - 1, images + 1) * stats.sem(per_image)
        if above.mean() > math.hypot(over_seeds, over_images) and over_seeds > 0:
            kept.discard(i)
    return tuple(sorted(kept))


def test_agrees_with_the_rule_by_hand() -> None:
    tables = _draws([0.0, 0.4, 0.9], spread=[0.1, 0.1, 0.1], seed=3)[:40]
    found = [best_of(table).kept for table in tables]
    assert found == [_kept_by_hand(table) for table in tables]
    assert len(set(found)) > 1


@pytest.mark.parametrize("spread", [[0.2, 0.2, 0.2], [0.5, 0.05, 0.05]], ids=["alike", "the best is the noisiest"])
def test_the_best_is_kept_as_often_as_promised(spread: list[float]) -> None:
    tables = _draws([0.3, 0.3, 0.3], spread=spread, seed=11)
    held = np.mean([0 in best_of(table).kept for table in tables])
    assert held >= 0.95 - 2 * math.sqrt(0.95 * 0.05 / DRAWS)


def test_intervals_hold_the_true_differences_from_the_best() -> None:
    levels = [0.0, 0.3, 0.6]
    true = stats.norm.cdf(np.array(levels) / math.sqrt(0.1**2 + 1 + 0.7**2 + 0.5**2))
    from_best = [true[i] - max(true[j] for j in range(3) if j != i) for i in range(3)]
    held = 0
    for table in _draws(levels, spread=[0.1, 0.1, 0.1], seed=5)[:500]:
        found = best_of(table).candidates
        held += all(one.low <= gap <= one.high for one, gap in zip(found, from_best, strict=True))
    assert held / 500 >= 0.95


def test_a_clear_winner_stands_alone_and_its_interval_begins_at_0() -> None:
    table = _draws([-1.5, 1.5, -1.0], spread=[0.05] * 3, seed=2, images=400)[0]
    found = best_of(table)
    assert found.kept == (1,)
    assert found.candidates[1].low == 0.0 < found.candidates[1].high
    assert all(one.high == 0.0 > one.low for place, one in enumerate(found.candidates) if place != 1)


def test_order_of_candidates_seeds_and_images_moves_nothing() -> None:
    table = _draws([0.0, 0.5, 0.6, 0.7], spread=[0.1] * 4, seed=4)[0]
    found, rng = best_of(table), np.random.default_rng(1)
    order, seeds, images = rng.permutation(4), rng.permutation(3), rng.permutation(table.shape[2])
    turned = best_of(table[order][:, seeds][:, :, images])
    for place, was in enumerate(order.tolist()):
        one, before = turned.candidates[place], found.candidates[was]
        assert one.kept == before.kept
        assert (one.low, one.high) == pytest.approx((before.low, before.high))


def test_one_seed_equal_differences_and_few_groups_show_nothing() -> None:
    clear = np.zeros((2, 3, 40), bool)
    clear[1] = True
    assert best_of(clear).kept == (0, 1)  # equal on every seed: no spread is known
    moved = clear.copy()
    moved[1, 0, :4] = False
    assert best_of(moved).kept == (1,)
    one, few = best_of(moved[:, :1]), best_of(moved, groups=np.arange(40) % 9)
    assert one.kept == few.kept == (0, 1)
    assert "one seed" in one.reason
    assert "9 groups" in few.reason


def test_refuses_what_is_no_comparison() -> None:
    right = np.ones((2, 2, 5), bool)
    for wrong in (right[:1], right[0], right[:, :0], right * 2.0, right * math.nan):
        with pytest.raises(InputError, match="best of several"):
            best_of(wrong)
    with pytest.raises(InputError, match="confidence"):
        best_of(right, confidence=1.0)
    with pytest.raises(InputError, match="critical value"):
        dunnett_critical(0, 5)
