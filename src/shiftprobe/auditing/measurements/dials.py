"""Accuracy along shifts, and whether the same pixels decide there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Row: TypeAlias = tuple[float | None, ...]  # a number per severity


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseParameter:
    """What a severity sets in a shift, in the shift's own unit; a composition has one per member."""

    shift: str
    name: str  # "length"
    unit: str  # "of the shorter side", "degrees"; empty for a bare number
    values: Row  # one entry per severity of its dial; None where the severity is 0 and nothing is changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """Accuracy along one shift. Rows stand side by side, one entry per severity."""

    severities: tuple[float, ...]  # growing, 0 first
    accuracy: Row = ()
    low: Row = ()
    high: Row = ()
    fitted: Row = ()  # monotone
    lower: Row = ()  # one-sided bounds; passes_to rests on the lower one
    upper: Row = ()
    n: int | None = None
    metric: str = "top1"  # which images count as right
    floor: float | None = None
    passes_to: float | None = None
    crosses_at: float | None = None
    confidence: Row = ()  # mean confidence of the answers
    reason: str = ""
    parameters: tuple[DoseParameter, ...] = ()  # none in older files, and where a shift names none


@dataclass(frozen=True, slots=True, kw_only=True)
class MapStability:
    """How alike the maps of images are, clean and under one shift: a mean rank correlation."""

    rank: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    sanity: float | None = None  # the same with random weights
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapsByShift:
    """Whether the checkpoint looks at the same places under a shift."""

    shifts: Mapping[str, MapStability]
    method: str = ""
    reason: str = ""
