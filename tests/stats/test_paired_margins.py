"""One word at every margin, and images that come in groups: what a regression gate promises of both."""

import csv
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats as scipy_stats

from shiftprobe.metrics import InputError
from shiftprobe.stats import paired_gate
from shiftprobe.stats.image_spread import image_spread
from shiftprobe.stats.paired_exact import critical, region, score

LEVEL = 0.025
TABLE = Path(__file__).parents[2] / "benchmarks" / "groups" / "regressions.csv"


def arms(a_only: int, b_only: int, n: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    place = np.arange(n)
    return place < a_only, (place >= a_only) & (place < a_only + b_only)


@pytest.mark.parametrize(("a_only", "b_only", "n"), [(0, 5, 12), (1, 17, 25), (13, 9, 25), (37, 80, 300), (3, 2, 8)])
def test_no_margin_is_one_margin_among_others(a_only: int, b_only: int, n: int) -> None:
    """Five images lost of twelve were a failure at a margin of .1 points (p .021) and none at 0 (p .031)."""
    margins = (0.0, 0.001, 0.005, 0.013, 0.05)
    found = [paired_gate(*arms(a_only, b_only, n), margin) for margin in margins]
    below, above = [one.p_below for one in found], [one.p_above for one in found]
    assert below == sorted(below)
    assert above == sorted(above, reverse=True)
    for margin, one in zip(margins, found, strict=True):
        inside = "pass" if one.low > -margin else "fail" if one.high < -margin else "cannot tell"
        assert one.word == inside or 0.0 in {one.low + margin, one.high + margin}


def test_mcnemars_test_finds_no_lead_that_the_unconditional_one_does_not() -> None:
    """So that taking the smaller p where the bound lies below 0 costs no size."""
    for n, bound in ((12, -0.001), (40, -0.005), (100, -0.001)):
        unconditional = region(critical(n, bound, LEVEL), n, bound, np.arange(n + 1)).fewest
        for b_only in range(n):
            a_only = np.arange(n - b_only + 1)
            ahead = a_only[scipy_stats.binom.cdf(b_only, a_only + b_only, 0.5) <= LEVEL]
            assert not ahead.size or ahead[0] >= unconditional[b_only]


# groups


def test_objects_that_are_seen_four_times_are_not_four_objects() -> None:
    a, b = arms(9, 5, 60)
    seen = np.repeat(np.arange(60), 4)
    assert paired_gate(a[seen], b[seen], 0.01).word == "pass"
    found = paired_gate(a[seen], b[seen], 0.01, groups=seen)
    assert (found.word, found.groups, found.n) == ("cannot tell", 60, 240)
    alone = paired_gate(a[seen], b[seen], 0.01)
    assert found.difference == alone.difference
    assert found.low < alone.low
    assert found.high >= alone.high


def test_p_is_students_over_groups_with_two_made_up_ones() -> None:
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(25), 4)
    a = (rng.random(25) < 0.8)[groups]
    b = (rng.random(25) < 0.6)[groups]
    found = paired_gate(a, b, 0.05, groups=groups)
    means = [*(a.astype(float) - b).reshape(25, 4).mean(axis=1), 1.0, -1.0]
    error = np.std(means, ddof=1) / np.sqrt(27)
    t = (np.mean(means) + 0.05) / error
    won, lost = int((a & ~b).sum()), int((b & ~a).sum())
    effect = min(4.0, (error / image_spread(a.astype(float) - b).error) ** 2)
    z = float(score(won, lost, 100, -0.05)) / np.sqrt(effect)
    assert found.p_above == pytest.approx(scipy_stats.t.sf(min(t, z), 24), abs=1e-12)
    again = paired_gate(a, b, -found.low, groups=groups) if found.low < 0 else None
    assert again is None or again.p_above == pytest.approx(LEVEL, abs=1e-6)


def test_names_and_order_of_groups_do_not_matter_and_groups_of_one_are_never_surer() -> None:
    rng = np.random.default_rng(0)
    a, b, groups = rng.random(120) < 0.8, rng.random(120) < 0.7, np.repeat(np.arange(30), 4)
    turn = rng.permutation(120)
    found, turned = (
        paired_gate(a, b, 0.02, groups=groups),
        paired_gate(a[turn], b[turn], 0.02, groups=np.array([f"object {k}" for k in groups])[turn]),
    )
    assert (turned.low, turned.high, turned.p_above) == pytest.approx((found.low, found.high, found.p_above), abs=1e-12)
    single, alone = paired_gate(a, b, 0.02, groups=np.arange(120)), paired_gate(a, b, 0.02)
    assert single.low <= alone.low
    assert single.p_above >= alone.p_above


def test_under_ten_groups_nothing_is_told() -> None:
    lost, kept = np.zeros(180, bool), np.ones(180, bool)
    few = paired_gate(lost, kept, 0.01, groups=np.repeat(np.arange(9), 20))
    assert (few.word, few.p_above, few.p_below) == ("cannot tell", 1.0, 1.0)
    assert paired_gate(lost, kept, 0.01, groups=np.repeat(np.arange(18), 10)).word == "fail"
    with pytest.raises(InputError, match="one group"):
        paired_gate(lost, kept, 0.01, groups=np.zeros(180))
    with pytest.raises(InputError, match="one label per image"):
        paired_gate(lost, kept, 0.01, groups=np.zeros(9))


def test_the_simulation_keeps_what_is_promised() -> None:
    rows = list(csv.DictReader(TABLE.read_text().splitlines()))
    assert {row["groups"] for row in rows} == {"10", "20", "50"}
    assert max(float(row["pass_by_groups"]) for row in rows) <= 0.03
    assert max(float(row["pass_by_images"]) for row in rows) > 0.1
