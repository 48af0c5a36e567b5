"""A dict that refuses duplicates and suggests the name you meant."""

import difflib
import sys
from collections.abc import Iterable, Iterator
from typing import Generic, Protocol, TypeVar

from shiftprobe.core.errors import UnknownNameError
from shiftprobe.core.escape import escape


class Named(Protocol):
    """Anything that can stand in a registry."""

    @property
    def name(self) -> str:
        """The one name it goes by, in specs, tables and file names."""
        ...


T = TypeVar("T", bound=Named)


def suggest(name: str, known: Iterable[str]) -> str:
    """'; did you mean 'blur'?' when a known name is close to this one, else nothing."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


class Registry(Generic[T]):
    """Named things of one kind. Iterating gives the names, sorted."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._items: dict[str, T] = {}
        self._homes: dict[str, str] = {}

    def add(self, item: T) -> T:
        """Register an item under its own name and hand it back.

        Raises:
            ValueError: when the name is taken; two things of one name would answer at random.
        """
        if item.name in self._items:
            raise ValueError(f"{self._kind} {item.name!r} is registered twice")
        self._items[item.name] = item
        self._homes[item.name] = str(sys._getframe(1).f_globals["__name__"])  # noqa: SLF001 - who calls is the home
        return item

    def __getitem__(self, name: str) -> T:
        """The item of that name.

        Raises:
            UnknownNameError: when there is none; the message lists what there is.
        """
        try:
            return self._items[name]
        except KeyError:
            hint = suggest(name, self._items)
            got = escape(repr(name))
            raise UnknownNameError(f"no {self._kind} named {got}{hint} (known: {', '.join(self)})") from None

    def home(self, name: str) -> str:
        """The module that registered the item of that name.

        Raises:
            UnknownNameError: when there is none.
        """
        return self._homes.get(name, type(self[name]).__module__)

    def __contains__(self, name: object) -> bool:
        """Whether something goes by that name."""
        return name in self._items

    def __iter__(self) -> Iterator[str]:
        """The names, sorted."""
        return iter(sorted(self._items))

    def __len__(self) -> int:
        """How many there are."""
        return len(self._items)
