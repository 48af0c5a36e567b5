"""Numbers as sentences say them."""

import pytest

from shiftprobe.core.words import counted, in_percent, in_points, listed, mean_std, percent, whole_percent


def test_a_share_is_said_in_percent() -> None:
    assert in_percent(0.6861) == "68.6"
    assert percent(0.6861) == "68.6 %"
    assert whole_percent(0.6861) == "69 %"
    assert percent(1) == "100.0 %"


@pytest.mark.parametrize(
    ("difference", "said"), [(0.0571, "+5.7"), (-0.0571, "-5.7"), (0.0, "+0.0"), (-0.0004, "+0.0"), (0.0006, "+0.1")]
)
def test_a_difference_has_its_sign_and_is_never_minus_zero(difference: float, said: str) -> None:
    assert in_points(difference) == said


def test_what_rounds_to_nothing_has_no_sign() -> None:
    assert (in_percent(-0.0004), percent(-0.0004), whole_percent(-0.004)) == ("0.0", "0.0 %", "0 %")


def test_a_mean_stands_with_its_spread() -> None:
    assert mean_std(0.6861, 0.0104) == "68.6 (1.0)"
    assert mean_std(0.6861, None) == "68.6 (\N{EN DASH})"  # one seed has none
    assert mean_std(None, None) == "n/a"


def test_words_follow_the_count() -> None:
    assert (counted(1, "seed"), counted(1000, "image"), counted(2, "class", "classes")) == (
        "1 seed", "1,000 images", "2 classes",
    )  # fmt: skip
    assert [listed(part) for part in ((), ("a",), ("a", "b"), ("a", "b", "c"))] == ["", "a", "a and b", "a, b and c"]
