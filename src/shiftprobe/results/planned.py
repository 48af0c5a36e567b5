"""What a command that makes a run writes down as it begins, as far as whoever looks on asks for it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from shiftprobe.core.errors import RunError, SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.holding import host
from shiftprobe.results.cell_parts import CellParts, PartNames
from shiftprobe.results.reading import read_as
from shiftprobe.spec.extent import check_plain


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    cell_parts: CellParts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    started: str = ""  # ISO 8601, UTC
    host: str = ""


class Start(NamedTuple):
    """When and where the last command that makes a run began."""

    said: str | None = None  # ISO 8601; None where nobody says
    time: float = 0.0  # seconds since 1970
    here: bool = True  # on this machine, or nobody says where


def read_cell_parts(path: Path) -> CellParts | None:
    """What belongs into the cells of the run in a folder; None where an earlier version planned it.

    Raises:
        RunError: when `about.json` is missing, not as it was written, or holds names that lead out of the folder.
    """
    file = path / "about.json"
    found = read_as(_Planned, file).cell_parts
    for part in (found.checkpoint, found.arms, PartNames(probes=found.run)) if found else ():
        try:
            check_plain(part.arms, "arms")
            check_plain(part.probes, "probes")
        except SpecError as error:
            raise RunError(f"{escape(file)}: {error}") from None
    return found


def read_start(path: Path) -> Start:
    """When and where the last command that makes a run began; an environment that is gone or damaged says nothing."""
    try:
        found = read_as(_Begun, path / "environment.json")
        return Start(found.started, datetime.fromisoformat(found.started).timestamp(), found.host in {"", host()})
    except (RunError, ValueError, OverflowError):
        return Start()
