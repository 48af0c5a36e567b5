"""The opcodes of a pickle that torch takes, each with what it does to a stack of weights.

What foreign names make is cut out: a name becomes text, and what is done to it a tuple. Each replacement takes from the
stack and leaves on it as much as what it replaces, so that all else stays as it stood.
"""

import struct
from collections.abc import Callable
from typing import Final

from shiftprobe.models.formats.foreign import judged, put
from shiftprobe.models.formats.unfolded import Container, Foreign, Value
from shiftprobe.models.formats.walk import EndlessError, TornError, Walk

STOP: Final = ord(".")
_ENCODE = "_codecs.encode"
_TUPLE, _SINGLE, _PAIR, _TRIPLE = b"t", b"\x85", b"\x86", b"\x87"  # of all since the mark; of the last, two, three
_BYTE, _SHORT, _LONG = struct.Struct("<B"), struct.Struct("<H"), struct.Struct("<I")


def _plain(skip: int) -> Callable[[Walk], None]:
    """A number or truth value that takes so many bytes."""

    def step(walk: Walk) -> None:
        walk.at += skip
        walk.stack.append(1)

    return step


def _counted(form: struct.Struct) -> Callable[[Walk], None]:
    """Text, bytes or a long number, whose length comes first."""

    def step(walk: Walk) -> None:
        length = walk.number(form)
        walk.at += length
        if walk.at > len(walk.pickled):
            raise TornError
        walk.stack.append(1 + length)

    return step


def _version(walk: Walk) -> None:
    walk.at += 1


def _empty(walk: Walk) -> None:
    walk.stack.append(Container([]))


def _tuple_of(count: int) -> Callable[[Walk], None]:
    def step(walk: Walk) -> None:
        if len(walk.stack) < count:
            raise TornError
        walk.stack[-count:] = [Container(walk.stack[-count:])]

    return step


def _tuple(walk: Walk) -> None:
    parts = walk.since_mark()
    walk.stack.append(Container(parts))


def _mark(walk: Walk) -> None:
    walk.marks.append(walk.stack)
    walk.stack = []


def _append(walk: Walk) -> None:
    item = walk.stack.pop()
    if isinstance(walk.stack[-1], Foreign):
        walk.cut(1, _PAIR, walk.stack.pop(), item)
    else:
        walk.container().parts.append(item)


def _extend(walk: Walk) -> None:
    items = walk.since_mark()
    if isinstance(walk.stack[-1], Foreign):
        walk.cut(1, _TUPLE + _PAIR, walk.stack.pop(), *items)
    else:
        walk.container().parts.extend(items)


def _set_item(walk: Walk) -> None:
    value, key = walk.stack.pop(), walk.stack.pop()
    _set(walk, [key, value], _TRIPLE)


def _set_items(walk: Walk) -> None:
    _set(walk, walk.since_mark(), _TUPLE + _PAIR)


def _set(walk: Walk, items: list[Value], instead: bytes) -> None:
    """A mapping with a foreign key is cut out whole: nobody can take one entry back."""
    if any(isinstance(one, Foreign) for one in (walk.stack[-1], *items[::2])):
        walk.cut(1, instead, walk.stack.pop(), *items)
        return
    for key in items[::2]:
        _check_key(key)
    walk.container().parts.extend(items)


def _check_key(key: Value) -> None:
    if isinstance(key, int):
        return
    made = key.parts[0] if isinstance(key, Container) and key.parts else key
    raise EndlessError(
        f"a key that {made} makes" if isinstance(made, str) else "a key that is neither text nor a number"
    )


def _get(form: struct.Struct) -> Callable[[Walk], None]:
    def step(walk: Walk) -> None:
        place = walk.number(form)
        if place not in walk.memo:
            raise TornError
        walk.stack.append(walk.memo[place])

    return step


def _put(form: struct.Struct) -> Callable[[Walk], None]:
    def step(walk: Walk) -> None:
        walk.memo[walk.number(form)] = walk.stack[-1]

    return step


def _name(walk: Walk) -> None:
    begin = walk.at
    module, name = walk.line(), walk.line()
    if judged(module, name):
        walk.stack.append(f"{module}.{name}")
        return
    walk.foreign[f"{module}.{name}"] = None
    walk.cut(1 + walk.at - begin, put(f"{module}.{name}"), 1 + len(module) + len(name))


def _call(walk: Walk) -> None:
    """REDUCE and NEWOBJ: whatever is called may hash, copy or print what it is given."""
    given, function = walk.stack.pop(), walk.stack.pop()
    if isinstance(function, Foreign) or _is_handed_foreign(given):
        walk.cut(1, _PAIR, function, given)
        return
    walk.called += [function, given]
    plain = [part for part in given.parts if isinstance(part, int)] if isinstance(given, Container) else []
    encoded = function == _ENCODE and isinstance(given, Container) and len(plain) == len(given.parts)
    walk.stack.append(1 + sum(plain) if encoded else Container([function, given]))  # bytes travel as text and a codec


def _is_handed_foreign(given: Value) -> bool:
    return isinstance(given, Container) and any(isinstance(part, Foreign) for part in (given, *given.parts))


def _build(walk: Walk) -> None:
    state = walk.stack.pop()
    if isinstance(walk.stack[-1], Foreign) or isinstance(state, Foreign):
        walk.cut(1, _PAIR, walk.stack.pop(), state)
        return
    walk.called.append(state)
    if isinstance(walk.stack[-1], Container):
        walk.stack[-1].parts.append(state)


def _stored(walk: Walk) -> None:
    """BINPERSID: a storage by its key, which torch looks up; some carry a window, a tuple of its own.

    Files of before torch 1.6 keep the class of a module there, with its source.
    """
    given = walk.stack.pop()
    if _is_handed_foreign(given):
        walk.cut(1, _SINGLE, given)
        return
    for part in given.parts if isinstance(given, Container) else ():
        if isinstance(part, Container):
            for one in part.parts:
                _check_key(one)
    walk.called.append(given)
    walk.stack.append(Container([given]))


STEPS: Final[dict[int, Callable[[Walk], None]]] = {
    0x80: _version,
    ord("c"): _name,
    ord("R"): _call,
    0x81: _call,
    ord("b"): _build,
    ord("a"): _append,
    ord("e"): _extend,
    ord("s"): _set_item,
    ord("u"): _set_items,
    ord("("): _mark,
    ord("t"): _tuple,
    0x85: _tuple_of(1),
    0x86: _tuple_of(2),
    0x87: _tuple_of(3),
    **dict.fromkeys((ord("N"), 0x88, 0x89), _plain(0)),
    **dict.fromkeys((ord(")"), ord("]"), ord("}"), 0x8F), _empty),
    ord("K"): _plain(1),
    ord("M"): _plain(2),
    ord("J"): _plain(4),
    ord("G"): _plain(8),
    ord("X"): _counted(_LONG),
    **dict.fromkeys((ord("U"), 0x8A), _counted(_BYTE)),
    ord("Q"): _stored,
    ord("h"): _get(_BYTE),
    ord("j"): _get(_LONG),
    ord("q"): _put(_BYTE),
    ord("r"): _put(_LONG),
}
"""Every opcode that torch takes with `weights_only=True`, but the last."""
