"""What somebody says of a file of weights that it does not say itself: its part, its head's file, its names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReading:
    """How a file of weights is to be read."""

    part: str | None = None  # which part of a file that holds several networks
    head: str | None = None  # a file with the weights of the head
    rename: tuple[tuple[str, str], ...] = ()  # paths of modules: the file's and the network's

    @property
    def said(self) -> bool:
        """Whether it moves weights beyond the choice of a part."""
        return self.head is not None or bool(self.rename)


AS_IT_IS = FileReading()


def renames(given: Mapping[str, str] | Iterable[str] | None) -> tuple[tuple[str, str], ...]:
    """Paths of modules and what they are to be called.

    Args:
        given: a map, or texts such as "trunk.head=fc"; an empty path is the whole network.

    Raises:
        SpecError: when a text has no `=`, or a path stands there twice.
    """
    pairs = list(given.items()) if isinstance(given, Mapping) else [_pair(text) for text in given or ()]
    found = tuple((old.strip(". "), new.strip(". ")) for old, new in pairs)
    olds = [old for old, _ in found]
    if twice := [old for old in olds if olds.count(old) > 1]:
        raise SpecError(f"--rename: wanted each path once, got {escape(twice[0])!r} twice; leave one of them out")
    return found


def _pair(text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not equals:
        raise SpecError(f"--rename: wanted OLD=NEW, as trunk.head=fc, got {escape(text)}")
    return old, new
