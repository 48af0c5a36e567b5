"""Worth in labels: brute force, planted learning curves, symmetries, words, refusals."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray
from scipy import stats as scipy_stats

from shiftprobe.stats import Verdict, Worth, equivalent_from, labels_sentence, labels_worth, tost_paired

Curves: TypeAlias = NDArray[np.float64]

BUDGETS = [50, 100, 300, 900]
TWOFOLD = [50, 100, 200, 400, 800]
SAVES = 2  # planted: the arm does with b labels what the other does with twice as many
QUICK = 400
FULL = 5000


def power_law(labels: ArrayLike) -> Curves:
    """Accuracy of the planted other arm: 71.7 % with 50 labels, 93.3 % with 900."""
    return 1.0 - 2.0 / np.sqrt(np.asarray(labels, dtype=np.float64))


def planted(n: int, draws: int, saves: float = SAVES, budgets: Sequence[int] = BUDGETS) -> tuple[Curves, Curves]:
    """Both arms' accuracies, (draws, n, B) each: errors vary by 15 % of themselves, half of it the seed's doing."""
    rng = np.random.default_rng([n, draws])
    luck = rng.normal(size=(draws, n, 1))
    labels = np.array(budgets, dtype=np.float64)
    arms = []
    for curve in (power_law(saves * labels), power_law(labels)):
        chance = np.sqrt(0.5) * (luck + rng.normal(size=(draws, n, len(labels))))
        arms.append(np.clip(1.0 - (1.0 - curve) * (1.0 + 0.15 * chance), 0.0, 1.0))
    return arms[0], arms[1]


def straight(budget: int) -> float:
    """Where the planted other arm, drawn straight between budgets, reaches what the arm has at one budget."""
    return float(np.exp(np.interp(power_law(SAVES * budget), power_law(BUDGETS), np.log(BUDGETS))))


def holds(one: Worth, truth: float) -> bool:
    return (one.low is None or one.low <= truth) and (one.high is None or truth <= one.high)


def intervals(n: int, draws: int, saves: float = SAVES, budgets: Sequence[int] = BUDGETS) -> list[tuple[Worth, ...]]:
    found = [labels_worth(budgets, *pair) for pair in zip(*planted(n, draws, saves, budgets), strict=True)]
    assert all(one.p is not None for worths in found for one in worths)  # there is an interval every time
    return found


def coverage(found: list[tuple[Worth, ...]], j: int, truth: float) -> float:
    return sum(holds(worths[j], truth) for worths in found) / len(found)


def one_by_one(n: int, draws: int, j: int, truth: float) -> tuple[float, float]:
    """The road not taken, a t interval on each seed's log labels: how often it exists, and holds the truth then."""
    logs, held = np.log(BUDGETS), []
    for ours, theirs in zip(*planted(n, draws), strict=True):
        curves = np.maximum.accumulate(theirs, axis=1)
        inside = (curves[:, 0] <= ours[:, j]) & (ours[:, j] <= curves[:, -1])
        if inside.all():
            places = [np.interp(y, curve, logs) for y, curve in zip(ours[:, j], curves, strict=True)]
            half = scipy_stats.t.ppf(0.975, n - 1) * np.std(places, ddof=1) / np.sqrt(n)
            held.append(abs(np.mean(places) - np.log(truth)) <= half)
    return len(held) / draws, float(np.mean(held))


def verdict(ours: Sequence[float], theirs: Sequence[float], p: float | None, margin: float = 0.01) -> Verdict:
    if tost_paired(ours, theirs, margin) < 0.05:
        return "equivalent"
    if p is None or p >= 0.05:
        return "inconclusive"
    return "better" if np.mean(ours) > np.mean(theirs) else "worse"


@pytest.mark.parametrize("saves", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("n", [3, 6, 10])
def test_the_interval_is_where_a_t_test_finds_no_difference(n: int, saves: float) -> None:
    ours, theirs = (arm[0] for arm in planted(n, 1, saves))
    labels = np.geomspace(50, 900, 4001)
    curves = np.array([np.interp(np.log(labels), np.log(BUDGETS), curve) for curve in theirs])
    for j, one in enumerate(labels_worth(BUDGETS, ours, theirs)):
        gaps = ours[:, [j]] - curves
        p = scipy_stats.ttest_1samp(gaps, 0.0).pvalue
        kept = labels[p >= 0.05]
        first, last = (kept[0], kept[-1]) if len(kept) else (900, 50)
        above, below = (p[0] < 0.05 and gaps[:, 0].mean() > 0), (p[-1] < 0.05 and gaps[:, -1].mean() < 0)
        assert one.p == pytest.approx(scipy_stats.ttest_rel(ours[:, j], theirs[:, j]).pvalue)
        assert one.low == (pytest.approx(first, rel=0.002) if above else None)
        assert one.high == (pytest.approx(last, rel=0.002) if below else None)


def test_the_label_count_is_where_the_mean_curves_meet() -> None:
    ours = [[0.60, 0.80, 0.95], [0.62, 0.82, 0.95]]
    theirs = [[0.50, 0.70, 0.90], [0.52, 0.72, 0.90]]
    first, second, third = labels_worth([10, 100, 1000], ours, theirs)
    assert first.equal_to == pytest.approx(10**1.5)
    assert first.worth == pytest.approx(10**1.5 - 10)
    assert second.equal_to == pytest.approx(100 * 10 ** (0.1 / 0.19))
    assert first.bound == second.bound == ""
    assert (third.equal_to, third.bound, third.worth) == (1000.0, "at least", 0.0)
    back = labels_worth([10, 100, 1000], theirs, ours)
    assert (back[0].equal_to, back[0].bound) == (10.0, "at most")


@pytest.mark.parametrize("n", [3, 5, 10])
def test_the_interval_holds_a_planted_truth(n: int) -> None:
    found = intervals(n, QUICK)
    for j, budget in enumerate(BUDGETS[:3]):
        assert 0.92 <= coverage(found, j, straight(budget)) <= 0.985


@pytest.mark.slow
@pytest.mark.parametrize("n", [3, 5, 10])
def test_full_coverage(n: int) -> None:
    found = intervals(n, FULL)
    for j, budget in enumerate(BUDGETS[:3]):
        assert 0.94 <= coverage(found, j, straight(budget)) <= 0.97


@pytest.mark.slow
def test_a_power_law_itself_asks_for_closer_budgets() -> None:
    """It bends where we draw straight; the more seeds, the more that shows."""
    wide, close = intervals(10, FULL), intervals(10, FULL, 1.5, TWOFOLD)
    assert all(0.85 <= coverage(wide, j, SAVES * BUDGETS[j]) <= 0.96 for j in range(3))
    assert all(0.92 <= coverage(close, j, 1.5 * TWOFOLD[j]) <= 0.96 for j in range(4))


@pytest.mark.slow
def test_inverting_seed_by_seed_loses_more_intervals_the_more_seeds_there_are() -> None:
    few, many = (one_by_one(n, FULL, 2, straight(300)) for n in (3, 10))
    assert many[0] < 0.5 < few[0] < 0.8
    assert many[1] < few[1]  # and those it keeps are chosen


def test_a_straight_line_overstates_a_power_law_by_less_than_a_tenth() -> None:
    labels = np.array(BUDGETS, dtype=np.float64)
    for saves in (1.3, 1.5, 1.7, 2.0, 2.5):
        found = labels_worth(BUDGETS, [power_law(saves * labels)], [power_law(labels)])
        for one in found:
            if not one.bound:
                assert 1.0 - 1e-9 <= one.equal_to / (saves * one.budget) <= 1.09


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(-30, 30)), min_size=2, max_size=6), st.integers(2, 30))
def test_swapping_the_arms_turns_the_factor_round(seeds: list[tuple[int, int]], slope: int) -> None:
    """Straight parallel curves: what multiplies labels one way divides them the other way."""
    steps = slope / 1000 * np.log(BUDGETS)
    theirs = np.array([0.3 + luck / 1000 + steps for luck, _ in seeds])
    ours = np.array([0.3 + (luck + gain) / 1000 + steps for luck, gain in seeds])
    for one, back in zip(labels_worth(BUDGETS, ours, theirs), labels_worth(BUDGETS, theirs, ours), strict=True):
        if not one.bound and not back.bound:
            assert back.equal_to * one.equal_to == pytest.approx(one.budget**2)
        if None not in {one.low, one.high, back.low, back.high}:
            assert one.low * back.high == pytest.approx(one.budget**2, rel=1e-6)  # type: ignore[operator]
        assert one.p == back.p
        assert one.direction * back.direction <= 0


def test_neither_the_order_of_seeds_nor_a_common_constant_nor_the_unit_of_labels_matters() -> None:
    ours, theirs = (arm[0] for arm in planted(5, 1))
    found = labels_worth(BUDGETS, ours, theirs)
    turned = labels_worth(BUDGETS, ours[::-1] - 0.1, theirs[::-1] - 0.1)
    tenfold = labels_worth([10 * b for b in BUDGETS], ours, theirs)
    for one, same, more in zip(found, turned, tenfold, strict=True):
        assert same.equal_to == pytest.approx(one.equal_to)
        assert more.equal_to == pytest.approx(10 * one.equal_to)
        assert one.bound == same.bound == more.bound
        assert one.p == more.p == pytest.approx(same.p)
        for end, moved, large in ((one.low, same.low, more.low), (one.high, same.high, more.high)):
            assert moved == (None if end is None else pytest.approx(end))
            assert large == (None if end is None else pytest.approx(10 * end))


def test_an_arm_is_worth_nothing_against_itself_even_where_its_curve_falls() -> None:
    curve = [[0.5, 0.9, 0.8, 0.9], [0.6, 0.8, 0.75, 0.95]]
    for one in labels_worth(BUDGETS, curve, curve):
        assert (one.equal_to, one.bound, one.worth, one.p, one.low) == (one.budget, "", 0.0, None, None)


def test_without_spread_or_with_one_seed_there_is_no_interval() -> None:
    for ours, theirs in (([[0.8, 0.9]], [[0.7, 0.85]]), ([[0.8, 0.9]] * 3, [[0.7, 0.85]] * 3)):
        for one in labels_worth([10, 20], ours, theirs):
            assert (one.low, one.high, one.p, one.direction) == (None, None, None, 0)


def test_where_all_seeds_cross_at_the_same_place_their_spread_is_unknown() -> None:
    first, _ = labels_worth([10, 20], [[0.8, 0.85], [0.9, 0.95]], [[0.6, 0.8], [0.75, 0.9]])
    assert (first.equal_to, first.low, first.high, first.p) == (20.0, None, None, None)


def test_the_range_of_equivalence_is_tested_from_the_largest_budget_down() -> None:
    assert equivalent_from(BUDGETS, ["better", "inconclusive", "equivalent", "equivalent"]) == 300
    assert equivalent_from(BUDGETS, ["equivalent", "better", "equivalent", "equivalent"]) == 300
    assert equivalent_from(BUDGETS, ["equivalent"] * 4) == 50
    assert equivalent_from(BUDGETS, ["equivalent", "equivalent", "equivalent", "worse"]) is None


APART = [[0.0, 0.01, 0.01], [0.01, 0.0, 0.01], [0.01, 0.0, 0.0]]


def wrongly_within(apart: list[float], draws: int) -> float:
    """How often a budget at which the arms differ by the margin lies within the range of equivalence."""
    wrong = 0
    for gaps in np.random.default_rng(draws).normal(apart, 0.003, (draws, 5, 3)):
        ps = [tost_paired((0.7 + gaps[:, j]).tolist(), [0.7] * 5) for j in range(3)]
        start = equivalent_from([1, 2, 3], ["equivalent" if p < 0.05 else "inconclusive" for p in ps])
        wrong += start is not None and 0.01 in apart[start - 1 :]
    return wrong / draws


def claims_between_equals(n: int, draws: int) -> float:
    """How often a worth is claimed between arms of equal strength."""
    claims = 0
    for ours, theirs in zip(*planted(n, draws, saves=1.0), strict=True):
        worths = labels_worth(BUDGETS, ours, theirs)
        verdicts = [verdict(ours[:, j].tolist(), theirs[:, j].tolist(), one.p) for j, one in enumerate(worths)]
        claims += "labelled image" in labels_sentence(worths, verdicts)
    return claims / draws


@pytest.mark.parametrize("apart", APART)
def test_a_budget_where_the_arms_differ_by_the_margin_is_rarely_within_the_range(apart: list[float]) -> None:
    assert wrongly_within(apart, 2 * QUICK) <= 0.065


def test_a_worth_is_rarely_claimed_between_arms_of_equal_strength() -> None:
    assert 0.0 < claims_between_equals(5, QUICK) <= 0.06


@pytest.mark.slow
def test_full_rate_of_wrong_claims() -> None:
    assert 0.02 < max(wrongly_within(apart, FULL) for apart in APART) <= 0.06
    assert max(claims_between_equals(n, FULL) for n in (3, 10)) <= 0.05
