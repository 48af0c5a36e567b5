"""A promised coverage along shifts: the interval and the dose at which it breaks, by simulation and at its edges."""

import numpy as np
import pytest
from scipy import stats

from shiftprobe.metrics import broken_promise, set_threshold
from shiftprobe.stats.promise import calibration_images, coverage, coverage_dials

DOSES = (0.0, 0.25, 0.5, 1.0)


def dial(
    n: int, promised: float, alike: float, fall: float, rng: np.random.Generator
) -> tuple[np.ndarray, list[float]]:
    """Whether each set holds the right class at each dose, halves judging each other's, and the true coverages."""
    clean, other = rng.normal(size=n), rng.normal(size=n)
    first = np.isin(np.arange(n), rng.permutation(n)[: n // 2])
    ends = [set_threshold(clean[half], promised) for half in (~first, first)]
    own = np.where(first, *ends)
    shifted = [alike**0.5 * clean + (1 - alike) ** 0.5 * other + fall * dose for dose in DOSES[1:]]
    table = np.stack([score <= own for score in (clean, *shifted)], axis=1)
    return table, [float(np.mean(stats.norm.cdf(np.array(ends) - fall * dose))) for dose in DOSES]


def simulated(n: int, alike: float, draws: int) -> tuple[float, float]:
    """Shares of draws in which a promise that is kept is called broken, and of intervals that hold the truth."""
    rng, broken, held = np.random.default_rng([n, round(100 * alike), draws]), 0, 0
    for _ in range(draws):
        table, true = dial(n, 0.9, alike, 0.0, rng)
        found = coverage_dials({"fog": (DOSES, table)}, 0.9, n)["fog"]
        broken += found.broken_from is not None
        held += sum(one.low <= truth <= one.high for one, truth in zip(found.held, true, strict=True))
    return broken / draws, held / draws / len(DOSES)


@pytest.mark.parametrize("alike", [0.0, 0.9])
def test_a_promise_that_is_kept_is_seldom_called_broken(alike: float) -> None:
    broken, held = simulated(200, alike, 250)
    assert broken <= 0.05 + 0.01
    assert held >= 0.93


@pytest.mark.slow
@pytest.mark.parametrize("alike", [0.0, 0.5, 0.99])
@pytest.mark.parametrize("n", [100, 400, 2000])
def test_the_same_thoroughly(n: int, alike: float) -> None:
    broken, held = simulated(n, alike, 4000)
    assert broken <= 0.03
    assert held >= 0.94


def test_a_promise_that_breaks_is_called_so_from_the_dose_at_which_it_shows() -> None:
    table, true = dial(4000, 0.9, 0.8, 2.0, np.random.default_rng(1))
    found = coverage_dials({"fog": (DOSES, table)}, 0.9, 4000)["fog"]
    assert true[1] < 0.88  # from the first dose on
    assert found.broken_from == 0.25
    assert found.held[0].p_broken > 0.2
    assert list(found.fitted) == sorted(found.fitted, reverse=True)
    np.testing.assert_allclose([one.value for one in found.held], true, atol=0.03)


def test_the_family_shares_the_level() -> None:
    weak = np.arange(400) < 340  # 85 %: p between .025 / 100 and .025
    table = np.stack([np.arange(400) < 361, weak], axis=1)
    p = broken_promise(340, 400, 400, 0.9)
    assert 0.025 / 100 < p < 0.025
    alone = coverage_dials({"a": ((0.0, 1.0), table)}, 0.9, 400)
    many = coverage_dials({str(i): ((0.0, 1.0), table) for i in range(100)}, 0.9, 400)
    assert (alone["a"].broken_from, many["7"].broken_from) == (1.0, None)


def test_images_that_belong_together_count_as_what_they_are_worth() -> None:
    held = np.repeat(np.arange(20) < 14, 10)  # 20 groups that agree within: 70 %
    groups = np.repeat(np.arange(20), 10)
    alone, grouped = coverage(held, 0.9, 500), coverage(held, 0.9, 500, groups=groups)
    assert (alone.value, grouped.value) == (0.7, 0.7)
    assert grouped.high - grouped.low > 2 * (alone.high - alone.low)
    assert alone.p_broken < 1e-6 < grouped.p_broken
    assert calibration_images(held, groups) < 40 < calibration_images(held, None) == 200
    few = coverage(held[:90], 0.95, 500, groups=groups[:90])
    assert few.p_broken == 1.0
