"""JSON tables: the bytes of the plain writer, whatever is in them."""

import random
from dataclasses import asdict, dataclass
from typing import Any

import pytest

from shiftprobe.core.files import json_bytes
from shiftprobe.results.json_text import json_rows, json_table, plain

LEAVES = (1, -2.5, 1e-300, 0.1, 10**18, True, None, "", "two\nlines", 'a "quoted", \\ one', "\u2028 é")


@dataclass(frozen=True, slots=True)
class Inner:
    numbers: tuple[float | None, ...]
    by_name: dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Outer:
    one: Inner
    several: tuple[Inner, ...]
    nothing: tuple[int, ...]


def drawn(rng: random.Random, depth: int) -> Any:
    kind = rng.random()
    if depth and kind < 0.3:
        return {f"{rng.choice('abé')} {i}": drawn(rng, depth - 1) for i in range(rng.randrange(4))}
    if depth and kind < 0.6:
        found = [drawn(rng, depth - 1) for _ in range(rng.randrange(4))]
        return found if kind < 0.5 else tuple(found)
    return rng.choice(LEAVES)


def test_the_bytes_are_those_of_the_plain_writer() -> None:
    rng = random.Random(0)  # noqa: S311 - no secret
    for _ in range(3000):
        data = drawn(rng, 4)
        assert json_table(data) == json_bytes(data), data
        if isinstance(data, list | tuple):
            assert json_rows(iter(data)) == json_bytes(data), data


def test_keys_that_are_no_text_are_spelled_as_the_plain_writer_spells_them() -> None:
    data = {3: [1], 2: {}, 10: {"a": (1, 2)}}
    assert json_table(data) == json_bytes(data)
    assert json_table({True: [1]}) == json_bytes({True: [1]})


@pytest.mark.parametrize("write", [json_table, lambda data: json_rows([data])])
def test_numbers_that_are_not_finite_are_refused(write: Any) -> None:
    for bad in (float("nan"), [float("inf")], {"a": {"b": -float("inf")}}):
        with pytest.raises(ValueError, match="not JSON compliant"):
            write(bad)


def test_what_is_no_plain_data_is_refused() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        json_table({"a": [object()]})


def test_dataclasses_become_mappings_that_may_be_changed_without_moving_what_they_were_made_of() -> None:
    inner = Inner(numbers=(1.0, None), by_name={"a": (1, 2)})
    outer = Outer(one=inner, several=(inner, inner), nothing=())
    made = plain(outer)
    assert made == asdict(outer)
    del made["one"]["by_name"]["a"]
    made["several"][0].clear()
    assert outer == Outer(one=inner, several=(inner, inner), nothing=())
    assert inner.by_name == {"a": (1, 2)}
