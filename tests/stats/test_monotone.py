"""Break-points: claims that hold against known dials, bands, the fit against another library, refusals."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from shiftprobe.metrics import InputError
from shiftprobe.stats import BreakPoint, break_point, break_points, decide, gate

DOSES = (0.0, 0.25, 0.5, 0.75, 1.0)
FLOOR = 0.8
QUICK = 300
FULL = 4000

DIALS = {  # true accuracy at each dose
    "never there": (0.79, 0.78, 0.7, 0.6, 0.5),
    "just under": (0.95, 0.9, 0.799, 0.7, 0.5),
    "a step": (0.95, 0.95, 0.79, 0.79, 0.79),
    "at the floor": (0.8, 0.8, 0.8, 0.8, 0.79),
    "stays": (0.95, 0.94, 0.93, 0.92, 0.9),
}


def images(truth: Sequence[float], n: int, rng: np.random.Generator, own: float = 0.3) -> NDArray[np.bool_]:
    """The same images at every dose: hard ones stay hard, but for a share that draws anew at each."""
    hard = np.repeat(rng.random((n, 1)), len(truth), axis=1)
    anew = rng.random((n, len(truth)))
    return np.where(rng.random(hard.shape) < own, anew, hard) < np.asarray(truth)


def kept(truth: Sequence[float], floor: float = FLOOR) -> float:
    """The largest dose that truly keeps the floor; below 0 when not even dose 0 does."""
    return max((dose for dose, share in zip(DOSES, truth, strict=True) if share >= floor), default=-1.0)


def too_far(one: BreakPoint, truth: Sequence[float]) -> bool:
    return one.dose is not None and one.dose > kept(truth)


def too_early(one: BreakPoint, truth: Sequence[float]) -> bool:
    return one.beyond is not None and one.beyond <= kept(truth)


def in_band(one: BreakPoint, truth: Sequence[float]) -> bool:
    return all(low <= share <= high for low, share, high in zip(one.lower, truth, one.upper, strict=True))


def wrong(truth: Sequence[float], n: int, draws: int) -> tuple[float, float, float]:
    """How often too large a dose is claimed, too small a one called beyond, and the whole dial lies in its band."""
    rng = np.random.default_rng([n, draws, round(1000 * sum(truth))])
    found = [break_point(DOSES, images(truth, n, rng), FLOOR) for _ in range(draws)]
    far = sum(too_far(one, truth) for one in found)
    early = sum(too_early(one, truth) for one in found)
    return far / draws, early / draws, sum(in_band(one, truth) for one in found) / draws


def family_wrong(n: int, draws: int) -> tuple[float, float, float]:
    """The same for any of six dials at once, and without the correction."""
    truths = {**DIALS, "another step": DIALS["a step"]}
    rng = np.random.default_rng([n, draws])
    far = alone = early = 0
    for _ in range(draws):
        found = break_points({name: (DOSES, images(t, n, rng)) for name, t in truths.items()}, FLOOR)
        far += any(too_far(found[name], t) for name, t in truths.items())
        alone += any(one.alone is not None and one.alone > kept(truths[name]) for name, one in found.items())
        early += any(too_early(found[name], t) for name, t in truths.items())
    return far / draws, early / draws, alone / draws


def table(*counts: int, n: int = 100) -> NDArray[np.bool_]:
    return np.arange(n)[:, None] < np.array(counts)


def test_claims_the_dose_before_the_first_that_is_not_proven() -> None:
    found = break_point(DOSES, table(100, 97, 85, 90, 40), FLOOR)
    words = [gate(k, 100, FLOOR).word for k in (100, 97, 85, 90, 40)]
    assert words == ["pass", "pass", "cannot tell", "pass", "fail"]
    assert (found.dose, found.alone, found.beyond, found.reaches_end) == (0.25, 0.25, 1.0, False)
    assert found.sentence() == "passes up to dose 0.25 with 95 % confidence"
    assert [(found.low[2], found.high[2])] == [gate(85, 100, FLOOR)[1:3]]
    assert (found.p_below[2], found.p_above[2]) == gate(85, 100, FLOOR)[4:6]


def test_says_when_all_doses_pass_or_none() -> None:
    end = break_point(DOSES, table(100, 100, 100, 99, 98), FLOOR)
    assert end.reaches_end
    assert end.sentence() == "passes up to dose 1, the largest tried, with 95 % confidence"
    assert (end.estimate, end.bound, end.beyond) == (1.0, "at least", None)
    none = break_point(DOSES, table(70, 65, 60, 50, 40), FLOOR, confidence=0.9)
    assert (none.dose, none.estimate, none.bound, none.beyond) == (None, 0.0, "at most", 0.0)
    assert none.sentence() == "not proven to pass even at dose 0 with 90 % confidence"


def test_the_best_guess_lies_where_the_fit_meets_the_floor() -> None:
    found = break_point(DOSES, table(100, 90, 70, 50, 40), FLOOR)
    assert found.estimate == pytest.approx(0.375)
    assert found.bound == ""
    exact = break_point(DOSES, table(100, 90, 80, 50, 40), FLOOR)
    assert exact.estimate == pytest.approx(0.5)


@given(st.lists(st.integers(0, 60), min_size=5, max_size=5), st.randoms(use_true_random=False))
def test_the_fit_is_that_of_another_library_and_image_order_does_not_matter(
    counts: list[int], rng: "np.random.Generator"
) -> None:
    right = table(*counts, n=60)
    found = break_point(DOSES, right, FLOOR)
    other = IsotonicRegression(increasing=False).fit_transform(DOSES, right.mean(axis=0))
    assert found.fitted == pytest.approx(tuple(other))
    order = list(range(60))
    rng.shuffle(order)
    assert break_point(DOSES, right[order], FLOOR) == found
    assert (np.diff(found.lower) <= 0).all()
    assert (np.diff(found.upper) <= 0).all()
    assert found.dose is None or found.beyond is None or found.dose < found.beyond


def test_finer_doses_than_the_claim_change_nothing_before_them() -> None:
    coarse = break_point((0.0, 0.5, 1.0), table(99, 95, 50), FLOOR)
    fine = break_point((0.0, 0.25, 0.5, 0.6, 1.0), table(99, 97, 95, 92, 50), FLOOR)
    assert (coarse.dose, fine.dose) == (0.5, 0.6)


def test_a_policy_asks_for_a_dose() -> None:
    found = break_point(DOSES, table(100, 97, 85, 90, 40), FLOOR)
    assert found.reach(0.25) == (found.p_below[1], max(found.p_above[:2]))
    assert found.reach(0.2) == (found.p_below[0], max(found.p_above[:2]))
    assert found.reach(0.26) == (found.p_below[1], max(found.p_above[:3]))
    assert found.reach(1.0) == (found.p_below[4], max(found.p_above))
    assert found.reach(2.0) == (found.p_below[4], 1.0)  # nothing is known beyond the last dose
    assert found.reach(0.0) == (found.p_below[0], found.p_above[0])
    words = [decide([one.above], [one.below])[0].word for one in map(found.reach, (0.25, 0.5, 1.0))]
    assert words == ["pass", "cannot tell", "fail"]
    with pytest.raises(InputError, match="a dose is a number from 0, got -1"):
        found.reach(-1.0)


def test_a_dial_that_passes_whole_hands_its_level_on() -> None:
    border = table(100, 100, 89, 60, 50)  # p about .01 at the third dose: enough alone, not among three
    strong = table(100, 100, 100, 100, 100)
    p = gate(89, 100, FLOOR).p_above
    assert 0.025 / 3 < p < 0.025
    weak = table(70, 60, 50, 40, 30)
    alone = break_points({"a": (DOSES, border)}, FLOOR)["a"]
    handed = break_points({"a": (DOSES, border), "b": (DOSES, strong), "c": (DOSES, strong)}, FLOOR)["a"]
    among = break_points({"a": (DOSES, border), "b": (DOSES, weak), "c": (DOSES, weak)}, FLOOR)["a"]
    assert (alone.dose, handed.dose, among.dose) == (0.5, 0.5, 0.25)
    assert among.alone == 0.5
    assert alone == break_point(DOSES, border, FLOOR)
    assert break_points({}, FLOOR) == {}


@pytest.mark.parametrize(
    ("doses", "right", "floor", "message"),
    [
        ((0.1, 0.5), table(9, 8), 0.8, r"doses start at 0, the unchanged images, and increase, got \[0.1, 0.5\]"),
        ((0.0, 0.5, 0.5), table(9, 8, 7), 0.8, "increase"),
        ((0.0, float("nan")), table(9, 8), 0.8, "finite numbers"),
        ((), table(9, 8), 0.8, "at least one"),
        ((0.0, 0.5), table(9, 8, 7), 0.8, "got 3 for 2 doses"),
        ((0.0, 0.5), table(9, 8).astype(int), 0.8, "booleans of shape"),
        ((0.0, 0.5), table(9, 8)[:0], 0.8, "booleans of shape"),
        ((0.0, 0.5), table(9, 8), 80.0, "floor is a fraction"),
    ],
)
def test_refuses_what_is_no_dial(
    doses: tuple[float, ...], right: NDArray[np.bool_], floor: float, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        break_point(doses, right, floor)


@pytest.mark.parametrize("name", ["just under", "at the floor"])
def test_a_dose_too_many_is_seldom_claimed(name: str) -> None:
    far, early, held = wrong(DIALS[name], 300, QUICK)
    assert far <= 0.05
    assert early <= 0.05
    assert held >= 0.94


@pytest.mark.slow
@pytest.mark.parametrize("name", DIALS)
@pytest.mark.parametrize("n", [200, 1000])
def test_full_claims(n: int, name: str) -> None:
    far, early, held = wrong(DIALS[name], n, FULL)
    assert far <= 0.03
    assert early <= 0.03
    assert held >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize("n", [200, 1000])
def test_full_family_of_claims(n: int) -> None:
    far, early, alone = family_wrong(n, FULL)
    assert far <= 0.03
    assert early <= 0.03
    assert alone > far
