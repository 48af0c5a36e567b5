"""The opcodes of a pickle that torch takes, each with what it does to a stack of weights."""

import struct
from collections.abc import Callable
from typing import Final

from shiftprobe.models.unfolded import Container, Value

STOP: Final = ord(".")
_ENCODE = "_codecs.encode"


class EndlessError(Exception):
    """What the pickle asks for takes longer than any weights."""


class TornError(Exception):
    """An opcode that torch does not take, or one without what it needs: torch ends here too."""


class Walk:
    """Torch's stack, its marks and its memo, with weights in place of values."""

    def __init__(self, pickled: bytes, begin: int) -> None:
        self.pickled, self.at = pickled, begin
        self.stack: list[Value] = []
        self.marks: list[list[Value]] = []
        self.memo: dict[int, Value] = {}
        self.called: list[Value] = []  # what calls are given, each as often as it is

    def number(self, form: struct.Struct) -> int:
        """The whole number that stands here."""
        (value,) = form.unpack_from(self.pickled, self.at)
        self.at += form.size
        return int(value)

    def line(self) -> str:
        """The text up to the end of the line."""
        end = self.pickled.find(b"\n", self.at, self.at + _LONGEST_NAME)
        if end < 0:
            raise TornError
        begin, self.at = self.at, end + 1
        return self.pickled[begin:end].decode()

    def since_mark(self) -> list[Value]:
        """Everything since the last mark; the stack is again what it was before."""
        parts, self.stack = self.stack, self.marks.pop()
        return parts

    def container(self) -> Container:
        """The value on top, which must have parts."""
        if not isinstance(top := self.stack[-1], Container):
            raise TornError
        return top


_LONGEST_NAME = 4096
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
    walk.container().parts.append(item)


def _extend(walk: Walk) -> None:
    items = walk.since_mark()
    walk.container().parts.extend(items)


def _set_item(walk: Walk) -> None:
    value, key = walk.stack.pop(), walk.stack.pop()
    _check_key(key)
    walk.container().parts.extend((key, value))


def _set_items(walk: Walk) -> None:
    items = walk.since_mark()
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
    walk.stack.append(f"{walk.line()}.{walk.line()}")


def _call(walk: Walk) -> None:
    """REDUCE and NEWOBJ: whatever is called may hash, copy or print what it is given."""
    given, function = walk.stack.pop(), walk.stack.pop()
    walk.called += [function, given]
    plain = [part for part in given.parts if isinstance(part, int)] if isinstance(given, Container) else []
    encoded = function == _ENCODE and isinstance(given, Container) and len(plain) == len(given.parts)
    walk.stack.append(1 + sum(plain) if encoded else Container([function, given]))  # bytes travel as text and a codec


def _build(walk: Walk) -> None:
    state = walk.stack.pop()
    walk.called.append(state)
    if isinstance(walk.stack[-1], Container):
        walk.stack[-1].parts.append(state)


def _stored(walk: Walk) -> None:
    """BINPERSID: a storage by its key, which torch looks up; some carry a window, a tuple of its own."""
    given = walk.stack.pop()
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
