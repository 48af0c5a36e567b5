"""As `checked`, for what a run holds once per cell: building a validator takes a hundred times as long as using it."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from shiftprobe.results.checked import checked

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")


def checked_often(kind: type[T], data: object, path: Path) -> T:
    """Plain data as an instance of a class, by a validator that is built once per process.

    Args:
        kind: the class, or a tuple or list of it.
        data: what a file holds.
        path: where it was read, for the message.

    Raises:
        RunError: when it does not fit, as `checked` says it.
    """
    from pydantic import ValidationError

    try:
        found: T = _validator(kind).validate_python(data)  # type: ignore[arg-type] # a class is hashable
    except ValidationError:
        return checked(kind, data, path)  # which says what is wrong
    return found


@cache
def _validator(kind: Any) -> "TypeAdapter[Any]":
    from pydantic import TypeAdapter

    return TypeAdapter(kind)
