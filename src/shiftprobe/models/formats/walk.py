"""The state of following a pickle: torch's stack, its marks and its memo, and what is to be cut out."""

import struct

from shiftprobe.models.formats.unfolded import Container, Foreign, Value

_LONGEST_NAME = 4096  # bytes of a line


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
        self.foreign: dict[str, None] = {}  # names that are cut out, in order
        self.edits: list[tuple[int, int, bytes]] = []  # from where to where stands what, once they are

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

    def cut(self, size: int, instead: bytes, *parts: Value) -> None:
        """Put something else in the place of the last opcode, and what is foreign on the stack."""
        self.edits.append((self.at - size, self.at, instead))
        self.stack.append(Foreign(list(parts)))

    def since_mark(self) -> list[Value]:
        """Everything since the last mark; the stack is again what it was before."""
        parts, self.stack = self.stack, self.marks.pop()
        return parts

    def container(self) -> Container:
        """The value on top, which must have parts."""
        if not isinstance(top := self.stack[-1], Container):
            raise TornError
        return top
