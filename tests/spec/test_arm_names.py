"""Names of arms that are trained as another is."""

from shiftprobe.spec.arm_names import base, crossed, trained_as
from shiftprobe.spec.pairs import same_recipe


def test_a_name_says_how_weights_begin_and_how_they_are_trained() -> None:
    assert (base("transfer"), trained_as("transfer")) == ("transfer", "transfer")
    assert (base("transfer@scratch"), trained_as("transfer@scratch")) == ("transfer", "scratch")


def test_crossing_a_pair_twice_is_the_pair_under_other_names() -> None:
    once = crossed(("transfer", "scratch"))
    assert once == ("transfer@scratch", "scratch@transfer")
    assert crossed(once) == ("transfer@transfer", "scratch@scratch")


def test_under_one_recipe_each_pair_is_trained_as_one_arm_is() -> None:
    pairs = same_recipe(("transfer", "scratch"))
    assert [{trained_as(arm) for arm in pair} for pair in pairs] == [{"transfer"}, {"scratch"}]
    assert [tuple(map(base, pair)) for pair in pairs] == [("transfer", "scratch")] * 2
