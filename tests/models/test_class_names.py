import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftprobe.models.class_names import class_names

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
