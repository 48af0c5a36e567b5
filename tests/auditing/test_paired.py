"""Gains of the best of several, shares of a loss, falls of a gap: other people's formulas, and simulations."""

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binomtest, norm
from scipy.stats import t as student

from shiftprobe.auditing.paired import gain, gains, gap_fall, padded_interval, recovered
from shiftprobe.metrics import InputError, calibration_error
from shiftprobe.repairs.halving import folds, halves
from shiftprobe.stats import holm, image_interval

Right = NDArray[np.bool_]


def together(rng: np.random.Generator, n: int, *shares: float) -> list[Right]:
    """Right answers of several ways to the same images, some of which are hard for all."""
    hard = rng.normal(size=n)
    return [0.7 * hard + 0.7 * rng.normal(size=n) < 0.99 * norm.ppf(share) for share in shares]


def named(others: list[Right]) -> dict[str, Right]:
    return {str(place): other for place, other in enumerate(others)}


@pytest.fixture
def pair() -> list[Right]:
    return together(np.random.default_rng(0), 300, 0.5, 0.7)


def test_a_single_gain_has_the_interval_of_test_images(pair: list[Right]) -> None:
    before, after = pair
    found, known = gain(before, after), image_interval(after[None], before[None])
    assert (found.value, found.low, found.high) == pytest.approx((known.difference, known.low, known.high))
    assert found.alone == pytest.approx(found.high)
    won, lost = int((after & ~before).sum()), int((before & ~after).sum())
    assert found.p == pytest.approx(binomtest(won, won + lost, 0.5, alternative="greater").pvalue)


def test_a_family_is_wider_and_its_p_values_are_holm_s(pair: list[Right]) -> None:
    before, after = pair
    found = gains(before, {"one": after, "two": before, "three": ~before})
    assert found["one"].low < gain(before, after).low
    assert found["one"].alone == pytest.approx(gain(before, after).high)
    ps = [found[name].p for name in found]
    assert [found[name].p_holm for name in found] == pytest.approx(holm(ps).tolist())
    assert (found["two"].value, found["two"].p) == (0, 1)


def test_order_of_images_is_nothing(pair: list[Right]) -> None:
    order = np.random.default_rng(1).permutation(300)
    assert gain(pair[0][order], pair[1][order]) == pytest.approx(gain(pair[0], pair[1]))


def test_gains_need_the_same_images() -> None:
    with pytest.raises(InputError, match="same images twice"):
        gain(np.ones(3, bool), np.ones(4, bool))
    with pytest.raises(InputError, match="at least one, got 0"):
        gain(np.ones(0, bool), np.ones(0, bool))


def test_the_best_of_seven_useless_ways_is_seldom_called_a_gain() -> None:
    rng, alarms = np.random.default_rng(2), 0
    for _ in range(400):
        before, *others = together(rng, 150, *[0.8] * 8)
        alarms += any(one.low > 0 for one in gains(before, named(others)).values())
    assert alarms <= 20  # 2.5 of 100 are allowed


@pytest.mark.parametrize("paired", [True, False])
def test_the_share_recovered_is_the_set_that_fieller_would_not_refuse(paired: bool) -> None:
    before, after, clean = together(np.random.default_rng(3), 250, 0.4, 0.7, 0.9)
    found = recovered(before, after, clean, paired=paired)
    assert found is not None
    won, lost = after.mean() - before.mean(), clean.mean() - before.mean()
    assert found.value == pytest.approx(won / lost)
    kept = []
    for theta in np.linspace(-0.5, 2, 5001):  # (won - theta lost) tested against 0, image by image
        part = after.astype(float) - before + theta * before
        parts = [part - theta * clean] if paired else [part, theta * clean.astype(float)]
        error = np.sqrt(sum(one.var(ddof=1) / len(one) for one in parts))
        if abs(won - theta * lost) <= student.ppf(0.975, 249) * error:
            kept.append(theta)
    assert (found.low, found.high) == pytest.approx((min(kept), max(kept)), abs=0.02)  # padded a little


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize(("b", "a", "c"), [(0.3, 0.8, 0.95), (0.5, 0.5, 0.9), (0.3, 0.97, 0.98)])
def test_the_interval_of_a_share_holds_as_often_as_it_says(paired: bool, b: float, a: float, c: float) -> None:
    rng, held = np.random.default_rng(4), 0
    for _ in range(400):
        before, after, clean = together(rng, 150, b, a, c)
        found = recovered(before, after, clean if paired else rng.random(300) < c, paired=paired)
        held += found is not None and found.low <= (a - b) / (c - b) <= found.high
    assert held >= 370  # 92.5 %


def test_a_share_of_nothing_is_no_number() -> None:
    before, after, clean = together(np.random.default_rng(5), 100, 0.9, 0.95, 0.9)
    assert recovered(before, after, clean, paired=True) is None
    assert recovered(clean, after, before[:1], paired=False) is None
    assert recovered(np.ones(1, bool), np.ones(1, bool), np.ones(1, bool), paired=True) is None


def test_everything_recovered_is_one_and_nothing_is_zero() -> None:
    clean, before = np.ones(200, bool), np.arange(200) < 80
    whole, none = (recovered(before, after, clean, paired=True) for after in (clean, before))
    assert whole is not None
    assert none is not None
    assert whole.value == 1
    assert whole.low < 1 < whole.high
    assert none.value == 0
    assert none.low < 0 < none.high


def test_the_fall_of_a_gap_lies_within_all_that_its_rectangle_allows() -> None:
    rng = np.random.default_rng(6)
    before, after = rng.normal(0.3, 0.2, 200).clip(-1, 1), rng.normal(-0.1, 0.2, 200).clip(-1, 1)
    value, low, high = gap_fall(before, after)
    assert value == pytest.approx(abs(before.mean()) - abs(after.mean()))
    spans = [np.linspace(*_interval(before + sign * after), 60) for sign in (1, -1)]
    inside = [abs((s + d) / 2) - abs((s - d) / 2) for s, d in itertools.product(*spans)]
    assert (low, high) == pytest.approx((min(inside), max(inside)), abs=1e-9)


def _interval(values: NDArray[np.float64]) -> tuple[float, float]:
    padded = np.append(values, [1, -1])
    half = student.ppf(1 - 0.0125, len(padded) - 1) * padded.std(ddof=1) / np.sqrt(len(padded))
    return padded.mean() - half, padded.mean() + half


@pytest.mark.parametrize(("x", "y"), [(0.2, 0.0), (0.05, -0.05), (0.0, 0.0), (-0.1, 0.15)])
def test_the_interval_of_a_fall_holds_at_least_as_often_as_it_says(x: float, y: float) -> None:
    rng, held = np.random.default_rng(7), 0
    for _ in range(300):
        common = rng.normal(0, 0.3, 150)
        _, low, high = gap_fall(x + common, y + common + rng.normal(0, 0.1, 150))
        held += low <= abs(x) - abs(y) <= high
    assert held >= 285


def test_halves_and_folds_share_out_every_class() -> None:
    labels = np.repeat([0, 1, 2], [10, 7, 1])
    first, second = halves(labels, np.random.default_rng(8))
    assert sorted([*first, *second]) == list(range(18))
    assert (np.abs(np.bincount(labels[first], minlength=3) - np.bincount(labels[second], minlength=3)) <= 1).all()
    parts = folds(labels, 5, np.random.default_rng(8))
    assert sorted(np.concatenate(parts)) == list(range(18))
    assert {len(part) for part in parts} <= {3, 4}


@pytest.mark.slow
@pytest.mark.parametrize(("n", "share"), [(64, 0.8), (256, 0.8), (256, 0.95)])
def test_false_gains_of_the_best_of_seven_as_documented(n: int, share: float) -> None:
    rng, alarms = np.random.default_rng(11), 0
    for _ in range(2000):
        before, *others = together(rng, n, *[share] * 8)
        alarms += any(one.low > 0 for one in gains(before, named(others)).values())
    assert alarms / 2000 <= 0.025


@pytest.mark.slow
@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("n", [50, 200, 800])
@pytest.mark.parametrize(("b", "a", "c"), [(0.3, 0.8, 0.95), (0.5, 0.5, 0.9), (0.85, 0.9, 0.95)])
def test_shares_recovered_hold_as_documented(n: int, paired: bool, b: float, a: float, c: float) -> None:
    rng = np.random.default_rng(12)
    held = known = 0
    for _ in range(2000):
        before, after, clean = together(rng, n, b, a, c)
        found = recovered(before, after, clean if paired else rng.random(n) < c, paired=paired)
        known += found is not None
        held += found is not None and found.low <= (a - b) / (c - b) <= found.high
    assert held / known >= 0.93


def overconfident(rng: np.random.Generator, n: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Logits (n, 10) twice as large as they should be, and labels."""
    honest = 2.0 * rng.normal(size=(n, 10))
    chances = np.exp(honest - honest.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    return 2.0 * honest, (chances.cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)


@pytest.mark.slow
def test_no_bootstrap_of_the_fall_of_ece_holds() -> None:
    """Why the ECE stands without an interval: the percentile bootstrap of it hardly ever holds the truth."""
    rng, held = np.random.default_rng(13), 0
    logits, labels = overconfident(rng, 200_000)
    truth = calibration_error(logits, labels) - calibration_error(logits / 2, labels)
    for _ in range(40):
        logits, labels = overconfident(rng, 400)
        falls = []
        for _ in range(200):
            some = rng.integers(0, 400, 400)
            ends = (calibration_error(one[some], labels[some]) for one in (logits, logits / 2))
            falls.append(next(ends) - next(ends))
        low, high = np.quantile(falls, [0.025, 0.975])
        held += low <= truth <= high
    assert held <= 10


@pytest.mark.parametrize("confidence", [0.5, 0.95])
def test_an_interval_holds_its_own_mean_at_any_level(confidence: float) -> None:
    low, high = padded_interval(np.ones(1000), confidence)
    assert low < 1.0 <= high
