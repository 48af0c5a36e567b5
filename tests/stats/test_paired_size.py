"""The regression gate by listing every outcome: p to twelve figures, its envelope, and its size."""

import csv
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import multinomial

from shiftprobe.stats.paired_exact import lower_end, proof, score, tail

LEVEL = 0.025
ROWS = Path(__file__).parents[2] / "benchmarks" / "regression_size.csv"


def outcomes(n: int) -> NDArray[np.int64]:
    """(outcomes, 3): only a right, only b right, the rest."""
    x, y = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
    x, y = x[x + y <= n], y[x + y <= n]
    return np.stack([x, y, n - x - y], axis=1)


def chance(which: NDArray[np.bool_], n: int, bound: float, share: float) -> float:
    """Of the outcomes, where the true difference is the bound and this share of images flips."""
    pair = ((share + bound) / 2.0, (share - bound) / 2.0)
    return float(multinomial(n, [*pair, 1.0 - sum(pair)]).pmf(outcomes(n)[which]).sum())


@pytest.mark.parametrize(
    ("bound", "share", "expected"),
    [(0.02, 0.02714727122432332, 0.021270915222891824), (0.0195, 0.021589047575692976, 0.035600070197728415)],
)
def test_twelve_figures_of_one_bound_alone(bound: float, share: float, expected: float) -> None:
    a, b, n = 40, 18, 300
    table, least = outcomes(n), float(score(a, b, n, bound))
    extreme = score(table[:, 0], table[:, 1], n, bound) >= least - 1e-9
    assert tail(least, n, bound) == pytest.approx(expected, rel=1e-11)
    assert chance(extreme, n, bound, share) == pytest.approx(expected, rel=1e-11)


def test_the_envelope_is_the_largest_tail_of_all_smaller_bounds() -> None:
    bounds = np.arange(0.0005, 0.0201, 0.0001)
    alone = [tail(float(score(40, 18, 300, bound)), 300, bound) for bound in bounds]
    for margin in (0.016, 0.018, 0.0195, 0.02):
        largest = max(p for p, bound in zip(alone, bounds, strict=True) if bound <= margin + 1e-9)
        assert proof(40, 18, 300, margin) == pytest.approx(largest, rel=6e-3)
    assert proof(40, 18, 300, 0.0195) == pytest.approx(0.03562937364154924, rel=1e-11)
    assert lower_end(40, 18, 300, LEVEL) == pytest.approx(0.01800268534656705, rel=1e-11)


@pytest.mark.slow
@pytest.mark.parametrize("margin", [0.1, -0.1])
def test_of_every_outcome_the_gate_takes_few_enough_for_proof(margin: float) -> None:
    n = 10
    table = outcomes(n)
    proven = np.array([proof(a, b, n, margin) <= LEVEL for a, b, _ in table.tolist()])
    sizes = [chance(proven, n, margin, share) for share in np.linspace(abs(margin), 1.0 - 1e-9, 200)]
    assert 0.002 < max(sizes) <= LEVEL


def test_the_sizes_that_were_listed_keep_the_promise() -> None:
    rows = list(csv.DictReader(ROWS.read_text().splitlines()))
    assert {row["images"] for row in rows} >= {"20", "100", "400", "2000", "10000"}
    assert all(float(row["false"]) <= LEVEL + 2e-5 for row in rows)
