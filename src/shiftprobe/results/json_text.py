"""Tables of many rows as JSON: the bytes of `files.json_bytes`, without a string per comma of them in memory."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

BRANCHES = (dict, list, tuple)


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
    separators = (",\n" + " " * (level + 1), ": ")
    return json.dumps(data, sort_keys=True, ensure_ascii=True, allow_nan=False, separators=separators)
