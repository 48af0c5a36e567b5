"""`verdicts.json`: the one place that writes it, and that reads it back with everything in it checked."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from shiftprobe.auditing.model import Verdicts
from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.core.files import json_bytes
from shiftprobe.core.reading import parsed, shown
from shiftprobe.results.checked import checked

VERDICTS = "verdicts.json"
SCHEMA: Final = "shiftprobe-verdicts"
VERSION: Final = 1
AGAIN = "run the audit again"
MAX_FOREIGN_NAME = 300  # characters of a foreign name
ALWAYS_SHOWN = ("samples", "worst")  # of `shown`: what stands there even where it is empty


def to_bytes(verdicts: Verdicts) -> bytes:
    """The file's content."""
    return json_bytes(_plain(verdicts))


def read(content: bytes, path: Path) -> Verdicts:
    """The verdicts in a file's content.

    Args:
        content: the bytes.
        path: where they come from, for the message.

    Raises:
        RunError: when it is no JSON, not an audit's, holds a number that is none, or lacks something.
    """
    data = shown(parsed(content, path, AGAIN))
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise RunError(f"{escape(path)}: wanted the verdicts of an audit, got something else; {AGAIN}")
    return checked(Verdicts, data, path, AGAIN)


def printable(verdicts: Verdicts) -> Verdicts:
    """The same with the control characters of foreign text made visible, and Python's numbers for numpy's."""
    return _typed(visible(_plain(verdicts)))


def _plain(verdicts: Verdicts) -> dict[str, Any]:
    whole = asdict(verdicts)
    shown = {key: value for key, value in whole["shown"].items() if value or key in ALWAYS_SHOWN}
    if verdicts.shown.estimates is not None:
        shown["estimates"]["answered"] = verdicts.shown.estimates.answered
    for told, one in zip(shown.get("repairs", ()), verdicts.shown.repairs, strict=True):
        told["verdict"] = one.verdict
    return {**whole, "shown": shown}


def _typed(data: Mapping[str, Any]) -> Verdicts:
    from pydantic import TypeAdapter

    return TypeAdapter(Verdicts).validate_python(data)


def visible(value: Any) -> Any:
    """Plain data with the control characters of its texts made visible, and Python's numbers for numpy's."""
    if isinstance(value, Mapping):
        return {escape(key, MAX_FOREIGN_NAME): visible(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [visible(one) for one in value]
    if isinstance(value, np.generic):
        return value.item()
    return escape(value, 20 * MAX_FOREIGN_NAME) if isinstance(value, str) else value
