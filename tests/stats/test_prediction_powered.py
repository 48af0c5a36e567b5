"""Accuracy from a few labels and all pictures: what it equals, what moves it, what it refuses, what it promises."""

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, logit
from scipy.stats import beta, binom

from shiftprobe.metrics.checks import InputError
from shiftprobe.stats import method_for, prediction_powered
from shiftprobe.stats.recalibration import confidence_line, log_odds
from validate_few_labels import Case, counted

TABLE = Path(__file__).parents[2] / "benchmarks" / "few_labels.csv"
PAIRS = TABLE.with_name("few_labels_pairs.csv")
RNG = np.random.default_rng(3)
CHANCE = RNG.beta(2, 1, 900)
RIGHT = RNG.random(900) < CHANCE
SOME = RNG.choice(900, 120, replace=False)


def line_by_hand(proxy: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, float, float]:
    """The penalised fit by a general optimiser."""
    x = logit(proxy)
    middle, spread = x.mean(), x.std() + 1e-6

    def loss(at: np.ndarray) -> float:
        z = at[0] + at[1] * (x - middle) / spread
        return float(np.logaddexp(0, np.where(right, -z, z)).sum() + 0.01 * at[0] ** 2 + 0.5 * at[1] ** 2)

    return minimize(loss, np.zeros(2), tol=1e-12).x, middle, spread


def powered_by_hand(right: np.ndarray, proxy: np.ndarray, everyone: np.ndarray, weights: np.ndarray) -> float:
    """The estimate, fold by fold."""
    rank = np.empty(len(proxy), int)
    rank[np.argsort(proxy, kind="stable")] = np.arange(len(proxy))
    terms = right * 1.0
    for fold in range(5):
        here, others = rank % 5 == fold, rank % 5 != fold
        at, middle, spread = line_by_hand(proxy[others], right[others])

        def mended(p: np.ndarray, at: np.ndarray = at, m: float = middle, s: float = spread) -> np.ndarray:
            return np.asarray(expit(at[0] + max(0.0, at[1]) * (logit(p) - m) / s))

        g, e, w = mended(proxy[others]), right[others] * 1.0, weights[others] / weights[others].sum()
        x, y = g - w @ g, e - w @ e
        slope = (w @ (x * y)) / (w @ (x * x))
        f = slope**2 * (w @ (x * x)) * (len(e) - 2) / (w @ (y - slope * x) ** 2)
        power = np.clip(slope, 0, 1) * max(0, 1 - 1 / f)
        terms[here] -= power * (mended(proxy[here]) - mended(everyone).mean())
    return float(np.average(terms, weights=weights))


def test_the_estimate_is_the_one_written_out_fold_by_fold() -> None:
    chances = RNG.uniform(0.05, 0.2, len(SOME))
    found = prediction_powered(RIGHT[SOME], CHANCE[SOME], CHANCE, probability=chances)
    assert found.method == "prediction-powered"
    wanted = powered_by_hand(RIGHT[SOME], CHANCE[SOME], CHANCE, 1 / chances)
    assert found.value == pytest.approx(wanted, abs=2e-4)


def test_a_line_is_that_of_a_general_optimiser() -> None:
    line = confidence_line(log_odds(CHANCE[SOME]), RIGHT[SOME])
    at, _, _ = line_by_hand(CHANCE[SOME], RIGHT[SOME])
    assert [line.offset[0], line.slope[0]] == pytest.approx(at.tolist(), abs=1e-3)


def test_labels_alone_have_the_exact_interval() -> None:
    found = prediction_powered(RIGHT[:40], CHANCE[:40], CHANCE)
    k = RIGHT[:40].sum()
    assert (found.method, found.n) == ("labels alone", 40)
    assert found.effective == pytest.approx(40)
    assert (found.low, found.high) == pytest.approx((beta.ppf(0.025, k, 41 - k), beta.ppf(0.975, k + 1, 40 - k)))


def test_one_good_proxy_is_worth_labels_and_a_useless_one_costs_none() -> None:
    good = prediction_powered(RIGHT[SOME], CHANCE[SOME], CHANCE)
    useless = np.random.default_rng(0).permutation(CHANCE)
    none = prediction_powered(RIGHT[SOME], useless[SOME], useless)
    assert good.effective > 1.3 * 120
    assert none.effective > 0.95 * 120
    assert good.high - good.low < 0.9 * (none.high - none.low)


def test_neither_the_order_of_labels_nor_a_factor_of_the_probabilities_moves_it() -> None:
    chances = RNG.uniform(0.05, 0.2, len(SOME))
    first = prediction_powered(RIGHT[SOME], CHANCE[SOME], CHANCE, probability=chances)
    mixed = np.random.default_rng(1).permutation(len(SOME))
    there = SOME[mixed]
    second = prediction_powered(RIGHT[there], CHANCE[there], CHANCE[::-1], probability=chances[mixed] * 3)
    assert (first.value, first.effective) == pytest.approx((second.value, second.effective))


def test_a_perfect_proxy_is_not_worth_more_than_all_pictures() -> None:
    sure = np.where(RIGHT, 0.999, 0.001)
    found = prediction_powered(RIGHT[SOME], sure[SOME], sure)
    assert found.low < RIGHT.mean() < found.high
    assert 120 < found.effective <= 900


@pytest.mark.parametrize(
    ("n", "mean", "method", "why"),
    [
        (49, 0.5, "labels alone", "fewer than 50 labels"),
        (50, 0.5, "prediction-powered", "25"),
        (99, 0.9, "labels alone", "fewer than 10 errors were to be expected (9.9)"),
        (101, 0.9, "prediction-powered", "10 errors"),
        (60, 0.1, "labels alone", "fewer than 10 right answers"),
    ],
)
def test_which_method_is_used_hangs_on_no_label(n: int, mean: float, method: str, why: str) -> None:
    said = method_for(np.full(n, mean))
    assert said[0] == method
    assert why in said[1]


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="a proxy for each"):
        prediction_powered(RIGHT[:5], CHANCE[:4], CHANCE)
    with pytest.raises(InputError, match="among all, got 120 of 60"):
        prediction_powered(RIGHT[SOME], CHANCE[SOME], CHANCE[:60])
    with pytest.raises(InputError, match="fractions from 0 to 1"):
        prediction_powered(RIGHT[:5], CHANCE[:5] + 1, CHANCE)
    with pytest.raises(InputError, match="above 0"):
        prediction_powered(RIGHT[:5], CHANCE[:5], CHANCE, probability=np.zeros(5))


def held(case: Case, draws: int, most: float = 0.035) -> dict[str, float]:
    """A case whose errors do not prove the promise broken, with three standard errors of the simulation."""
    found = counted(case, draws)
    slack = 3 * np.sqrt(most * (1 - most) / draws)
    assert max(found["missed_low"], found["missed_high"]) <= most + slack, (case, found)
    return found


@pytest.mark.parametrize("draw", ["uniform", "asked"])
def test_each_side_errs_as_rarely_as_promised(draw: str) -> None:
    good, useless = (held(Case(60, 0.8, proxy, draw), 400) for proxy in ("good", "useless"))
    assert good["width"] < 0.85
    assert useless["width"] < 1.05


def test_a_normal_interval_would_not_hold_the_promise() -> None:
    """The case for effective labels: the share of draws in which the plain normal interval lies above the truth."""
    n, p = 60, 0.95
    k = np.arange(n + 1)
    high = k / n + 1.96 * np.sqrt(k / n * (1 - k / n) / n)
    low = k / n - 1.96 * np.sqrt(k / n * (1 - k / n) / n)
    missed = binom.pmf(k, n, p)[(low > p) | (high < p)]
    assert missed.sum() > 0.06


@pytest.mark.slow
@pytest.mark.parametrize("draw", ["uniform", "asked", "steep"])
@pytest.mark.parametrize("proxy", ["good", "middling", "useless"])
def test_the_promise_thoroughly(proxy: str, draw: str) -> None:
    for labels in (30, 60, 120, 200):
        for accuracy in (0.5, 0.8, 0.95, 0.99):
            found = held(Case(labels, accuracy, proxy, draw), 2000)
            assert draw == "steep" or proxy != "useless" or found["width"] <= 1.02 + 0.01


def test_what_is_committed_keeps_the_promise() -> None:
    with TABLE.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["proxy"] in {"good", "middling", "useless"}]
    for row in rows:
        assert max(float(row["missed_low"]), float(row["missed_high"])) <= 0.035, row
    useless = [float(row["width"]) for row in rows if row["proxy"] == "useless" and row["draw"] != "steep"]
    assert len(useless) == 32
    assert np.mean(useless) <= 1.02
