"""Class names as checkpoints carry them: a list, or a map from or to positions."""

import json
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from shiftprobe.core.escape import escape
from shiftprobe.results.about import NameConflict

KEYS = ("classes", "class_names", "idx_to_class", "class_to_idx", "id2label", "label2id", "label_names")
"""Under which they stand, in small letters."""

_MAX_JSON = 2**20  # characters of JSON
_MAX_NAME = 200  # characters
_NUMBER = re.compile(r"\s*-?\d{1,18}\s*", re.ASCII)


def class_names(value: Any) -> tuple[str, ...] | None:
    """Names by position, from a list of names, a map of position to name or of name to position, or any as JSON text.

    Returns:
        Distinct names, one per position from 0 on; None for anything else.
    """
    if isinstance(value, str):
        return _of_json(value)
    if isinstance(value, list | tuple):
        names = list(value)
    elif isinstance(value, dict):
        names = _of_map(value)
    else:
        return None
    if not names or not all(isinstance(name, str) and _writable(name) for name in names):
        return None
    return tuple(names) if len(set(names)) == len(names) else None


def _writable(name: str) -> bool:
    """Whether a name fits into a table, a file and a page: half a character of a pair does not."""
    return len(name) <= _MAX_NAME and not any("\ud800" <= char <= "\udfff" for char in name)


def _of_json(text: str) -> tuple[str, ...] | None:
    if len(text) > _MAX_JSON:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return None if isinstance(value, str) else class_names(value)


def _of_map(given: dict[Any, Any]) -> list[Any]:
    """Names in order of their positions; empty when these are not 0, 1, 2 and so on."""
    pairs = [(_position(key), name) for key, name in given.items()]
    if any(at is None for at, _ in pairs):
        pairs = [(_position(at), name) for name, at in given.items()]
    places: dict[int | None, Any] = dict(pairs)
    complete = len(pairs) == len(places) and set(places) == set(range(len(pairs)))
    return [places[at] for at in range(len(pairs))] if complete else []


def _position(value: Any) -> int | None:
    """A whole number, or one in digits as JSON has it for keys."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 7 else None  # noqa: PLR2004


def conflict(given: Sequence[str] | None, carried: Sequence[str] | None) -> NameConflict | None:
    """What two lists of names by output say against each other; None where they agree, or have no name in common.

    Names compare without case, with `_`, `-` and spaces alike.

    Args:
        given: what the user says, or what the data's folders are called.
        carried: what stands in the checkpoint's file.
    """
    if given is None or carried is None:
        return None
    places = {plain(name): place for place, name in enumerate(carried)}
    moved = [(here, there, name) for here, name in enumerate(given) if (there := places.get(plain(name), here)) != here]
    if not moved:
        return None
    here, there, name = moved[0]
    return NameConflict(given=here, carried=there, name=name, count=len(moved))


def plain(name: str) -> str:
    """A name without case, with `_`, `-` and spaces alike: how folders and lists differ in writing the same.

    A whole number keeps its sign: -1 marks images without a label, and is no 1.
    """
    if _NUMBER.fullmatch(name):
        return name.strip()
    return unicodedata.normalize("NFC", re.sub(r"[\s_-]+", " ", name).strip().casefold())


def counted(names: Sequence[str]) -> tuple[str, ...]:
    """Names in the order of counting: digits as numbers, capitals as small letters, as timm sorts folders."""
    return tuple(sorted(names, key=_natural))


def _natural(name: str) -> tuple[tuple[bool, int, str], ...]:
    """Numbers before words, as text sorts them."""
    parts = re.split(r"(-?\d+)" if _NUMBER.fullmatch(name) else r"(\d+)", name.lower(), flags=re.ASCII)
    return tuple((False, int(one), "") if _NUMBER.fullmatch(one) else (True, 0, one) for one in parts if one)


def are_numbers(names: Sequence[str]) -> bool:
    """Whether all names are whole numbers."""
    return all(_NUMBER.fullmatch(name) for name in names)


def two_orders(names: Sequence[str]) -> str:
    """'output 2 is "10" where names are sorted as text, "2" where they are counted'; nothing where both are one.

    Args:
        names: of some data, in its own order; one that is not sorted as text is nobody's guess.
    """
    other = counted(names)
    if list(names) != sorted(names) or tuple(names) == other:
        return ""
    at = next(i for i, (one, two) in enumerate(zip(names, other, strict=True)) if one != two)
    text, number = (escape(one[at], 40) for one in (names, other))
    return f"output {at} is {text!r} where names are sorted as text, {number!r} where they are counted"


def places_of(classes: Sequence[str], outputs: Sequence[str]) -> list[int | None]:
    """Per class the output of its name; None where no output has it.

    Names are compared as they are; then as `plain` writes them, where that fits one output only.
    """
    exact = {name: place for place, name in enumerate(outputs)}
    loose: dict[str, list[int]] = {}
    for place, name in enumerate(outputs):
        loose.setdefault(plain(name), []).append(place)
    near = {name: [exact[name]] if name in exact else loose.get(plain(name), []) for name in classes}
    return [near[name][0] if len(near[name]) == 1 else None for name in classes]
