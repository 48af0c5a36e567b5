"""Fields of a protocol buffer, read without its schema: as many as any file of ours needs, and no byte is copied."""

from collections.abc import Iterator
from typing import TypeAlias

Field: TypeAlias = tuple[int, int | memoryview]
"""The number of a field; a whole number, or the bytes of text, of packed numbers or of a message within."""

MAX_FIELDS = 1_000_000  # of a file, messages within it too
_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
_BITS, _LONGEST = 7, 10  # of a byte of a whole number, and bytes of the longest


class Messages:
    """Reads the messages of one file; counts their fields.

    Raises:
        ValueError: from everything here, when bytes are no message or there are too many fields.
    """

    def __init__(self) -> None:
        self._left = MAX_FIELDS

    def fields(self, message: memoryview) -> Iterator[Field]:
        """The fields of a message, in their order; numbers of fixed width as their bytes."""
        place = 0
        while place < len(message):
            self._left -= 1
            if self._left < 0:
                raise ValueError(f"over {MAX_FIELDS:,} fields")
            key, place = varint(message, place)
            kind, value = key & 7, 0
            if kind == _VARINT:
                value, place = varint(message, place)
                yield key >> 3, value
                continue
            if kind == _BYTES:
                length, place = varint(message, place)
            elif kind in {_EIGHT, _FOUR}:
                length = 8 if kind == _EIGHT else 4
            else:
                raise ValueError("no such kind of field")
            if length > len(message) - place:
                raise ValueError("it ends too early")
            yield key >> 3, message[place : place + length]
            place += length

    def numbers(self, field: int | memoryview) -> Iterator[int]:
        """Whole numbers, one or packed."""
        if isinstance(field, int):
            yield signed(field)
            return
        place = 0
        while place < len(field):
            self._left -= 1
            if self._left < 0:
                raise ValueError(f"over {MAX_FIELDS:,} numbers")
            value, place = varint(field, place)
            yield signed(value)


def varint(message: memoryview, place: int) -> tuple[int, int]:
    """A whole number at a place, and the place after it."""
    value = 0
    for shift in range(_LONGEST):
        if place + shift >= len(message):
            raise ValueError("it ends too early")
        byte = message[place + shift]
        value |= (byte & 0x7F) << (_BITS * shift)
        if byte < 0x80:  # noqa: PLR2004 - the highest bit says that more follow
            return value, place + shift + 1
    raise ValueError("a whole number that does not end")


def signed(value: int) -> int:
    """A whole number of 64 bits as it was meant."""
    value &= 2**64 - 1
    return value - 2**64 if value >= 2**63 else value


def text(field: int | memoryview) -> str:
    """The text of a field; what is no UTF-8 is replaced.

    Raises:
        ValueError: where a number stands.
    """
    return bytes(inner(field)).decode("utf-8", "replace")


def inner(field: int | memoryview) -> memoryview:
    """The bytes of a field.

    Raises:
        ValueError: where a number stands.
    """
    if isinstance(field, int):
        raise ValueError("a number where text or a message is wanted")  # noqa: TRY004 - every fault here is one of bytes
    return field
