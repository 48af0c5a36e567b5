"""The test images as an error source: published values, exact and simulated coverage, invariances, refusals."""

import math
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats as scipy_stats

from shiftprobe.metrics import InputError
from shiftprobe.stats import compare_paired, flips, image_interval, pairing_gain

Right: TypeAlias = NDArray[np.bool_]
Table: TypeAlias = NDArray[np.float64]

MOST = 40  # more images than this on one side have no weight where fewer than 12 are expected
EXPECTED = np.arange(0.0, 12.1, 0.2)
FULL = 4000


def arms(a_only: int, b_only: int, n: int, both: int = 0) -> tuple[Right, Right]:
    """One seed of two arms with so many images that only one got right; (1, n) each."""
    place = np.arange(n)
    a = (place < a_only) | (place >= n - both)
    b = ((place >= a_only) & (place < a_only + b_only)) | (place >= n - both)
    return a[None], b[None]


def ends(n: int) -> Table:
    """Low and high for every count of images that only one arm got right; (2, MOST, MOST)."""
    found = [[image_interval(*arms(x, y, n)) for y in range(MOST)] for x in range(MOST)]
    return np.array([[[one.low for one in row] for row in found], [[one.high for one in row] for row in found]])


def bare_ends(n: int) -> Table:
    """The same for the bare t interval, with the rule of three where the arms never disagree."""
    x, y = np.arange(MOST)[:, None], np.arange(MOST)[None]
    mean = (x - y) / n
    half = scipy_stats.t.ppf(0.975, n - 1) * np.sqrt(((x + y) / n - mean**2) / (n - 1))
    half[0, 0] = 1.0 - 0.05 ** (1.0 / n)
    return np.array([mean - half, mean + half])


def covered(limits: Table, n: int, a_only: float, b_only: float) -> float:
    """Exact chance that the interval holds the truth, with so many images expected on either side."""
    x, y = np.arange(MOST)[:, None], np.arange(MOST)[None]
    counts = np.stack(np.broadcast_arrays(x, y, n - x - y), axis=-1)
    weight = scipy_stats.multinomial(n, [a_only / n, b_only / n, 1.0 - (a_only + b_only) / n]).pmf(counts)
    truth = (a_only - b_only) / n
    assert weight.sum() > 0.999
    return float(weight[(limits[0] <= truth) & (truth <= limits[1])].sum())


def simulated(n: int, seeds: int, hard: float, draws: int) -> float:
    """Coverage where a share of the images is hard: there each seed of a is right 80 times in 100, of b 50."""
    rng = np.random.default_rng([n, seeds, round(1000 * hard)])
    truth, held = hard * 0.3, 0
    for _ in range(draws):
        place = rng.random(n) < hard
        a, b = (~place | (rng.random((seeds, n)) < chance) for chance in (0.8, 0.5))
        found = image_interval(a, b)
        held += found.low <= truth <= found.high
    return held / draws


def test_agrees_with_the_published_interval() -> None:
    """Example of ci.prop.ps in R's statpsych, which divides by N + 2 where a t interval divides by N + 1."""
    found = image_interval(*arms(26, 4, 48, both=6))
    assert (found.low + found.high) / 2 == pytest.approx(0.44)
    error = (found.high - found.low) / 2 / scipy_stats.t.ppf(0.975, 49)
    assert error * math.sqrt(49 / 50) == pytest.approx(0.09448809, abs=1e-8)
    assert (found.low, found.high) == pytest.approx((0.2548067, 0.6251933), abs=0.007)
    assert found.difference == pytest.approx(22 / 48)
    assert found.n == 48


@pytest.mark.parametrize("n", [200, 720])
def test_it_holds_the_truth_however_seldom_the_arms_disagree(n: int) -> None:
    limits, bare = ends(n), bare_ends(n)
    one_sided = [covered(limits, n, e, 0.0) for e in EXPECTED]
    balanced = [covered(limits, n, e, e) for e in EXPECTED]
    assert min(one_sided) > 0.93
    assert min(balanced) > 0.95
    assert balanced[-1] < 0.965  # and is not just wide
    assert min(covered(bare, n, e, 0.0) for e in EXPECTED) < 0.82  # what the made-up images cure


def test_with_many_seeds_it_still_holds_the_truth() -> None:
    assert simulated(200, 5, 0.1, 500) >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize("hard", [0.005, 0.02, 0.1])
@pytest.mark.parametrize("seeds", [3, 10])
@pytest.mark.parametrize("n", [200, 720])
def test_full_coverage_with_many_seeds(n: int, seeds: int, hard: float) -> None:
    assert simulated(n, seeds, hard, FULL) >= 0.95


@pytest.mark.parametrize("n", [1, 200, 720])
def test_without_any_disagreement_it_keeps_the_width_that_n_images_deserve(n: int) -> None:
    found = image_interval(np.ones((3, n), dtype=bool), np.ones((3, n), dtype=bool))
    assert found.difference == 0.0
    assert found.high == -found.low
    assert found.high >= min(1.0, 2.7 / n)
    whole = image_interval(np.ones((1, n), dtype=bool), np.zeros((1, n), dtype=bool))
    assert whole.low < whole.difference == whole.high == 1.0


@given(
    st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=60),
    st.integers(1, 3),
    st.randoms(use_true_random=False),
)
def test_swapping_turns_it_round_and_neither_image_order_nor_copied_seeds_matter(
    images: list[tuple[bool, bool]], copies: int, rng: "np.random.Generator"
) -> None:
    a, b = (np.array([[pair[side] for pair in images]]) for side in (0, 1))
    found, swapped = image_interval(a, b), image_interval(b, a)
    assert found.low <= found.difference <= found.high
    assert (swapped.low, swapped.high) == pytest.approx((-found.high, -found.low))
    rng.shuffle(images)
    a, b = (np.repeat([[pair[side] for pair in images]], copies, axis=0) for side in (0, 1))
    again = image_interval(a, b)
    assert (again.low, again.high) == pytest.approx((found.low, found.high))


def test_more_images_of_the_same_kind_narrow_it() -> None:
    few, many = image_interval(*arms(6, 2, 100)), image_interval(*arms(24, 8, 400))
    assert many.difference == few.difference
    assert (many.high - many.low) / (few.high - few.low) == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (np.ones((2, 5), bool), np.ones((2, 4), bool), r"same seeds and images, got \(2, 5\) and \(2, 4\)"),
        (np.ones((2, 5), bool), np.ones((3, 5), bool), "same seeds"),
        (np.ones(5, bool), np.ones(5, bool), r"booleans \(S, N\)"),
        (np.ones((2, 5)), np.ones((2, 5)), "got float64"),
        (np.ones((2, 0), bool), np.ones((2, 0), bool), "booleans"),
    ],
)
def test_refuses_what_are_not_the_same_images(a: Right, b: Right, message: str) -> None:
    with pytest.raises(InputError, match=message):
        image_interval(a, b)


def test_flips_count_every_image_once() -> None:
    a, b = (np.random.default_rng(seed).random(300) < 0.8 for seed in (1, 2))
    found, swapped = flips(a, b), flips(b, a)
    assert found.both + found.a_only + found.b_only + found.neither == 300
    assert (found.both + found.a_only, found.both + found.b_only) == (a.sum(), b.sum())
    exact = scipy_stats.binomtest(found.a_only, found.a_only + found.b_only).pvalue
    assert found.p == pytest.approx(exact)
    assert (swapped.a_only, swapped.b_only, swapped.p) == (found.b_only, found.a_only, found.p)
    assert flips(a, a).p == 1.0


def test_flips_refuse_several_seeds_and_other_images() -> None:
    with pytest.raises(InputError, match=r"booleans \(N,\)"):
        flips(*arms(1, 1, 9))
    with pytest.raises(InputError, match="same seeds and images"):
        flips([True, False], [True])


def test_pairing_takes_away_the_luck_that_arms_share() -> None:
    rng = np.random.default_rng(0)
    b = 0.7 + rng.normal(0.0, 0.06, 6)
    a = b + 0.02 + rng.normal(0.0, 0.003, 6)
    found = pairing_gain(a.tolist(), b.tolist(), margin=0.01)
    low, high = scipy_stats.ttest_rel(a, b).confidence_interval()
    assert found.paired_half == pytest.approx((high - low) / 2)
    low, high = scipy_stats.ttest_ind(a, b, equal_var=False).confidence_interval()
    assert found.unpaired_half == pytest.approx((high - low) / 2)
    assert found.narrowed is not None
    assert 0.8 < found.narrowed < 1.0
    assert (compare_paired(a.tolist(), b.tolist()).verdict, found.unpaired_verdict) == ("better", "inconclusive")


def test_pairing_what_runs_against_each_other_costs() -> None:
    found = pairing_gain([0.70, 0.72, 0.74], [0.74, 0.71, 0.70])
    assert found.narrowed is not None
    assert found.narrowed < 0.0


def test_pairing_gains_nothing_that_could_be_told_from_one_seed_or_without_spread() -> None:
    one = pairing_gain([0.7], [0.6])
    assert (one.paired_half, one.unpaired_half, one.narrowed, one.unpaired_verdict) == (None,) * 3 + ("inconclusive",)
    same = pairing_gain([0.9, 0.8], [0.8, 0.7])
    assert (same.paired_half, same.narrowed) == (None, None)
    assert same.unpaired_half is not None


def test_pairing_refuses_arms_of_different_seeds() -> None:
    with pytest.raises(InputError, match="one value per seed"):
        pairing_gain([0.7, 0.8], [0.7])
