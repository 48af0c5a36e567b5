"""Whatever scalar stands in whatever place of a spec or a policy is taken, or refused in one line."""

import copy
import json
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from shiftprobe.auditing.policy import Policy, load_policy
from shiftprobe.core.errors import ShiftprobeError
from shiftprobe.spec.loading import load_spec, parse
from shiftprobe.spec.schema import Spec, arm_cells, checkpoint_cells

SPEC: dict[str, Any] = {
    "source": {"data": "digits:uci", "classes": ["a"], "images": 9, "epochs": 9, "trained": ["all"]},
    "target": {"data": "digits:uci", "budgets": [40], "test": 0.4},
    "model": {"preprocess": {"size": 8, "channels": 1, "mean": [0.5], "std": [0.5], "resize": 9}},
    "shifts": ["rotation"],
    "severities": [0.5],
    "seeds": [0],
    "toward": {"data": "digits:uci", "images": 9},
    "train": {**Spec.model_validate({"target": {"data": "a"}}).resolved()["train"], "tune": {"lr": [0.1, 0.2]}},
    "compare": {"margin": 0.01, "pairs": [["transfer", "scratch"]]},
    "report": {"thumbnails": 9},
    "plugins": ["mine.py"],
} | {key: getattr(Spec.model_validate({"target": {"data": "a"}}), key) for key in ("name", "keep", "taps", "data_seed")}
POLICY: dict[str, Any] = Policy().resolved() | {"floor": 0.5, "own": {"mine": {"level": "warn", "limit": 3}}}
POLICY["corruption_error"] |= {"reference": {"jpeg": [0.1, 0.2, 0.3, 0.4]}}

HUGE, TINY = 10**30, 5e-324
EXTREMES: list[Any] = [
    None, True, False, 0, -0.0, 1, -1, 2**31, 2**63, -(2**63), 2**64, HUGE, -HUGE, 10**400, 0.5, 1.5, TINY, -TINY,
    1e-300, 1e300, 1 - 2**-53, math.nextafter(1, 2), math.nan, math.inf, -math.inf, "", " ", "x", "0.5", "1e400", "nan",
    "inf", "-1", "1_000", "1" * 5000, "\u0663", "\x1b[2J", "\ud800", "true", "off", "../..", b"ab", {1}, 1j, [], {},
    [[]], [None], [0.5], ["x"] * 3, [HUGE], list(range(1001)), {"at_least": HUGE}, {"x": 1},
]  # fmt: skip


def places(data: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every key and entry of nested data, from the outside in."""
    if above:
        yield above
    inside = data.items() if isinstance(data, Mapping) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inside:
        yield from places(value, (*above, key))


def put(data: dict[str, Any], place: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """A copy with another value at one place."""
    whole: Any = copy.deepcopy(data)
    below = whole
    for key in place[:-1]:
        below = below[key]
    below[place[-1]] = value
    return dict(whole)


def spec_door(keys: Any) -> None:
    """Read a spec, and what everybody asks of one: its spelling, its identity, its cells."""
    spec = load_spec(keys)
    json.dumps([spec.resolved(), spec.identity()], allow_nan=False).encode()
    assert len(checkpoint_cells(spec)) + len(arm_cells(spec)) <= 100_000


def policy_door(keys: Any) -> None:
    """Read a policy, and what everybody asks of one."""
    policy = load_policy(keys)
    json.dumps([policy.resolved(), policy.asked], allow_nan=False).encode()


DOORS = {"spec": (SPEC, spec_door), "policy": (POLICY, policy_door)}
PLACES = [(name, place) for name, (whole, _) in DOORS.items() for place in places(whole)]


def answered(door: Callable[[Any], None], keys: Any) -> bool:
    """Whether it was taken; a refusal is one line of at most a thousand characters that a terminal can show."""
    try:
        door(keys)
    except ShiftprobeError as error:
        refused = error
    else:
        return True
    assert refused.exit_code == 2
    assert str(refused).isprintable()
    assert len(str(refused)) < 1500
    return False


def test_what_they_start_from_is_right() -> None:
    assert all(answered(door, whole) for whole, door in DOORS.values())
    assert len(PLACES) > 130


@pytest.mark.parametrize(
    ("name", "place"), PLACES, ids=lambda one: one if isinstance(one, str) else ".".join(map(str, one))
)
def test_any_extreme_is_taken_or_refused_in_one_line(name: str, place: tuple[Any, ...]) -> None:
    whole, door = DOORS[name]
    taken = [answered(door, put(whole, place, value)) for value in EXTREMES]
    assert not all(taken)


@settings(max_examples=150, deadline=None)
@given(
    where=st.sampled_from(PLACES),
    value=st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.complex_numbers(),
)
def test_any_scalar_is_taken_or_refused_in_one_line(where: tuple[str, tuple[Any, ...]], value: Any) -> None:
    whole, door = DOORS[where[0]]
    answered(door, put(whole, where[1], value))


@settings(max_examples=150, deadline=None)
@given(
    where=st.sampled_from([one for one in PLACES if one[0] == "spec"]), value=st.integers() | st.floats() | st.text()
)
def test_flags_are_held_to_the_same(where: tuple[Any, ...], value: Any) -> None:
    dotted = ".".join(str(key) for key in where)
    answered(lambda _: spec_door(load_spec(SPEC, {dotted: value}).resolved()), None)


@pytest.mark.parametrize(
    "tag", ["!!set", "!!binary", "!!str", "!!int", "!!omap", "!!pairs", "!!timestamp", "!", "!own", "!!map"]
)
@pytest.mark.parametrize("page", ["a: {} x", "a: {} [x]", "a: {} {{x: }}", "{} {{a: x}}", "{} a: x", "a: [{} x]"])
def test_no_tag_of_yaml_is_read(tag: str, page: str) -> None:
    with pytest.raises(ShiftprobeError, match="not readable as YAML"):
        parse(page.format(tag), "mine.yaml")


def test_a_careless_reader_takes_tags() -> None:
    assert yaml.safe_load("a: !!set {x, y}") == {"a": {"x", "y"}}
