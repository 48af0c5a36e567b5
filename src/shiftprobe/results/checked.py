"""Plain data -> an instance of a class; what does not fit is refused with the key it stands under."""

from pathlib import Path
from typing import TypeVar

from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape

T = TypeVar("T")
TABLES = ("summary.json", "results.json", "curves.json", "flips.json")
REBUILDS = "`shiftprobe report` rebuilds the tables"
OF_ANOTHER = "the folder is damaged, or another version made it: its environment.json says which"


def advice_for(path: Path) -> str:
    """What to do about a file of a run folder that does not fit: tables are made of the rest."""
    return REBUILDS if path.name in TABLES else OF_ANOTHER


def checked(kind: type[T], data: object, path: Path, advice: str = "") -> T:
    """Plain data as an instance of a class.

    Args:
        kind: the class, or a tuple or list of it.
        data: what a file holds.
        path: where it was read, for the message.
        advice: what to do about it; that of `advice_for` when empty.

    Raises:
        RunError: when it does not fit, naming the key.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(kind).validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise RunError(
            f"{escape(path)}: {escape(where)}: {escape(first['msg'])}; {advice or advice_for(path)}"
        ) from None
