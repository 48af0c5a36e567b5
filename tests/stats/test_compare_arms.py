"""Two arms on the same images: goldens computed by hand and by scipy, words, invariances, refusals."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import optimize
from scipy import stats as scipy_stats

from shiftprobe.metrics import InputError
from shiftprobe.stats import compare_arms, compare_paired, flips, image_interval, image_spread, mcnemar

Right = NDArray[np.bool_]
TURNED = {"better": "worse", "worse": "better", "equivalent": "equivalent", "inconclusive": "inconclusive"}


def drawn(gap: float, seeds: int = 4, images: int = 300, own: float = 0.02, draw: int = 0) -> tuple[Right, Right]:
    """Both arms right on 60 % of the images, a on `gap` more, each seed moved by its own luck."""
    rng = np.random.default_rng([seeds, images, draw])
    hard = rng.random(images)
    luck = rng.normal(0, own, (2, seeds, 1))
    a, b = (
        hard < 0.6 + more + one + rng.normal(0, 0.05, (seeds, images)) for more, one in zip((gap, 0), luck, strict=True)
    )
    return a, b


def test_the_exact_test_of_one_seed_is_the_one_of_the_binomial() -> None:
    """The issue's two examples: 73 lost and 46 gained, 102 lost and 54 gained."""
    assert mcnemar(46, 73) == pytest.approx(0.017, abs=5e-4)
    assert mcnemar(54, 102) == pytest.approx(0.00015, abs=5e-6)
    for few, many in ((46, 73), (54, 102)):
        assert mcnemar(few, many) == pytest.approx(scipy_stats.binomtest(few, few + many).pvalue)
        a, b = np.zeros(400, dtype=bool), np.zeros(400, dtype=bool)
        a[:few], b[few : few + many] = True, True
        assert flips(a, b).p == pytest.approx(scipy_stats.binomtest(few, few + many).pvalue)


def test_what_overlapping_intervals_hide_is_shown_image_by_image() -> None:
    """Untouched .606 against fine-tuned .531 on 360 images: one arm that no seed moves, four seeds of the other."""
    images = np.arange(360)
    plain = images < 218
    tuned = np.stack([(images < 218 - 73) | ((images >= 218) & (images < 218 + 46 + more)) for more in (-1, 0, 0, 1)])
    found = compare_arms(tuned, np.repeat(plain[None], 4, axis=0))
    wilson = [scipy_stats.binomtest(k, 360).proportion_ci(method="wilson") for k in (191, 218)]
    assert wilson[0].high > wilson[1].low  # what was looked at before
    assert found.verdict == "worse"
    assert found.both is not None
    assert found.both[1] < 0
    assert found.difference == pytest.approx(-27 / 360)


def test_both_sources_are_added_in_quadrature_around_the_difference() -> None:
    a, b = drawn(0.1)
    found, gaps = compare_arms(a, b), a.mean(axis=1) - b.mean(axis=1)
    seeds = scipy_stats.t.ppf(0.975, 3) * scipy_stats.sem(gaps)
    images = image_interval(a, b)
    assert found.seeds == compare_paired(a.mean(axis=1).tolist(), b.mean(axis=1).tolist())
    assert found.both is not None
    assert found.both[0] == pytest.approx(gaps.mean() - math.hypot(seeds, gaps.mean() - images.low), abs=1e-12)
    assert found.both[1] == pytest.approx(gaps.mean() + math.hypot(seeds, images.high - gaps.mean()), abs=1e-12)


def test_p_is_the_level_at_which_the_interval_touches_zero() -> None:
    a, b = drawn(0.06, own=0.02)
    found, gaps, share = compare_arms(a, b), a.mean(axis=1) - b.mean(axis=1), (a * 1.0 - b).mean(axis=0)
    padded = np.concatenate([share, [1, -1]])

    def low(alpha: float) -> float:
        seeds = scipy_stats.t.isf(alpha / 2, 3) * scipy_stats.sem(gaps)
        images = gaps.mean() - padded.mean() + scipy_stats.t.isf(alpha / 2, len(padded) - 1) * scipy_stats.sem(padded)
        return float(gaps.mean() - math.hypot(seeds, images))

    assert found.p == pytest.approx(optimize.brentq(low, 1e-9, 0.999), rel=1e-6)
    assert found.p is not None
    assert (found.p < 0.05) == (found.verdict == "better")


def test_the_certified_margin_is_where_equivalence_begins() -> None:
    a, b = drawn(0.0, images=2000)
    certified = compare_arms(a, b).margin_certified
    assert certified is not None
    assert compare_arms(a, b, certified * 1.001).verdict == "equivalent"
    assert compare_arms(a, b, certified * 0.999).verdict != "equivalent"
    assert compare_arms(a, b, certified).p_equivalence == pytest.approx(0.05, rel=1e-4)


def test_seeds_that_agree_do_not_speak_for_the_images() -> None:
    images = np.arange(200)
    a = np.stack([images < 105 + more for more in (0, 1, 0)])
    b = np.stack([(images < 98 + more) | (images > 196) for more in (0, 1, 1)])
    found = compare_arms(a, b)
    assert found.seeds.verdict == "better"
    assert found.verdict == "inconclusive"
    assert found.open == "images"
    assert "test images cannot tell" in found.sentence("transfer", "scratch")
    assert found.seeds_needed is None


def test_images_that_agree_do_not_speak_for_the_seeds() -> None:
    a, b = drawn(0.05, seeds=3, images=2000, own=0.04, draw=1)
    found = compare_arms(a, b)
    low, high = image_interval(a, b).low, image_interval(a, b).high
    assert not low <= 0 <= high
    assert (found.verdict, found.open) == ("inconclusive", "seeds")
    assert found.reason.startswith("seeds cannot tell (over 3 seeds ")


def test_neither_and_both_together_are_told_apart() -> None:
    opens = {compare_arms(*drawn(0.035, seeds=5, images=150, own=0.015, draw=draw)).open for draw in range(60)}
    assert {"either", "together"} <= opens


def test_an_arm_that_no_seed_moves_lends_no_spread_and_two_leave_it_to_the_images() -> None:
    a, b = drawn(0.1)
    still = np.repeat(b[:1], 4, axis=0)
    found = compare_arms(a, still)
    assert found.seeds.sd == pytest.approx(a.mean(axis=1).std(ddof=1))
    alone = compare_arms(np.repeat(a[:1], 4, axis=0), still)
    assert alone.still
    assert (alone.n, alone.verdict) == (0, "better")
    assert alone.both == pytest.approx((image_interval(a[:1], b[:1]).low, image_interval(a[:1], b[:1]).high))
    assert "seeds" not in alone.sentence("a", "b")


def test_one_seed_has_no_word_whatever_the_images_say() -> None:
    a, b = drawn(0.3, seeds=1)
    found = compare_arms(a, b)
    assert (found.verdict, found.open, found.both, found.p) == ("inconclusive", "one_seed", None, None)
    assert "one seed has no spread" in found.sentence("a", "b")


def test_equal_differences_have_no_word() -> None:
    a = np.array([[True, False, True, True], [True, True, False, True]])
    assert compare_arms(a, ~a[:, [1, 0, 2, 3]] ^ True).open in {"no_spread", "seeds", "either"}
    assert compare_arms(a, a[::-1]).open == "no_spread"


def test_conditions_are_averaged_image_by_image() -> None:
    a, b = (np.stack([drawn(0.1, draw=draw)[side] for draw in (0, 1)], axis=1) for side in (0, 1))
    found = compare_arms(a, b)
    padded = np.concatenate([(a * 1.0 - b).mean(axis=(0, 1)), [1, -1]])
    low, high = scipy_stats.t.interval(0.95, len(padded) - 1, padded.mean(), scipy_stats.sem(padded))
    assert found.images is not None
    assert found.images.ends(0.95) == pytest.approx((low, high))
    assert found.difference == pytest.approx((a * 1.0 - b).mean())


@pytest.mark.parametrize("gap", [0.0, 0.05, 0.2])
def test_swapping_flips_the_sign_and_the_order_of_seeds_and_images_moves_nothing(gap: float) -> None:
    a, b = drawn(gap)
    rng = np.random.default_rng(3)
    found, swapped = compare_arms(a, b), compare_arms(b, a)
    seeds, images = rng.permutation(4), rng.permutation(300)
    moved = compare_arms(a[seeds][:, images], b[seeds][:, images])
    assert found.both is not None
    assert swapped.verdict == TURNED[found.verdict]
    assert swapped.both == pytest.approx((-found.both[1], -found.both[0]))
    assert (moved.verdict, moved.open) == (found.verdict, found.open)
    assert moved.both == pytest.approx(found.both)
    assert [moved.p, swapped.p] == pytest.approx([found.p, found.p])


def test_groups_of_one_image_change_nothing_but_a_degree_of_freedom() -> None:
    gaps = (drawn(0.1)[0] * 1.0 - drawn(0.1)[1]).mean(axis=0)
    one, each = image_spread(gaps), image_spread(gaps, groups=np.arange(300))
    assert (each.error, each.centre) == pytest.approx((one.error, one.centre))
    assert (one.df, each.df) == (301, 299)


def test_images_seen_twice_count_once_when_their_group_is_told() -> None:
    gaps = (drawn(0.1)[0] * 1.0 - drawn(0.1)[1]).mean(axis=0)
    single = image_spread(gaps, groups=np.arange(300))
    twice = image_spread(np.repeat(gaps, 4), groups=np.repeat(np.arange(300), 4))
    assert twice.ends(0.95) == pytest.approx(single.ends(0.95))
    assert image_spread(np.repeat(gaps, 4)).error < 0.55 * single.error


def test_the_jackknife_of_unequal_groups_agrees_with_one_by_hand() -> None:
    gaps, groups = np.array([0.5, 0.0, -0.5, 1.0, 0.25]), np.array(["x", "x", "y", "z", "z"])
    sums, counts = [0.5, -0.5, 1.25, 5 / 3, -5 / 3], [2, 1, 2, 5 / 3, 5 / 3]
    without = [(sum(sums) - one) / (sum(counts) - n) for one, n in zip(sums, counts, strict=True)]
    mean = sum(without) / 5
    found = image_spread(gaps, groups=groups)
    assert found.error == pytest.approx(math.sqrt(4 / 5 * sum((one - mean) ** 2 for one in without)))
    assert (found.df, found.groups, found.difference) == (2, 3, 0.25)


def test_under_ten_groups_nothing_is_claimed() -> None:
    a, b = drawn(0.3, images=900, own=0.005)
    nine, ten = (compare_arms(a, b, groups=np.arange(900) % count) for count in (9, 10))
    assert (nine.verdict, nine.open, nine.p) == ("inconclusive", "few_groups", None)
    assert "9 groups, and fewer than 10 allow no claim" in nine.sentence("a", "b")
    assert ten.open != "few_groups"


@pytest.mark.parametrize(
    ("a", "b", "groups", "message"),
    [
        (np.ones((2, 5), bool), np.ones((2, 4), bool), None, r"same seeds and images, got \(2, 5\) and \(2, 4\)"),
        (np.ones(5, bool), np.ones(5, bool), None, r"booleans \(S, N\) or \(S, C, N\)"),
        (np.ones((2, 5)), np.ones((2, 5)), None, "got float64"),
        (np.ones((2, 0), bool), np.ones((2, 0), bool), None, "booleans"),
        (np.ones((2, 5), bool), np.ones((2, 5), bool), np.arange(4), r"one label per image, got \(4,\) for 5"),
        (np.ones((2, 5), bool), np.ones((2, 5), bool), np.zeros(5), "one group"),
    ],
)
def test_refuses_what_cannot_be_compared(a: Right, b: Right, groups: NDArray[np.int64] | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        compare_arms(a, b, groups=groups)
