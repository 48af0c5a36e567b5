import math

import numpy as np
import pytest
from scipy import stats

from shiftprobe.metrics import InputError
from shiftprobe.stats.agreement_line import agreement_check
from shiftprobe.stats.probit_line import (
    AccuracyLine,
    NoLine,
    accuracy_line,
    corrected,
    each_off_the_others,
)

FIRST = [0.62, 0.70, 0.77, 0.84, 0.90, 0.95]
SECOND = [0.35, 0.44, 0.48, 0.62, 0.66, 0.80]
IMAGES = (2000, 1000)


def _line(first: list[float] = FIRST, second: list[float] = SECOND) -> AccuracyLine:
    found = accuracy_line(first, second, IMAGES)
    assert isinstance(found, AccuracyLine)
    return found


def test_is_the_regression_of_normal_quantiles() -> None:
    x, y = stats.norm.ppf(FIRST), stats.norm.ppf(SECOND)
    known, line = stats.linregress(x, y), _line()
    assert (line.slope, line.offset) == pytest.approx((known.slope, known.intercept))
    assert line.fit == pytest.approx(known.rvalue**2)
    half = stats.t.ppf(0.975, 4) * known.stderr
    assert (line.slope_low, line.slope_high) == pytest.approx((known.slope - half, known.slope + half))


def test_the_band_is_that_of_a_prediction() -> None:
    x, y = stats.norm.ppf(FIRST), stats.norm.ppf(SECOND)
    known, at = stats.linregress(x, y), stats.norm.ppf(0.8)
    left = y - known.intercept - known.slope * x
    error = math.sqrt((left @ left) / 4 * (1 + 1 / 6 + (at - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum()))
    half = stats.t.ppf(0.975, 4) * error
    middle = known.intercept + known.slope * at
    line = _line()
    assert line.band(0.8) == pytest.approx(tuple(stats.norm.cdf([middle - half, middle + half])))
    off = line.off(0.8, 0.7)
    assert off.p == pytest.approx(2 * stats.t.sf(abs(stats.norm.ppf(0.7) - middle) / error, 4))
    assert (off.low > 0) == (off.p < 0.05)


def test_order_moves_nothing_and_swapped_ends_mirror_it() -> None:
    line, turned = _line(), _line(FIRST[::-1], SECOND[::-1])
    assert turned.slope == pytest.approx(line.slope)
    mirrored = _line([1 - one for one in FIRST], [1 - one for one in SECOND])
    assert mirrored.off(0.2, 0.3).effect == pytest.approx(-line.off(0.8, 0.7).effect)


def test_the_one_off_the_line_is_named_and_no_other() -> None:
    rng = np.random.default_rng(0)
    x = np.linspace(-0.5, 1.5, 10)
    y = -0.4 + 0.9 * x + 0.02 * rng.standard_normal(10)
    y[4] += 1.0
    found = each_off_the_others(stats.norm.cdf(x).tolist(), stats.norm.cdf(y).tolist(), IMAGES)
    assert not isinstance(found, NoLine)
    assert [i for i, one in enumerate(found) if one.named] == [4]
    assert found[4].effect > 0.2


def test_networks_on_a_line_are_seldom_named() -> None:
    rng, named, asked = np.random.default_rng(1), 0, 0
    for _ in range(300):
        x = rng.uniform(-0.5, 1.5, 8)
        y = -0.3 + 0.9 * x + 0.15 * rng.standard_normal(8)
        shares = [rng.binomial(n, stats.norm.cdf(one)) / n for one, n in zip((x, y), IMAGES, strict=True)]
        line = accuracy_line(shares[0][:7].tolist(), shares[1][:7].tolist(), IMAGES)
        if isinstance(line, AccuracyLine):
            asked, named = asked + 1, named + (line.off(float(shares[0][7]), float(shares[1][7])).p < 0.05)
    assert asked > 250
    assert named / asked < 0.08


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (FIRST[:4], SECOND[:4], "needs 5 networks, got 4"),
        ([0.80, 0.801, 0.802, 0.803, 0.804], SECOND[:5], "little more than their test images explain"),
        (FIRST, [0.5, 0.4, 0.55, 0.45, 0.5, 0.48], "flat"),
    ],
)
def test_is_silent_where_there_is_no_line(first: list[float], second: list[float], said: str) -> None:
    found = accuracy_line(first, second, IMAGES)
    assert isinstance(found, NoLine)
    assert said in found.reason
    assert isinstance(each_off_the_others(first, second, IMAGES), NoLine)


def test_a_network_beyond_the_others_is_never_named() -> None:
    (one,) = corrected([_line().off(0.999, 0.2)])
    assert one.beyond
    assert one.p_holm is not None
    assert not one.named


def test_agreement_on_the_line_holds_and_off_it_does_not() -> None:
    line = _line()
    places = stats.norm.cdf(np.linspace(0.2, 1.4, 8))
    on = agreement_check(line, places.tolist(), [line.value(one) for one in places])
    assert not isinstance(on, NoLine)
    assert on.holds
    assert on.slope == pytest.approx(line.slope)
    off = agreement_check(line, places.tolist(), places.tolist())
    assert not isinstance(off, NoLine)
    assert not off.holds
    assert isinstance(agreement_check(line, [0.9] * 4, [0.8] * 4), NoLine)


def test_refuses_what_is_no_fraction() -> None:
    with pytest.raises(InputError, match="two fractions per network"):
        accuracy_line([80.0] * 5, SECOND[:5], IMAGES)
    with pytest.raises(InputError, match="two fractions per network"):
        accuracy_line(FIRST, SECOND[:5], IMAGES)
