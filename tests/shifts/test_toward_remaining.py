"""What remains between images and a target: levels, spectra, and what is refused."""

from dataclasses import astuple

import numpy as np
import pytest
from scipy import stats
from tests.shifts.test_toward import DIGITS, PHOTOS, TARGET, gentle

from shiftprobe.shifts.toward import Remaining, remaining


def near(one: Remaining, other: Remaining) -> bool:
    return astuple(one) == pytest.approx(astuple(other), abs=1e-4)


def test_the_levels_that_remain_are_scipy_s_wasserstein_distance() -> None:
    some, others = [DIGITS[0], 255 - DIGITS[1]], [gentle(i, (20, 20), 1, 100, 20) for i in range(3)]
    pools = (np.concatenate([one.ravel() for one in images]).astype(float) for images in (some, others))
    assert remaining(some, others).levels == pytest.approx(stats.wasserstein_distance(*pools))


def test_the_spectrum_that_remains_is_the_factor_between_amplitudes() -> None:
    image = gentle(1, (64, 64), 3, 128, 4)
    stronger = (128 + 3 * (image.astype(int) - 128)).astype(np.uint8)
    assert remaining([image], [stronger]).spectrum == pytest.approx(np.log(3), abs=1e-4)
    assert near(remaining([image], [np.roll(image, (9, 4), (0, 1))]), Remaining(levels=0, spectrum=0))


def test_what_remains_is_nothing_to_itself_the_same_both_ways_and_larger_for_another_world() -> None:
    assert near(remaining(PHOTOS, PHOTOS[::-1] * 2), Remaining(levels=0, spectrum=0))
    there, back = remaining(PHOTOS, TARGET), remaining(TARGET, PHOTOS)
    assert near(there, back)
    assert remaining(DIGITS, PHOTOS).spectrum > there.spectrum > 0.1
    assert remaining(DIGITS, [one.repeat(3, axis=2) for one in DIGITS]).levels == 0
