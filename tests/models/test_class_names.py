import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftprobe.models.class_names import class_names, conflict

NAMES = st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=12, unique=True)


@given(names=NAMES, shuffled=st.randoms())
def test_every_way_to_write_the_same_names_is_read_alike(names: list[str], shuffled: Any) -> None:
    places = list(enumerate(names))
    shuffled.shuffle(places)
    ways: list[Any] = [names, tuple(names), dict(places), {str(i): name for i, name in places}, json.dumps(names)]
    if not all(name.isdigit() for name in names):
        ways += [{name: i for i, name in places}, json.dumps({name: i for i, name in places})]
    assert {class_names(way) for way in ways} == {tuple(names)}


@pytest.mark.parametrize(
    "value",
    [
        [], {}, 10, None, "cat", "cat, dog", ["a", "a"], ["a", 1], {0: "a", 2: "b"}, {1: "a", 2: "b"}, {"a": 0, "b": 0},
        {"a": True, "b": False}, {0: "a", "b": 1}, {0: "a", "0": "b"}, '"a"', "[" * 10_000, {"a": -1, "b": 0},
        {"a": 0.0}, {"9" * 9: "a"},
    ],
)  # fmt: skip
def test_anything_else_names_no_classes(value: Any) -> None:
    assert class_names(value) is None


@pytest.mark.parametrize(
    ("given", "carried", "found"),
    [
        (("bus", "car", "dog"), ("dog", "bus", "car"), ("bus", 0, 1, 3)),
        (("bus", "car", "dog"), ("bus", "dog", "car"), ("car", 1, 2, 2)),
        (("Tabby_cat", "dog"), ("dog", "tabby cat"), ("Tabby_cat", 0, 1, 2)),
        (("bus", "car", "emu"), ("car", "tram", "emu"), ("car", 1, 0, 1)),
        (("bus", "car"), ("bus", "car"), None),
        (("Bus", "fast-car"), ("bus", "fast car"), None),
        (("tabby", "beagle"), ("n01", "n02"), None),
        (None, ("a", "b"), None),
        (("a", "b"), None, None),
        (("a", "b"), ("b", "a", "c"), ("a", 0, 1, 2)),
    ],
)
def test_a_class_that_two_lists_place_apart_is_told(
    given: tuple[str, ...] | None, carried: tuple[str, ...] | None, found: tuple[str, int, int, int] | None
) -> None:
    told = conflict(given, carried)
    assert (told and (told.name, told.given, told.carried, told.count)) == found
