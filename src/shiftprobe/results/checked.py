"""Plain data -> an instance of a class; what does not fit is refused with the key it stands under."""

from pathlib import Path
from typing import TypeVar

from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape

T = TypeVar("T")
REBUILDS = "`shiftprobe report` rebuilds the tables"


def checked(kind: type[T], data: object, path: Path, advice: str = REBUILDS) -> T:
    """Plain data as an instance of a class.

    Args:
        kind: the class, or a tuple or list of it.
        data: what a file holds.
        path: where it was read, for the message.
        advice: what to do about it.

    Raises:
        RunError: when it does not fit, naming the key.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(kind).validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise RunError(f"{escape(path)}: {escape(where)}: {escape(first['msg'])}; {advice}") from None
