"""The matrix of shifts and severities as text and signs; which cell is what was decided before."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from shiftprobe.auditing.model import Verdicts
from shiftprobe.auditing.outputs import doses, wording
from shiftprobe.auditing.outputs.matrix import DialCell, DialMatrix, DialRow, matrix
from shiftprobe.auditing.types import Status
from shiftprobe.core.escape import escape
from shiftprobe.core.words import listed
from shiftprobe.report.audit import marks

MAX_NAME = 40
SIGNS: Sequence[tuple[Status, str]] = (
    ("pass", "whole interval at or above the line"),
    ("fail", "below it: a gate fails"),
    ("warn", "below it, does not decide"),
    ("cannot tell", "the interval holds the line"),
)
SAID = {"pass": "at or above it", "warn": "below it", "fail": "below it", "cannot tell": "cannot tell"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixCell:
    """An accuracy with its sign, its interval and the dose it was measured at."""

    main: str
    small: tuple[str, ...]
    icon: Markup
    kind: str
    gates: bool
    said: str  # for those who do not see it


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRow:
    """One shift with its cells, and up to where it is shown to keep the floor."""

    name: str
    small: tuple[str, ...]
    cells: tuple[MatrixCell, ...]
    reach: str
    reach_icon: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """The whole table."""

    heads: tuple[tuple[str, str], ...]  # a severity, and the gate's line where it has one
    rows: tuple[MatrixRow, ...]
    floor: str
    lines: str  # what cells are held against, in one sentence


def of_audit(audit: Verdicts) -> Matrix | None:
    """None where no shift was looked at."""
    found = matrix(audit)
    if found is None:
        return None
    side = _side(audit)
    most = max((row.n for row in found.rows if row.n is not None), default=None)
    floor = "" if found.floor is None else wording.brief_number(found.floor, "fraction")
    return Matrix(
        heads=tuple(_head(found, dose) for dose in found.severities),
        rows=tuple(_row(row, side, most) for row in found.rows),
        floor=floor,
        lines=_lines(floor),
    )


def signs() -> tuple[tuple[Markup, str], ...]:
    """What a sign in a cell says."""
    return tuple((marks.icon(status), said) for status, said in SIGNS)


def _side(audit: Verdicts) -> int | None:
    """Px of the shorter side as the network sees an image; None where the file does not say."""
    known = [audit.preprocess.get(key) for key in ("resize", "size")]
    return next((one for one in known if isinstance(one, int)), None)


def _head(found: DialMatrix, dose: float) -> tuple[str, str]:
    if dose != found.gate_at or found.gate_least is None:
        return f"{dose:g}", ""
    return f"{dose:g}", f"gate: at least {wording.brief_number(found.gate_least, 'fraction')}"


def _lines(floor: str) -> str:
    """What the signs hold cells against."""
    held = f"each interval alone against {floor}" if floor else "each interval alone against the policy's floor"
    return f"Outside of the gate's column a sign holds {held} and decides nothing."


def _row(row: DialRow, side: int | None, most: int | None) -> MatrixRow:
    several = len(row.parameters) > 1
    names = [f"{one.shift}: {doses.about(one, side)}" if several else doses.about(one, side) for one in row.parameters]
    fewer = [f"n = {row.n:,}"] if row.n is not None and row.n != most else []
    at = [[doses.dose(one.values[i], one.unit, side) for one in row.parameters] for i in range(len(row.cells))]
    reach = "nowhere" if row.reach is None else f"{row.reach:.3g}" if row.reach > 0 else "clean only"
    return MatrixRow(
        name=row.shift,
        small=(*names, *fewer, *([row.reason] if row.reason else [])),
        cells=tuple(_cell(row, cell, tuple(filter(None, said))) for cell, said in zip(row.cells, at, strict=True)),
        reach=reach if not row.reason else "n/a",
        reach_icon=Markup() if row.reach_status is None else marks.icon(row.reach_status),
    )


def _cell(row: DialRow, cell: DialCell, at: tuple[str, ...]) -> MatrixCell:
    status = cell.status if cell.value is not None else None
    own = [f"n = {cell.n:,}"] if cell.n is not None and cell.n != row.n else []
    where = f"{escape(row.shift, MAX_NAME)} at severity {cell.severity:g}{f' ({listed(at)})' if at else ''}"
    value = "n/a" if cell.value is None else wording.number(cell.value, "fraction")
    return MatrixCell(
        main=value.removesuffix(" %"),
        small=(*_ends(cell), *at, *own),
        icon=marks.icon(status) if status else Markup(),
        kind=marks.kind(status) if status else "",
        gates=cell.gates,
        said=f"{where}: {value}{_held(status)}",
    )


def _ends(cell: DialCell) -> tuple[str, ...]:
    if cell.low is None or cell.high is None:
        return ()
    return (f"{wording.bare(cell.low, 'fraction')} to {wording.bare(cell.high, 'fraction')}",)


def _held(status: Status | None) -> str:
    return f", {SAID[status]}" if status in SAID else ""
