"""Names of arms that are trained as another is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shiftprobe.core.errors import SpecError
from shiftprobe.spec.arm_names import ArmName, base, changed, changes, crossed, parse, trained_as, unchanged
from shiftprobe.spec.pairs import same_recipe
from shiftprobe.spec.schema import Spec

PARTS = st.text("ab_.019", min_size=1, max_size=6)


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


@given(PARTS, st.none() | PARTS, st.lists(PARTS, max_size=3, unique=True))
def test_parts_spell_a_name_and_a_name_gives_its_parts(arm: str, like: str | None, more: list[str]) -> None:
    whole = ArmName(arm=arm, like=like, changes=tuple(more))
    name = str(whole)
    assert parse(name) == whole
    assert (base(name), trained_as(name), changes(name)) == (arm, like or arm, tuple(more))
    assert changed(unchanged(name), *more) == name


@pytest.mark.parametrize("name", ["", "~steps3", "transfer~", "transfer@", "@scratch", "a@b@c", "a~b@c", "a~b~b"])
def test_what_is_spelled_otherwise_is_refused(name: str) -> None:
    with pytest.raises(SpecError, match="ARM@LIKE"):
        parse(name)


def test_a_run_trains_no_arm_with_a_change_in_it() -> None:
    with pytest.raises(ValidationError, match=r"got transfer~steps3.*name transfer"):
        Spec.model_validate({"target": {"data": "digits:uci"}, "arms": ["scratch", "transfer~steps3"]})
