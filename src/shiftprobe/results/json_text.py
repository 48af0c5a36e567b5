"""Tables of many rows as JSON: the bytes of `files.json_bytes`, without a string per comma of them in memory."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

BRANCHES = (dict, list, tuple)
LEAVES = (str, int, float, type(None))


def json_table(data: object) -> bytes:
    """Plain data as a file that a person can read and a diff can compare: as `files.json_bytes`, byte for byte.

    The encoder of the standard library that is written in C indents nothing, and the one that indents keeps a string
    per bracket, comma and number. Here whatever holds no further lists or mappings is one call of the fast one.

    Args:
        data: mappings, lists, tuples, text, numbers, truth values and None.

    Raises:
        ValueError: when a number is not finite.
        TypeError: when something else is in it.
    """
    return ("".join(_pieces(data, 0)) + "\n").encode()


def json_rows(rows: Iterable[object]) -> bytes:
    """The same of a list, made of its rows one after the other: none of them is kept."""
    pieces = [f"\n {''.join(_pieces(row, 1))}" for row in rows]
    return (f"[{','.join(pieces)}\n]\n" if pieces else "[]\n").encode()


def plain(data: Any) -> Any:
    """Dataclasses as mappings, all the way down, as `dataclasses.asdict` gives them; what holds none is not copied.

    Mappings are made anew, so that whoever asked may change them.
    """
    if is_dataclass(data):
        names = _fields(type(data))  # type: ignore[arg-type] # a class is hashable
        return {name: plain(getattr(data, name)) for name in names}
    if isinstance(data, dict):
        return {key: plain(one) for key, one in data.items()}
    if isinstance(data, list | tuple):
        return data if all(isinstance(one, LEAVES) for one in data) else tuple(map(plain, data))
    return data


@cache
def _fields(kind: type) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))


def _pieces(data: object, level: int) -> Iterator[str]:
    """The text of a value that begins at some depth."""
    if not isinstance(data, BRANCHES):
        yield _dumped(data, level)
        return
    children = data.values() if isinstance(data, dict) else data
    begin, end = "{}" if isinstance(data, dict) else "[]"
    inner, outer = "\n" + " " * (level + 1), "\n" + " " * level
    if not data:
        yield begin + end
    elif not any(isinstance(one, BRANCHES) for one in children):
        yield f"{begin}{inner}{_dumped(data, level)[1:-1]}{outer}{end}"
    else:
        for i, (name, one) in enumerate(_named(data)):
            yield f"{',' if i else begin}{inner}{name}"
            yield from _pieces(one, level + 1)
        yield outer + end


def _named(data: Any) -> Iterator[tuple[str, object]]:
    """What a branch holds, each with what stands before it."""
    if not isinstance(data, Mapping):
        yield from (("", one) for one in data)
        return
    for key in sorted(data):
        name = json.dumps(key)
        yield f"{name}: " if isinstance(key, str) else f'"{name}": ', data[key]


def _dumped(data: object, level: int) -> str:
    """By the fast encoder; a line break inside of text is escaped, so that only separators hold one."""
    return _encoder(level).encode(data)


@cache
def _encoder(level: int) -> json.JSONEncoder:
    separators = (",\n" + " " * (level + 1), ": ")
    return json.JSONEncoder(sort_keys=True, ensure_ascii=True, allow_nan=False, separators=separators)
