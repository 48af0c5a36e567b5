"""`diagnosis.json`: the one place that writes it, and that reads it back with everything in it checked."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any, Final

from shiftprobe.core.checksums import check_file, write_with_checksums
from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape, visible
from shiftprobe.core.files import json_bytes
from shiftprobe.core.reading import is_there, parsed, read_bytes, shown
from shiftprobe.results.checked import checked
from shiftprobe.results.diagnosis import Diagnosis, Effect
from shiftprobe.results.run_folder import DIAGNOSIS, RunDir

SCHEMA: Final = "shiftprobe-diagnosis"
VERSION: Final = 1
AGAIN = "run `shiftprobe diagnose` on the folder again"
MAX_FILE = 2**24  # bytes
MAX_TRIED = 2000  # experiments and causes; a page holds no more
MAX_UNITS = 1e6  # trainings
MAX_FOREIGN_NAME = 6000  # characters of any one text


def write_diagnosis(run: RunDir, found: Diagnosis) -> Path:
    """Write what a diagnosis found into its run folder, whole or not at all, with its checksum.

    Args:
        run: the folder.
        found: numbers of numpy's are welcome; foreign text is made visible.

    Returns:
        The path of the file.

    Raises:
        RunError: when a number in it is none or out of its range, naming the key.
        ResourceError: when the disk is full or the place not writable.
    """
    path = run.diagnosis
    plain = {"schema": SCHEMA, "version": VERSION, **_visible(asdict(found))}
    _check_numbers(found, path)
    content = json_bytes(plain)
    to_diagnosis(content, path)  # what could not be read back is not written
    write_with_checksums(run.path, {DIAGNOSIS: content})
    return path


def read_diagnosis(run: RunDir) -> Diagnosis | None:
    """What a diagnosis of a run found; None where none was made.

    Raises:
        RunError: when it is not as it was written, no JSON, another version's, or holds something else.
    """
    path = run.diagnosis
    if not is_there(path):
        return None
    check_file(path, AGAIN)
    return to_diagnosis(read_bytes(path, MAX_FILE), path)


def to_diagnosis(content: bytes, path: Path) -> Diagnosis:
    """The diagnosis in a file's content, its text printable.

    Args:
        content: the bytes.
        path: where they come from, for the message.

    Raises:
        RunError: when it is no JSON, not a diagnosis, another version's, or a value does not fit; the key is named.
    """
    data = shown(parsed(content, path, AGAIN))
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise RunError(f"{escape(path)}: wanted a diagnosis, got something else; {AGAIN}")
    if (version := data.get("version")) != VERSION:
        raise RunError(f"{escape(path)}: version: wanted {VERSION}, got {escape(version)}; {AGAIN}")
    found = checked(Diagnosis, data, path, AGAIN)
    _check_numbers(found, path)
    return found


def _visible(value: Any) -> Any:
    """Plain data for JSON: Python's numbers for numpy's, every character of a text visible."""
    if isinstance(value, Mapping):
        return {str(key): _visible(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_visible(one) for one in value]
    if isinstance(value, str):
        return visible(value[:MAX_FOREIGN_NAME])
    return value.item() if hasattr(value, "item") else value


def _check_numbers(found: Diagnosis, path: Path) -> None:
    """Refuse what no diagnosis can hold: a number that is none or out of range, a cause without its experiment."""
    if len(found.path) + len(found.causes) + len(found.left) + len(found.gaps) > MAX_TRIED:
        raise RunError(f"{escape(path)}: path: wanted at most {MAX_TRIED:,} entries in all, got more; {AGAIN}")
    for key, value, low, high in _ranges(found, ""):
        if value is not None and not low <= value <= high:  # NaN lies in no range
            raise RunError(f"{escape(path)}: {key}: wanted {low:g} to {high:g}, got {value:g}; {AGAIN}")
    for i, one in enumerate(found.causes):
        if not 0 <= one.experiment < len(found.path):
            raise RunError(
                f"{escape(path)}: causes.{i}.experiment: wanted a place in the path (0 to {len(found.path) - 1}), got "
                f"{one.experiment}; {AGAIN}"
            )
    for key, effect in _effects(found):
        if not effect.low <= effect.value <= effect.high:
            raise RunError(f"{escape(path)}: {key}: wanted low <= value <= high, got other numbers; {AGAIN}")


WIDE = {
    "units": MAX_UNITS,
    "screened": MAX_UNITS,
    "budget": math.inf,
    "n": 1e9,
    "seeds": 1e6,
    "labels": 1e9,
    "round": 1e4,
}
SIGNED = {"value", "low", "high", "before", "after", "sham", "gap", "now"}


def _ranges(value: Any, where: str) -> Iterator[tuple[str, float | None, float, float]]:
    """Every number with its key and the range that it must lie in."""
    for one in fields(value):
        inner, key = getattr(value, one.name), f"{where}{one.name}"
        if is_dataclass(inner):
            yield from _ranges(inner, f"{key}.")
        elif isinstance(inner, tuple):
            for i, part in enumerate(inner):
                yield from _ranges(part, f"{key}.{i}.") if is_dataclass(part) else ()
        elif isinstance(inner, str) or inner is None or one.name == "experiment":
            continue
        elif one.name in WIDE:
            yield key, inner, 0.0, WIDE[one.name]
        elif one.name == "recovers":
            yield key, inner, -1e6, 1e6
        else:
            yield key, inner, -2.0 if one.name in SIGNED else 0.0, 2.0 if one.name in SIGNED else 1.0


def _effects(found: Diagnosis) -> Iterator[tuple[str, Effect]]:
    for i, one in enumerate(found.path):
        if one.effect is not None:
            yield f"path.{i}.effect", one.effect
