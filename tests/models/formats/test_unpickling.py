"""What a pickle would build is weighed as if nothing were shared, before anything is built."""

import inspect
import pickle
import re
import time
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.hostile import opcodes as op
from tests.hostile.endless import nested, nested_lists

from shiftprobe.models.formats.opcodes import STEPS
from shiftprobe.models.formats.unfolded import Container, weight
from shiftprobe.models.formats.unpickling import FREE_WORK, check_work, follow
from shiftprobe.models.formats.walk import EndlessError, Walk


def pickled(inside: bytes) -> bytes:
    return b"\x80\x02" + inside + op.STOP


def test_every_opcode_that_torch_takes_is_followed() -> None:
    """A newer torch that took more would build what we did not look at."""
    from torch import _weights_only_unpickler as reader

    text = inspect.getsource(reader.Unpickler.load)
    named = set(re.findall(r"\b([A-Z_0-9]+)\[0\]", text))
    assert {ord(getattr(pickle, name)) for name in named} == {*STEPS, ord(".")}


def unfolded(value: Any) -> int:
    """How many values and characters are met by whoever follows every part."""
    if isinstance(value, tuple | list):
        return 1 + sum(map(unfolded, value))
    return 1 + len(value) if isinstance(value, str) else 1


shapes = st.recursive(
    st.one_of(st.integers(0, 200), st.booleans(), st.none(), st.floats(), st.text("ab", max_size=3)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.tuples(inner, inner)),
    max_leaves=12,
)


@given(value=shapes, times=st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_a_value_weighs_what_following_every_part_meets(value: Any, times: int) -> None:
    shared: Any = value
    for _ in range(times):
        shared = (shared, [shared])
    walk = Walk(pickle.dumps(shared, 2), 0)
    follow(walk)
    assert isinstance(walk.stack[-1], Container)
    assert weight(walk.stack, 10**9) == unfolded(shared)


@pytest.mark.parametrize("value", [nested(), nested_lists()])
@pytest.mark.parametrize("depth_looked", [True, False])
def test_what_unfolds_without_end_is_refused_where_it_is_looked_up(value: bytes, depth_looked: bool) -> None:
    began = time.process_time()
    if depth_looked:
        with pytest.raises(EndlessError, match="unfold without end"):
            check_work(pickled(value), looked_up=True)
    else:
        check_work(pickled(value))  # a value that nobody hashes or prints does no harm
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize(("depth", "refused"), [(21, False), (23, True)])
def test_the_limit_is_eight_million_steps(depth: int, refused: bool) -> None:
    """A pair d deep holds 2^(d+1) - 1 values; sets of them hash each."""
    assert FREE_WORK == 8 * 2**20
    content = pickled(op.call(op.name("builtins", "set"), op.LIST + nested(depth) + b"a"))
    if refused:
        with pytest.raises(EndlessError):
            check_work(content)
    else:
        assert check_work(content).ends == len(content)


def test_lists_that_grow_after_they_were_given_count_as_they_are_at_the_end() -> None:
    empty = op.LIST + b"q\x00"
    wide = op.several(empty, *[b"h\x00"] * 3000)
    called = op.call(op.name("builtins", "set"), wide)
    grown = op.several(called, b"h\x00(" + b"K\x01" * 10_000 + b"e")
    with pytest.raises(EndlessError):
        check_work(pickled(grown))


def test_where_a_pickle_ends_is_told() -> None:
    first, second = pickle.dumps(1, 2), pickle.dumps({"a": (1, 2)}, 2)
    assert check_work(first + second).ends == len(first)
    assert check_work(first + second, len(first)).ends == len(first + second)


@pytest.mark.parametrize(
    "torn", [b"", b"\x80", b"X\xff\xff\xff\xff", b"t", b"h\x05", b"s", b"c" + b"x" * 9000, b"\x95"]
)
def test_what_is_torn_is_left_to_torch(torn: bytes) -> None:
    assert check_work(torn).ends == len(torn)


def test_a_whole_training_passes_with_room_to_spare() -> None:
    model = torch.nn.Sequential(*(torch.nn.Linear(2, 2) for _ in range(300)))
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    content = op.saved({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, new=False)
    assert check_work(content).ends < len(content)
