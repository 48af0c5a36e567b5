"""The command that makes a run again: put together from parts that were checked, never quoted from a file."""

import json
import re
import shlex

from shiftprobe.core.escape import escape
from shiftprobe.core.reading import MAX_WHOLE

KEY = re.compile(r"[a-z_]{1,40}(\.[a-z_]{1,40}){0,4}")
COMMANDS = ("sweep", "compare")
PLAIN = "shiftprobe sweep spec.yaml"  # of the spec that the run folder holds
MAX_TEXT = 100_000  # characters of a command that is looked at
MAX_PATH = 1000


def rebuilt(text: str) -> str:
    """A command as `shiftprobe sweep|compare [SPEC] [--set KEY=VALUE ...]` writes it, made of its parts.

    Args:
        text: what a run folder says made it.

    Returns:
        The same command where it is one of ours, each part quoted for a shell anew and printable; without any, or of
        something else, one that starts from the spec in the folder.
    """
    try:
        words = shlex.split(text) if len(text) <= MAX_TEXT else []
        program, name, *rest = words
        spec = [rest.pop(0)] if rest and not rest[0].startswith("-") else []
        if program != "shiftprobe" or name not in COMMANDS or len(rest) % 2 or not all(map(_safe, spec)):
            return PLAIN
        sets = [f"--set {shlex.quote(_set(*pair))}" for pair in zip(rest[::2], rest[1::2], strict=True)]
    except (ValueError, RecursionError):
        return PLAIN
    return " ".join([program, name, *map(shlex.quote, spec), *sets])


def _safe(path: str) -> bool:
    """Whether a spec's name shows as it is."""
    return 0 < len(path) <= MAX_PATH and path == escape(path, MAX_PATH)


def _set(flag: str, given: str) -> str:
    """KEY=VALUE, the value as JSON in ASCII.

    Raises:
        ValueError: when it is something else.
    """
    key, equals, value = given.partition("=")
    if flag != "--set" or not equals or not KEY.fullmatch(key):
        raise ValueError(given)
    return f"{key}={json.dumps(json.loads(value, parse_constant=_refuse, parse_int=_whole), allow_nan=False)}"


def _refuse(constant: str) -> float:
    raise ValueError(constant)


def _whole(text: str) -> int:
    return int(text) if len(text) < len(str(MAX_WHOLE)) else int(_refuse(text))
