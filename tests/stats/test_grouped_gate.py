"""Groups of images at a gate: what they promise, what they equal, what they refuse."""

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import beta, t

from shiftprobe.metrics.checks import InputError
from shiftprobe.stats import gate, grouped_gate

TABLE = Path(__file__).parents[2] / "benchmarks" / "groups" / "gates.csv"
RNG = np.random.default_rng(7)
NAMES = np.repeat(np.arange(30), 4)
RIGHT = np.repeat(RNG.random(30) < 0.8, 4) ^ (RNG.random(120) < 0.1)


def by_hand(right: np.ndarray, names: np.ndarray) -> tuple[float, float]:
    """Korn and Graubard's interval, with a group all right and one all wrong added to the variance."""
    groups = [right[names == name] for name in np.unique(names)]
    mean = len(right) / len(groups)
    sizes, hits = [*map(len, groups), mean, mean], [*(one.sum() for one in groups), mean, 0.0]
    total = sum(sizes)
    share = sum(hits) / total
    m = len(sizes)
    variance = m / (m - 1) * sum((h - share * n) ** 2 for h, n in zip(hits, sizes, strict=True)) / total**2
    ratio = (t.ppf(0.975, len(right) - 1) / t.ppf(0.975, len(groups) - 1)) ** 2
    n = min(len(right), share * (1 - share) / variance * ratio * len(right) / total)
    x = right.mean() * n
    return float(beta.ppf(0.025, x, n - x + 1)), float(beta.ppf(0.975, x + 1, n - x))


def test_the_interval_is_that_of_the_effective_number_of_images() -> None:
    found = grouped_gate(RIGHT, NAMES, 0.6)
    assert (found.low, found.high) == pytest.approx(by_hand(RIGHT, NAMES), abs=1e-12)
    assert (found.n, found.groups) == (120, 30)
    alone = gate(int(RIGHT.sum()), 120, 0.6)
    assert found.value == alone.value
    assert found.low < alone.low
    assert found.high > alone.high


def test_names_and_order_of_groups_do_not_matter() -> None:
    turn = RNG.permutation(120)
    renamed = np.array([f"object {name}" for name in NAMES])
    turned, found = grouped_gate(RIGHT[turn], renamed[turn], 0.6), grouped_gate(RIGHT, NAMES, 0.6)
    assert (turned.low, turned.high) == pytest.approx((found.low, found.high), abs=1e-12)
    assert turned.word == found.word
    assert (turned.p_above, turned.p_below) == pytest.approx((found.p_above, found.p_below), abs=1e-12)


def test_copies_of_an_image_are_no_further_images() -> None:
    once = np.arange(60) < 49
    four = np.repeat(once, 4)
    assert gate(int(four.sum()), 240, 0.75).word == "pass"
    assert grouped_gate(four, np.repeat(np.arange(60), 4), 0.75).word == "cannot tell"


@pytest.mark.parametrize("count", [1, 9])
def test_under_ten_groups_nothing_is_told(count: int) -> None:
    found = grouped_gate(np.ones(20 * count, bool), np.repeat(np.arange(count), 20), 0.1)
    assert found.word == "cannot tell"
    assert found.p_above == found.p_below == 1.0
    assert grouped_gate(np.ones(200, bool), np.repeat(np.arange(10), 20), 0.5).word == "pass"


def test_the_simulation_keeps_what_is_promised() -> None:
    rows = list(csv.DictReader(TABLE.read_text().splitlines()))
    assert len(rows) == 3 * 3 * 2 * 4
    assert {row["groups"] for row in rows} == {"10", "20", "50"}
    assert max(float(row["pass_by_groups"]) for row in rows) <= 0.03
    assert max(float(row["pass_by_images"]) for row in rows) > 0.18


def test_a_simulated_case_comes_out_again() -> None:
    rng = np.random.default_rng(1)
    names = np.repeat(np.arange(20), 4)
    passed = [grouped_gate((rng.random(20) < 0.7)[names], names, 0.7).word == "pass" for _ in range(300)]
    assert np.mean(passed) <= 0.05


def test_what_is_no_answer_per_image_is_refused() -> None:
    with pytest.raises(InputError, match="booleans and a group for each"):
        grouped_gate(np.ones(3), np.zeros(3), 0.5)
    with pytest.raises(InputError, match="booleans and a group for each"):
        grouped_gate(np.ones(3, bool), np.zeros(2), 0.5)
