from dataclasses import dataclass

import pytest

from shiftprobe.core.errors import UnknownNameError
from shiftprobe.core.registry import Registry, suggest


@dataclass(frozen=True)
class Thing:
    name: str


@pytest.fixture
def things() -> Registry[Thing]:
    registry: Registry[Thing] = Registry("thing")
    for name in ("rotation", "blur", "noise"):
        registry.add(Thing(name))
    return registry


def test_what_is_added_comes_back(things: Registry[Thing]) -> None:
    thing = Thing("fog")
    assert things.add(thing) is thing
    assert things["fog"] is thing


def test_names_come_sorted_whatever_the_order_of_adding(things: Registry[Thing]) -> None:
    assert list(things) == ["blur", "noise", "rotation"]
    assert len(things) == 3


def test_membership_is_by_name(things: Registry[Thing]) -> None:
    assert "blur" in things
    assert "fog" not in things
    assert Thing("blur") not in things


def test_a_second_thing_of_one_name_is_refused_and_the_first_stays(things: Registry[Thing]) -> None:
    first = things["blur"]
    with pytest.raises(ValueError, match="thing 'blur' is registered twice"):
        things.add(Thing("blur"))
    assert things["blur"] is first


def test_an_unknown_name_tells_the_nearest_and_all_known(things: Registry[Thing]) -> None:
    with pytest.raises(UnknownNameError) as told:
        things["rotatoin"]
    assert str(told.value) == "no thing named 'rotatoin'; did you mean 'rotation'? (known: blur, noise, rotation)"


def test_a_far_name_gets_no_guess(things: Registry[Thing]) -> None:
    with pytest.raises(UnknownNameError, match=r"no thing named 'zzz' \(known: "):
        things["zzz"]


def test_suggest_is_silent_without_a_close_name() -> None:
    assert suggest("epoch", ["epochs", "batch"]) == "; did you mean 'epochs'?"
    assert suggest("xyz", ["epochs"]) == suggest("x", []) == ""
