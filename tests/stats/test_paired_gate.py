"""Regression gates on the same images: exact sums against brute force, words, false verdicts, power, refusals."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats as scipy_stats

from shiftprobe.metrics import InputError
from shiftprobe.stats import image_interval, missed_regression, paired_gate
from shiftprobe.stats.paired_exact import critical, reached, region, score, span, tail
from shiftprobe.stats.paired_gate import _evidence

LEVEL = 0.025
TOLERANCE = 0.10


def outcomes(n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    x, y = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
    return x[x + y <= n], y[x + y <= n]


def brute(least: float, n: int, bound: float) -> float:
    """The tail by listing every outcome, over many more shares of flips."""
    x, y = outcomes(n)
    good = score(x, y, n, bound) >= least - 1e-9
    shares = abs(bound) + np.linspace(0.0, 1.0 - abs(bound), 300)
    counts = np.stack([x, y, n - x - y], axis=-1)
    return max(
        float(np.nansum(scipy_stats.multinomial(n, [(q + bound) / 2, (q - bound) / 2, 1 - q]).pmf(counts)[good]))
        for q in shares[:-1]
    )


def tango(x: int, y: int, n: int, bound: float) -> float:
    """The score from the definition: the likelihood maximised on a fine grid of shares."""
    low, high = max(0.0, -bound), (1.0 - bound) / 2.0
    b = np.linspace(low + 1e-9, high - 1e-9, 200_001)
    shares = np.stack([b + bound, b, 1 - 2 * b - bound], axis=-1)
    best = float(b[np.argmax((np.log(shares) * [x, y, n - x - y]).sum(axis=-1))])
    return (x - y - n * bound) / math.sqrt(n * (2 * best + bound - bound**2))


def passes(n: int, flips: float, loss: float, margin: float) -> float:
    """Exact chance to pass a checkpoint that has truly lost so much."""
    won, lost = (flips - loss) / 2, (flips + loss) / 2
    found = region(critical(n, -margin, LEVEL), n, -margin, span(n, np.array([lost])))
    return float(reached(found, n, [won], [lost])[0])


def tolerance_catches(n: int, flips: float, loss: float, draws: int = 200_000) -> float:
    """A gate that fails when the measured accuracy has fallen by more than ten points."""
    won, lost = (flips - loss) / 2, (flips + loss) / 2
    drawn = np.random.default_rng(n).multinomial(n, [won, lost, 1 - flips], size=draws)
    return float((drawn[:, 0] - drawn[:, 1] < -TOLERANCE * n).mean())


def arms(a_only: int, b_only: int, n: int, both: int = 0) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    place = np.arange(n)
    a = (place < a_only) | (place >= n - both)
    b = ((place >= a_only) & (place < a_only + b_only)) | (place >= n - both)
    return a, b


@pytest.mark.parametrize(
    ("x", "y", "n", "bound"), [(3, 9, 40, -0.1), (5, 2, 60, 0.05), (0, 4, 50, -0.02), (8, 8, 30, 0.3)]
)
def test_the_score_is_tangos(x: int, y: int, n: int, bound: float) -> None:
    assert float(score(x, y, n, bound)) == pytest.approx(tango(x, y, n, bound), abs=2e-3)


def test_the_score_of_no_margin_is_mcnemars_and_it_is_0_without_flips() -> None:
    assert float(score(9, 4, 100, 0.0)) == pytest.approx(5 / math.sqrt(13))
    assert float(score(0, 0, 100, 0.0)) == 0.0


@pytest.mark.parametrize(("n", "bound"), [(40, -0.05), (40, 0.1), (60, -0.02), (30, -0.5)])
@pytest.mark.parametrize("least", [1.5, 2.0, 2.5])
def test_the_tail_is_the_sum_over_every_outcome(n: int, bound: float, least: float) -> None:
    assert tail(least, n, bound) == pytest.approx(brute(least, n, bound), rel=0.06)


@pytest.mark.parametrize("margin", [0.005, 0.01, 0.05])
@pytest.mark.parametrize("n", [100, 1000])
def test_a_lost_margin_is_seldom_passed_and_never_often_failed(n: int, margin: float) -> None:
    for flips in margin + np.array([0.0, 0.001, 0.01, 0.05, 0.2]):
        assert passes(n, flips, margin, margin) <= 0.026
        assert 1.0 - missed_regression(n, flips, margin, margin) <= 0.026


def test_the_interval_is_exact_where_the_adjusted_one_is_not() -> None:
    """Few flips on one side: the adjusted interval of `image_interval` misses the truth up to 6.6 times in 100."""
    n, flips = 200, 0.016  # 3.2 images expected, all lost
    chance = scipy_stats.binom.pmf(np.arange(4), n, flips)  # with more lost, neither end lies above
    ends = [image_interval(*(side[None] for side in arms(0, y, n))) for y in range(4)]
    adjusted = sum(p for p, one in zip(chance, ends, strict=True) if one.low > -flips)
    exact = sum(p for p, y in zip(chance, range(4), strict=True) if paired_gate(*arms(0, y, n)).low > -flips)
    assert adjusted > 0.035
    assert exact <= LEVEL


@settings(deadline=None, max_examples=12)
@given(st.integers(5, 150), st.data())
def test_the_word_follows_the_interval_and_swapping_turns_it_round(n: int, data: st.DataObject) -> None:
    x = data.draw(st.integers(0, n))
    y = data.draw(st.integers(0, n - x))
    margin = data.draw(st.sampled_from([0.01, 0.05, 0.2]))
    a, b = arms(x, y, n)
    found, swapped = paired_gate(a, b, margin), paired_gate(b, a, margin)
    assert found.low <= found.difference <= found.high
    assert (swapped.low, swapped.high) == pytest.approx((-found.high, -found.low))
    if min(abs(found.low + margin), abs(found.high + margin)) > 1e-3:
        assert (found.word == "pass") == (found.low > -margin)
        assert (found.word == "fail") == (found.high < -margin)
    order = np.random.default_rng(0).permutation(n)
    assert paired_gate(a[order], b[order], margin) == found


def test_a_larger_margin_is_never_easier_to_break_and_the_word_follows_the_interval() -> None:
    a, b = arms(18, 40, 300)
    margins = (0.016, 0.017, 0.018, 0.0195, 0.0196, 0.02, 0.03)
    found = [paired_gate(a, b, margin) for margin in margins]
    saw = [tail(float(score(40, 18, 300, margin)), 300, margin) for margin in margins]
    assert saw[3] > LEVEL > saw[4]  # what one bound alone says falls where the margin grows
    assert [one.p_below for one in found] == sorted(one.p_below for one in found)
    assert all(one.p_below >= alone - 1e-12 for one, alone in zip(found, saw, strict=True))
    assert [one.word for one in found] == ["fail"] * 3 + ["cannot tell"] * 4
    assert {(one.low, one.high) for one in found} == {(found[0].low, found[0].high)}
    assert found[0].high == pytest.approx(-0.01806, abs=1e-4)  # where the envelope on a fine grid reaches 2.5 %
    assert [one.p_above for one in found] == sorted((one.p_above for one in found), reverse=True)


@pytest.mark.parametrize(("n", "bound"), [(20, 0.01), (50, -0.02), (300, -0.01)])
def test_the_size_holds_where_nearly_all_images_flip(n: int, bound: float) -> None:
    most = region(critical(n, bound, LEVEL), n, bound, np.arange(n + 1))
    for share in np.linspace(max(0.5, abs(bound)), 1.0 - 1e-9, 60):
        assert reached(most, n, [(share + bound) / 2], [(share - bound) / 2]) <= LEVEL + 5e-5


def test_without_a_margin_it_is_mcnemars_exact_test() -> None:
    a, b = arms(3, 14, 200, both=150)
    found = paired_gate(a, b, margin=0.0)
    assert found.p_below == pytest.approx(scipy_stats.binomtest(3, 17, alternative="less").pvalue)
    assert found.p_above == pytest.approx(scipy_stats.binomtest(3, 17, alternative="greater").pvalue)
    assert found.flips.p == pytest.approx(scipy_stats.binomtest(3, 17).pvalue)
    assert found.word == "fail"
    assert paired_gate(b, a, margin=0.0).word == "pass"
    assert paired_gate(a, a, margin=0.0).word == "cannot tell"


def test_equal_answers_pass_any_margin_that_the_images_can_show() -> None:
    same = np.ones(1000, dtype=bool)
    found = paired_gate(same, same, 0.01)
    assert (found.word, found.difference) == ("pass", 0.0)
    assert found.high == pytest.approx(-math.expm1(math.log(LEVEL) / 1000), abs=2e-4)  # the rule of 3.7 / N
    assert paired_gate(same[:100], same[:100], 0.01).word == "cannot tell"
    assert paired_gate(~same, same, 0.01).word == "fail"
    assert paired_gate(same, ~same, 0.01).word == "pass"


@pytest.mark.parametrize("margin", [0.0, pytest.param(0.01, marks=pytest.mark.slow)])
def test_what_is_missed_is_what_simulated_checkpoints_show(margin: float) -> None:
    n, flips, loss = 300, 0.1, 0.04
    drawn = np.random.default_rng(0).multinomial(n, [(flips - loss) / 2, (flips + loss) / 2, 1 - flips], size=1000)
    below = {(x, y): _evidence(y, x, n, margin) for x, y, _ in set(map(tuple, drawn.tolist()))}
    shown = np.mean([below[x, y] > LEVEL for x, y, _ in drawn.tolist()])
    assert missed_regression(n, flips, loss, margin) == pytest.approx(shown, abs=0.04)
    x, y = max(below, key=lambda pair: below[pair])
    assert paired_gate(*arms(x, y, n), margin).p_below == below[x, y]


def test_more_images_and_a_larger_loss_are_missed_less() -> None:
    assert missed_regression(2000, 0.1, 0.04, 0.01) < missed_regression(500, 0.1, 0.04, 0.01)
    assert missed_regression(500, 0.1, 0.08, 0.01) < missed_regression(500, 0.1, 0.04, 0.01)
    assert missed_regression(500, 0.1, 0.04, 0.0) < missed_regression(500, 0.1, 0.04, 0.01)
    assert missed_regression(2, 1.0, 1.0, 0.0) == 1.0


def test_a_fixed_tolerance_lets_a_real_loss_through_that_ours_sees() -> None:
    assert tolerance_catches(400, 0.15, 0.05) < 0.01
    assert 1.0 - missed_regression(400, 0.15, 0.05, 0.0) > 0.7
    assert 1.0 - missed_regression(2000, 0.15, 0.05, 0.01) > 0.99


@pytest.mark.parametrize(
    ("a", "b", "margin", "message"),
    [
        (np.ones(5, bool), np.ones(4, bool), 0.01, "same seeds and images"),
        (np.ones(5), np.ones(5), 0.01, "needs booleans"),
        (np.ones(0, bool), np.ones(0, bool), 0.01, "needs booleans"),
        (np.ones(5, bool), np.ones(5, bool), -0.01, "write 0.01 for 1 point"),
        (np.ones(5, bool), np.ones(5, bool), 1.0, "below 1"),
    ],
)
def test_refuses_what_are_not_the_same_images(
    a: NDArray[np.bool_], b: NDArray[np.bool_], margin: float, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        paired_gate(a, b, margin)


def test_refuses_losses_that_flips_cannot_make() -> None:
    with pytest.raises(InputError, match=r"a loss of 0\.2 and flips of 0\.1"):
        missed_regression(100, 0.1, 0.2)
    with pytest.raises(InputError, match="at least 1 image"):
        missed_regression(0, 0.1, 0.1)


@pytest.mark.slow
@pytest.mark.parametrize("margin", [0.005, 0.01, 0.02, 0.05])
@pytest.mark.parametrize("n", [100, 400, 2000, 10_000])
def test_full_false_verdicts(n: int, margin: float) -> None:
    for flips in margin + np.geomspace(0.1 / n, min(0.9, 2000 / n), 60):
        assert passes(n, flips, margin, margin) <= 0.0265
        assert 1.0 - missed_regression(n, flips, margin, margin) <= 0.0265


@pytest.mark.slow
@pytest.mark.parametrize("flips", [0.08, 0.15])
@pytest.mark.parametrize("n", [400, 1000, 5000])
def test_full_power_against_a_fixed_tolerance(n: int, flips: float) -> None:
    """The table of docs/statistics.md."""
    assert tolerance_catches(n, flips, 0.05) < 0.006
    caught = [1.0 - missed_regression(n, flips, 0.05, margin) for margin in (0.0, 0.01, 0.02)]
    assert caught == sorted(caught, reverse=True)
    assert caught[0] > 0.7
    assert passes(n, flips, 0.0, 0.01) < passes(n, flips, 0.0, 0.02)
    assert passes(n, flips, 0.05, 0.02) < 0.001
