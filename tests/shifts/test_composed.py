from pathlib import Path

import numpy as np
import pytest

from shiftprobe import data
from shiftprobe.core.errors import SpecError, UnknownNameError
from shiftprobe.core.seeding import image_generator
from shiftprobe.shifts import SHIFTS
from shiftprobe.shifts.composed import Composition, Member, find
from shiftprobe.testing import check_shift

DIGIT = data.load("digits:mnist", Path()).images[7]


def changed(name: str, severity: float, index: int = 3) -> np.ndarray:
    return find(name).at(severity)(DIGIT, image_generator(0, index))


@pytest.mark.parametrize("name", ["gaussian_blur+gaussian_noise", "rotation*0.5+contrast", "contrast=0.4+shot_noise"])
def test_a_composition_keeps_the_promises_of_a_shift(name: str) -> None:
    check_shift(find(name))


def test_members_come_in_order_each_with_its_own_stream() -> None:
    seeds = image_generator(0, 3).integers(2**32, size=2)
    blurred = SHIFTS["gaussian_blur"].at(0.6)(DIGIT, np.random.default_rng(seeds[0]))
    expected = SHIFTS["gaussian_noise"].at(0.6)(blurred, np.random.default_rng(seeds[1]))
    np.testing.assert_array_equal(changed("gaussian_blur+gaussian_noise", 0.6), expected)
    assert not np.array_equal(changed("gaussian_noise+gaussian_blur", 0.6), expected)


def test_a_factor_scales_a_member_and_a_fixed_one_stays() -> None:
    np.testing.assert_array_equal(changed("contrast*0.5", 0.8), changed("contrast", 0.4))
    np.testing.assert_array_equal(changed("contrast=0.3", 0.01), changed("contrast=0.3", 1.0))
    np.testing.assert_array_equal(changed("contrast=0.3", 0.5), changed("contrast", 0.3))
    np.testing.assert_array_equal(changed("contrast=0.3+gaussian_blur", 0.0), DIGIT)


def test_two_members_of_one_kind_draw_independently() -> None:
    """If both met one pattern, the sum of two noises would have twice the spread of one, not the root of it."""
    grey = np.full((200, 200, 1), 128, np.uint8)
    one, two = (
        find(name).at(0.2)(grey, image_generator(0, 0)).astype(float)
        for name in ("gaussian_noise", "gaussian_noise+gaussian_noise")
    )
    assert two.std() / one.std() == pytest.approx(np.sqrt(2), rel=0.05)


def test_what_a_member_draws_does_not_depend_on_the_others() -> None:
    first = Composition(name="x", members=(Member(shift=SHIFTS["contrast"]), Member(shift=SHIFTS["gaussian_noise"])))
    other = Composition(name="y", members=(Member(shift=SHIFTS["rotation"]), Member(shift=SHIFTS["gaussian_noise"])))
    flat = np.full((64, 64, 1), 100, np.uint8)
    a, b = (one.at(0.5)(flat, image_generator(0, 0)) for one in (first, other))
    np.testing.assert_array_equal(a, b)  # neither contrast nor rotation changes a flat image


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("gausian_blur+contrast", UnknownNameError, "did you mean 'gaussian_blur'"),
        ("contrast+", UnknownNameError, "got 'nothing'"),
        ("contrast*2", SpecError, r"wanted a fraction above 0 and up to 1 after \* or =, .*got 2"),
        ("contrast=0+rotation", SpecError, "got 0"),
        ("contrast*x", SpecError, "got x"),
        ("+".join(["contrast"] * 7), SpecError, "at most 6 members, got 7"),
        ("identity+contrast", UnknownNameError, "got 'identity'"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(name: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words) as told:
        find(name)
    assert "\n" not in str(told.value)
