"""The band is the mean and the range over pairs of seeds."""

from itertools import combinations

import numpy as np
import pytest
from tests.probes.made import RNG, Made, N, looked

from shiftprobe.core.types import Cell, Evidence, Row
from shiftprobe.metrics import linear_cka
from shiftprobe.probes.null_band import NEEDED, NullBand

TAPS = ("early", "penultimate")
SHARED = {tap: RNG.normal(size=(N, 5)) for tap in TAPS}
SEEDS = [{tap: SHARED[tap] + RNG.normal(size=(N, 5)) for tap in TAPS} for _ in range(3)]
WARM = [{tap: SHARED[tap] + 0.1 * RNG.normal(size=(N, 5)) for tap in TAPS} for _ in range(3)]
LOST = "training diverged at epoch 1"


def run(seeds: int, *, lost: tuple[int, ...] = (), dose: float = 0.5, budget: int = 40) -> dict[Cell, Evidence]:
    """A checkpoint's cell and trained ones; scratch diverged in some of them."""
    looks = Cell("rotation", dose)
    cells: dict[Cell, Evidence] = {looks: Made({}, cell=looks, arms=("zero_shot",))}
    for seed in range(seeds):
        cell = Cell("rotation", dose, budget, seed)
        views = {("scratch", "target"): looked(SEEDS[seed]), ("transfer", "target"): looked(WARM[seed])}
        failed = {"scratch": LOST} if seed in lost else {}
        arms = ("transfer",) if failed else ("scratch", "transfer")
        cells[cell] = Made(views, cell=cell, arms=arms, failed=failed)
    return cells


def rows(evidence: dict[Cell, Evidence], arm: str = "scratch") -> list[Row]:
    return [row for row in NullBand()(evidence).rows if row.arm == arm]


@pytest.mark.parametrize(("arm", "seeds"), [("scratch", SEEDS), ("transfer", WARM)])
def test_mean_and_range_over_pairs_of_seeds(arm: str, seeds: list[dict[str, np.ndarray]]) -> None:
    found = rows(run(3), arm)
    assert [row.tap for row in found] == list(TAPS)
    for row in found:
        taken = [seed[row.tap].astype(np.float32) for seed in seeds]
        pairs = [linear_cka(x, y) for x, y in combinations(taken, 2)]
        assert (row.value, row.low, row.high) == pytest.approx((np.mean(pairs), min(pairs), max(pairs)))
        assert row.low < row.value < row.high  # type: ignore[operator] # the line above says that they are numbers
        assert (row.n, row.unit, row.versus, row.metric) == (N, "similarity", arm, "cka_between_seeds")
        assert row.cell == Cell("rotation", 0.5, 40)


def test_seeds_that_began_at_one_point_are_more_alike() -> None:
    cold, warm = (rows(run(3), arm) for arm in ("scratch", "transfer"))
    assert all(a.high < b.low for a, b in zip(cold, warm, strict=True))  # type: ignore[operator] # numbers, as above


def test_two_seeds_are_one_pair_whose_rounding_keeps_order() -> None:
    for row in rows(run(2)):
        assert row.low == row.value == row.high


def test_the_order_of_seeds_does_not_matter() -> None:
    evidence = run(3)
    for row, other in zip(rows(evidence), rows(dict(reversed(evidence.items()))), strict=True):
        assert (row.value, row.low, row.high) == pytest.approx((other.value, other.low, other.high), abs=1e-12)


def test_one_seed_has_a_reason() -> None:
    (row,) = rows(run(1))
    assert (row.value, row.reason, row.tap) == (None, NEEDED, "")


def test_a_seed_that_failed_is_left_out() -> None:
    found = rows(run(3, lost=(1,)))
    expected = [linear_cka(*(SEEDS[seed][tap].astype(np.float32) for seed in (0, 2))) for tap in TAPS]
    assert [row.value for row in found] == pytest.approx(expected)
    (row,) = rows(run(3, lost=(0, 2)))
    assert (row.value, row.reason) == (None, NEEDED)
    assert len(rows(run(3, lost=(0, 2)), "transfer")) == len(TAPS)


def test_doses_and_budgets_have_a_band_each() -> None:
    evidence = run(2) | run(2, dose=1.0) | run(2, budget=80)
    places = [row.cell for row in rows(evidence) if row.tap == "early"]
    assert places == [Cell("rotation", 0.5, 40), Cell("rotation", 1.0, 40), Cell("rotation", 0.5, 80)]


def test_an_arm_that_was_not_asked_for_has_no_row() -> None:
    one = {cell: Made(seen.views, cell=cell, arms=("scratch",)) for cell, seen in run(2).items()}  # type: ignore[attr-defined] # Made has views
    dropped = {
        cell: Made(
            {("scratch", "target"): seen.views["scratch", "target"]} if cell.seed is not None else {},
            cell=cell,
            arms=seen.arms,
        )
        for cell, seen in one.items()
    }
    assert {row.arm for row in NullBand()(dropped).rows} == {"scratch"}


def test_features_that_are_all_alike_have_a_reason_at_their_tap() -> None:
    evidence = run(2)
    cell = Cell("rotation", 0.5, 40, 0)
    dead = {**SEEDS[0], "early": np.ones((N, 5))}
    evidence[cell] = Made({("scratch", "target"): looked(dead)}, cell=cell, arms=("scratch",))
    early, late = rows(evidence)
    assert early.value is None
    assert early.reason.startswith("early: ")
    assert late.value is not None
