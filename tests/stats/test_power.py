"""Power and seeds needed: the published table, an independent integral, and simulation."""

import json
import math
from pathlib import Path
from statistics import stdev
from typing import Any

import pytest
from scipy.integrate import quad
from scipy.stats import chi2, norm, t

from shiftprobe.metrics import InputError
from shiftprobe.stats import margin_certified, margin_of_seeds, seeds_needed, tost_power

GOLDEN: dict[str, Any] = json.loads((Path(__file__).parents[1] / "golden.json").read_text())
TABLE = [
    (float(sd.removeprefix("sd ")), float(margin), n)
    for margin, row in GOLDEN["seeds_for_80_percent_power"]["margin_points"].items()
    for sd, n in row.items()
]


def reference(n: int, sd: float, margin: float) -> float:
    """The same chance, integrated over the chi-square variable by an adaptive rule."""
    df, room = n - 1, margin * math.sqrt(n) / sd
    critical = t.ppf(0.95, df)

    def inside(q: float) -> float:
        return float((2 * norm.cdf(room - critical * math.sqrt(q / df)) - 1) * chi2.pdf(q, df))

    top = min(df * (room / critical) ** 2, float(chi2.isf(1e-14, df)))
    return float(quad(inside, 0, top, points=[min(df, top)], limit=200, epsabs=1e-10)[0])


@pytest.mark.parametrize(("sd", "margin", "n"), TABLE)
def test_the_table_of_seeds(sd: float, margin: float, n: int) -> None:
    assert seeds_needed(sd, margin) == n
    assert seeds_needed(100 * sd, 100 * margin) == n
    assert tost_power(n, sd, margin) >= 0.80
    assert tost_power(n - 1, sd, margin) < 0.80


@pytest.mark.parametrize("n", [2, 3, 5, 30, 400])
@pytest.mark.parametrize("sd", [0.2, 1.0, 3.0, 10.0])
def test_power_agrees_with_an_adaptive_integral(n: int, sd: float) -> None:
    assert tost_power(n, sd, 1.0) == pytest.approx(reference(n, sd, 1.0), abs=1e-7)


def test_power_rises_with_seeds_and_margin_and_falls_with_spread() -> None:
    by_n = [tost_power(n, 1.0, 1.0) for n in range(2, 60)]
    assert by_n == sorted(by_n)
    assert tost_power(10, 1.0, 1.1) > tost_power(10, 1.0, 1.0) > tost_power(10, 1.1, 1.0)
    assert tost_power(10, 1.0, 1.0, alpha=0.01) < tost_power(10, 1.0, 1.0)


def test_many_seeds_follow_the_normal_formula() -> None:
    z = norm.ppf(0.95) + norm.ppf(0.90)
    for ratio in (1e3, 1e6):
        assert seeds_needed(ratio, 1.0) == pytest.approx((z * ratio) ** 2, rel=1e-5)
    below, above = (tost_power(n, 16.0, 1.0) for n in (2000, 2002))  # where the density changes its formula
    assert 0 < above - below < 1e-3


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"sd": 0.0}, "sd must be"),
        ({"sd": math.nan}, "sd must be"),
        ({"margin": -1.0}, "margin must be"),
        ({"power": 80.0}, r"write 0\.8"),
        ({"alpha": 5.0}, r"write 0\.05"),
    ],
)
def test_refuses_what_has_no_answer(changed: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        seeds_needed(**({"sd": 1.0, "margin": 1.0} | changed))


def test_one_pair_has_no_power() -> None:
    with pytest.raises(InputError, match="at least 2 pairs, got 1"):
        tost_power(1, 1.0, 1.0)


@pytest.mark.parametrize("n", [2, 3, 5, 10, 100])
def test_the_margin_of_seeds_is_half_the_90_percent_interval(n: int) -> None:
    low, high = t.interval(0.9, n - 1, loc=0.0, scale=1.2 / math.sqrt(n))
    assert margin_of_seeds(n, 1.2) == pytest.approx((high - low) / 2, rel=1e-12)


def test_the_margin_of_seeds_is_what_a_comparison_of_equal_means_certifies() -> None:
    a, b = [0.70, 0.72, 0.68, 0.71], [0.71, 0.71, 0.70, 0.69]
    differences = [x - y for x, y in zip(a, b, strict=True)]
    assert sum(differences) == pytest.approx(0.0)
    assert margin_of_seeds(4, stdev(differences)) == pytest.approx(margin_certified(a, b))


def test_more_seeds_and_less_spread_certify_less() -> None:
    margins = [margin_of_seeds(n, 1.0) for n in range(2, 30)]
    assert margins == sorted(margins, reverse=True)
    assert margin_of_seeds(5, 3.0) == pytest.approx(3 * margin_of_seeds(5, 1.0))


@pytest.mark.parametrize(("n", "sd"), [(1, 1.0), (3, 0.0), (3, -1.0), (3, math.nan), (3, math.inf)])
def test_no_margin_without_a_spread(n: int, sd: float) -> None:
    with pytest.raises(InputError):
        margin_of_seeds(n, sd)
