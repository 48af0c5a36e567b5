"""Shifts by severities, each cell an accuracy held against its line: one table for page, terminal and card."""

from collections.abc import Mapping
from dataclasses import dataclass

from shiftprobe.auditing.measurements import Dial, DoseParameter, Row
from shiftprobe.auditing.model import Verdicts
from shiftprobe.auditing.types import ORDER, Check, Status

GATE, REACH = "severity:", "break_point:"  # names of the checks of one shift


@dataclass(frozen=True, slots=True, kw_only=True)
class DialCell:
    """Accuracy under one shift at one severity, and on which side of its line the interval lies."""

    severity: float
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    status: Status | None  # None: nothing was wanted there
    gates: bool  # whether it decides


@dataclass(frozen=True, slots=True, kw_only=True)
class DialRow:
    """One shift."""

    shift: str
    cells: tuple[DialCell, ...]
    n: int | None  # images behind its cells
    reach: float | None  # largest severity up to which it is shown to keep the floor; None: none
    reach_status: Status | None
    parameters: tuple[DoseParameter, ...]  # their values beside `cells`
    reason: str  # why nothing was looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class DialMatrix:
    """Every shift that was looked at, those that keep the audit from passing first."""

    severities: tuple[float, ...]  # growing, without 0
    rows: tuple[DialRow, ...]
    gate_at: float | None  # the severity whose cells are gates
    gate_least: float | None  # what they must reach, a fraction
    floor: float | None  # what the other cells are held against; None where shifts have different ones


def matrix(verdicts: Verdicts) -> DialMatrix | None:
    """The table of an audit; None where no shift was looked at.

    A gate's cell carries the numbers and the status of its check. The others are held against the policy's floor, each
    interval alone: below it they warn.
    """
    dials, named = verdicts.shown.dials, {one.name: one for one in verdicts.checks}
    severities = tuple(sorted({dose for dial in dials.values() for dose in dial.severities if dose > 0}))
    if not severities:
        return None
    gates = [named[f"{GATE}{shift}"] for shift in dials if f"{GATE}{shift}" in named]
    asked = [one for one in gates if one.status != "not done"]
    at = _gate_at(verdicts.policy) if asked else None
    rows = [_row(shift, dial, severities, named, at) for shift, dial in dials.items()]
    floors = {dial.floor for dial in dials.values()}
    return DialMatrix(
        severities=severities,
        rows=tuple(sorted(rows, key=lambda row: _urgency(row, at))),
        gate_at=at,
        gate_least=asked[0].threshold if asked else None,
        floor=floors.pop() if len(floors) == 1 else None,
    )


def _gate_at(policy: Mapping[str, object]) -> float | None:
    rule = policy.get("severity")
    at = rule.get("at") if isinstance(rule, Mapping) else None
    return float(at) if isinstance(at, int | float) else None


def _urgency(row: DialRow, at: float | None) -> tuple[int, float]:
    """What decides first, then what lies lowest there; without a gate the shift that holds least far."""
    cell = next((one for one in row.cells if one.severity == at), None)
    if cell is None or cell.status is None:
        return len(ORDER), -1.0 if row.reach is None else row.reach
    return ORDER.index(cell.status), 0.0 if cell.value is None else cell.value


def _row(
    shift: str, dial: Dial, severities: tuple[float, ...], named: Mapping[str, Check], at: float | None
) -> DialRow:
    gate, reach = named.get(f"{GATE}{shift}"), named.get(f"{REACH}{shift}")
    cells = (_gate_cell(dose, gate) if gate and dose == at else _cell(dose, dial) for dose in severities)
    return DialRow(
        shift=shift,
        cells=tuple(cells),
        n=dial.n,
        reach=dial.passes_to,
        reach_status=None if reach is None or reach.status == "not done" else reach.status,
        parameters=tuple(_beside(one, dial, severities) for one in dial.parameters),
        reason="" if dial.accuracy else dial.reason,
    )


def _gate_cell(dose: float, check: Check) -> DialCell:
    return DialCell(
        severity=dose,
        value=check.value,
        low=check.low,
        high=check.high,
        n=check.n,
        status=check.status,
        gates=check.gates,
    )


def _cell(dose: float, dial: Dial) -> DialCell:
    value, low, high = (_at(row, dial, dose) for row in (dial.accuracy, dial.low, dial.high))
    status: Status | None = None
    if dial.floor is not None and low is not None and high is not None:
        status = "pass" if low >= dial.floor else "warn" if high < dial.floor else "cannot tell"
    return DialCell(severity=dose, value=value, low=low, high=high, n=dial.n, status=status, gates=False)


def _at(row: Row, dial: Dial, dose: float) -> float | None:
    place = dial.severities.index(dose) if dose in dial.severities else len(row)
    return row[place] if place < len(row) else None


def _beside(one: DoseParameter, dial: Dial, severities: tuple[float, ...]) -> DoseParameter:
    values = tuple(_at(one.values, dial, dose) for dose in severities)
    return DoseParameter(shift=one.shift, name=one.name, unit=one.unit, values=values)
