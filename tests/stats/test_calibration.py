"""What the intervals and verdicts promise, held against simulated seeds."""

import numpy as np
import pytest

from shiftprobe.stats import Comparison, compare_paired, seeds_needed

QUICK = 1500
FULL = 20_000


def simulate(n: int, difference: float, draws: int, sd: float = 0.01) -> list[Comparison]:
    """Draws of a comparison whose truth is known; the arms share each seed's luck."""
    rng = np.random.default_rng([n, draws])
    luck = rng.normal(0.7, 0.05, (draws, n))
    gains = rng.normal(difference, sd, (draws, n))
    return [compare_paired((a + g).tolist(), a.tolist()) for a, g in zip(luck, gains, strict=True)]


def share(verdict: str, found: list[Comparison]) -> float:
    return sum(c.verdict == verdict for c in found) / len(found)


def check_coverage(n: int, draws: int) -> None:
    found = simulate(n, 0.02, draws)
    held = sum(c.interval is not None and c.interval[0] <= 0.02 <= c.interval[1] for c in found)
    assert 0.93 <= held / draws <= 0.97


def check_false_equivalence(n: int, draws: int) -> None:
    found = simulate(n, 0.01, draws, sd=0.003)
    assert share("equivalent", found) <= 0.06
    assert share("equivalent", found) > 0.02  # near its level, so the check can see a rule that never says it


def check_power(sd: float, draws: int) -> None:
    found = simulate(seeds_needed(sd, 0.01), 0.0, draws, sd=sd)
    assert share("equivalent", found) >= 0.80


@pytest.mark.parametrize("n", [3, 5, 10])
def test_the_95_percent_interval_holds_the_truth_95_times_in_100(n: int) -> None:
    check_coverage(n, QUICK)


def test_a_difference_as_large_as_the_margin_is_rarely_called_equivalent() -> None:
    check_false_equivalence(5, QUICK)


def test_the_seeds_asked_for_suffice() -> None:
    check_power(0.005, QUICK)  # 4 seeds, exact power .83


@pytest.mark.parametrize("n", [3, 10])
def test_the_planned_seeds_settle_it_about_evenly_and_nine_times_in_ten(n: int) -> None:
    """The plan is made from n seeds; then as many fresh ones are judged, of arms that are truly equal."""
    rng, settled = np.random.default_rng(n), []
    for _ in range(250):
        needed = compare_paired((0.7 + rng.normal(0, 0.005, n)).tolist(), [0.7] * n).seeds_needed
        for total in needed or ():
            fresh = compare_paired((0.7 + rng.normal(0, 0.005, total)).tolist(), [0.7] * total)
            settled.append(fresh.verdict == "equivalent")
    even, sure = np.mean(settled[::2]), np.mean(settled[1::2])
    assert 0.3 <= even <= 0.7
    assert sure >= 0.85


@pytest.mark.slow
@pytest.mark.parametrize("n", [3, 5, 10])
def test_full_calibration(n: int) -> None:
    check_coverage(n, FULL)
    check_false_equivalence(n, FULL)


@pytest.mark.slow
@pytest.mark.parametrize("sd", [0.004, 0.005, 0.01])
def test_full_power(sd: float) -> None:
    check_power(sd, FULL)
