"""How much a value holds whose parts are shared, counted as often as they are held."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias


class Container:
    """A value with parts, shared ones as often as they are held."""

    __slots__ = ("parts", "weight")

    def __init__(self, parts: list["Value"]) -> None:
        self.parts = parts
        self.weight = 0  # once it is known


class Foreign(Container):
    """What a name that is cut out stands for, or makes."""

    __slots__ = ()


Value: TypeAlias = int | str | Container
"""A plain value by its weight (1, and 1 for each character), a name that is imported, or what has parts."""


def weight(values: Sequence[Value], limit: int) -> int:
    """Values and characters in all of these, shared ones as often as they are held.

    Args:
        values: whose parts no longer change: what a part weighs is kept.
        limit: beyond it no more is counted; a container that holds itself weighs more than any.
    """
    total = 0
    for value in values:
        total += 1 if isinstance(value, str) else value if isinstance(value, int) else _weighed(value, limit)
        if total > limit:
            break
    return total


def _weighed(root: Container, limit: int) -> int:
    """Not by recursion, as a pickle may be deep."""
    waiting: list[tuple[Container, Iterator[Value]]] = []
    if not root.weight:
        waiting.append((root, iter(root.parts)))
        root.weight = limit + 1  # while it is open: whoever meets it again is inside it
    while waiting:
        box, rest = waiting[-1]
        inner = next((part for part in rest if isinstance(part, Container) and not part.weight), None)
        if inner is None:
            waiting.pop()
            box.weight = min(limit + 1, 1 + sum(_own(part) for part in box.parts))
        else:
            inner.weight = limit + 1
            waiting.append((inner, iter(inner.parts)))
    return root.weight


def _own(part: Value) -> int:
    return part.weight if isinstance(part, Container) else part if isinstance(part, int) else 1


def looks(value: Value, depth: int, known: dict[tuple[int, int], int]) -> int:
    """Values met on a look so many parts deep, shared ones as often as they are held.

    Args:
        value: which may hold itself.
        depth: most parts within parts.
        known: what was counted before, by identity and depth; filled here.
    """
    if not isinstance(value, Container) or depth == 0:
        return 1
    place = (id(value), depth)
    if place not in known:
        known[place] = 1 + sum(looks(part, depth - 1, known) for part in value.parts)
    return known[place]
