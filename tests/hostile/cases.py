"""What a catalogue holds: how a thing is built, what must come of it, and why."""

import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from shiftprobe.core.errors import ShiftprobeError

Expected: TypeAlias = Literal["refused", "accepted"]
LONGEST = 600  # characters of a refusal


class Case(NamedTuple):
    """One thing that somebody may hand us."""

    name: str
    build: Callable[[Path], Path]  # a folder of its own -> the file in it
    expected: Expected
    because: str = ""  # part of the refusal


class Answer(NamedTuple):
    """What came of it."""

    outcome: str  # "accepted", "refused", or the name of an exception that is none of ours
    text: str  # the refusal; the traceback of a stranger
    exit_code: int = 0


def counts(cases: Iterable[Case]) -> dict[str, int]:
    """How many of a catalogue are refused and accepted."""
    return dict(Counter(case.expected for case in cases))


def rows(families: Mapping[str, Iterable[Case]]) -> dict[str, tuple[int, int]]:
    """A table of accepted and refused, family by family and in all."""
    found = {what: counts(family) for what, family in families.items()}
    table = {what: (count.get("accepted", 0), count.get("refused", 0)) for what, count in found.items()}
    return {**table, "all": (sum(row[0] for row in table.values()), sum(row[1] for row in table.values()))}


def answered(door: Callable[[Path], Any], path: Path) -> Answer:
    """What a door says to a file."""
    try:
        door(path)
    except ShiftprobeError as error:
        return Answer("refused", str(error), error.exit_code)
    except Exception as error:  # noqa: BLE001 - a catalogue looks for just these
        return Answer(type(error).__name__, traceback.format_exc())
    return Answer("accepted", "")


def fault(case: Case, answer: Answer) -> str:
    """What is wrong with an answer; nothing when it is as the catalogue says."""
    if answer.outcome != case.expected:
        return f"{case.name}: wanted {case.expected}, got {answer.outcome}: {answer.text}"
    if case.expected == "accepted":
        return ""
    if case.because not in answer.text:
        return f"{case.name}: wanted '{case.because}' in: {answer.text}"
    if not answer.text.isprintable() or len(answer.text) > LONGEST or answer.exit_code != 2:
        return f"{case.name}: wanted one printable line and exit code 2, got {answer!r}"
    return ""
