"""A tensor that an ONNX file holds: its sides, its values where they are few, and which files hold them otherwise."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shiftprobe.models.onnx.protobuf import Messages, inner, text

MAX_VALUES = 4096  # of a constant that is read: mean and std of channels, never weights
FLOAT, UINT8, FLOAT16, DOUBLE = 1, 2, 10, 11
_TYPES: Mapping[int, str] = {FLOAT: "<f4", UINT8: "u1", 6: "<i4", 7: "<i8", FLOAT16: "<f2", DOUBLE: "<f8"}
_TYPED = {4: "<f4", 10: "<f8"}  # fields that hold values one by one, and their types
_DIMS, _KIND, _NAME, _RAW, _ELSEWHERE, _LOCATION = 1, 2, 8, 9, 13, 14
_EXTERNAL = 1  # where values lie


class OnnxConstant(NamedTuple):
    """A constant: its sides and, where there are few, its values."""

    shape: tuple[int, ...]
    values: NDArray[np.float64] | None


def read_constant(messages: Messages, message: memoryview) -> tuple[str, OnnxConstant, set[str]]:
    """A tensor, its name, and the files that it says hold its values.

    Args:
        messages: reads the file.
        message: of the tensor.
    """
    name, kind, raw, elsewhere = "", 0, b"", False
    sides: list[int] = []
    typed: dict[int, list[bytes]] = {}
    places: set[str] = set()
    for number, value in messages.fields(message):
        if number == _DIMS:
            sides += messages.numbers(value)
        elif number == _KIND and isinstance(value, int):
            kind = value
        elif number == _NAME:
            name = text(value)
        elif number == _RAW and len(inner(value)) <= 8 * MAX_VALUES:
            raw = bytes(inner(value))
        elif number in _TYPED and not isinstance(value, int) and len(value) <= 8 * MAX_VALUES:
            typed.setdefault(number, []).append(bytes(value))
        elif number == _ELSEWHERE:
            places |= _place(messages, inner(value))
        elif number == _LOCATION:
            elsewhere = value == _EXTERNAL
    values = None if elsewhere else _values(kind, raw, typed)
    fits = values is not None and min(sides, default=1) >= 0 and values.size == math.prod(sides)
    return name, OnnxConstant(tuple(sides), values if fits else None), places


def _place(messages: Messages, message: memoryview) -> set[str]:
    """Of what is said of values elsewhere, the file that holds them."""
    said = dict(messages.fields(message))
    empty = memoryview(b"")
    return {text(said.get(2, empty))} if text(said.get(1, empty)) == "location" else set()


def _values(kind: int, raw: bytes, typed: Mapping[int, list[bytes]]) -> NDArray[np.float64] | None:
    try:
        if raw:
            return np.frombuffer(raw, _TYPES[kind]).astype(np.float64)
        number, parts = next(iter(typed.items()))
        return np.frombuffer(b"".join(parts), _TYPED[number]).astype(np.float64)
    except (KeyError, StopIteration, ValueError):
        return None
