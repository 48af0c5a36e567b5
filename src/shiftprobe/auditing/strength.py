"""How strong a shift is at each severity, in its own unit: what an engineer can set beside a data sheet."""

from collections.abc import Sequence

from shiftprobe.auditing.measurements import DoseParameter
from shiftprobe.shifts import find
from shiftprobe.shifts.base import DosedShift
from shiftprobe.shifts.composed import Composition, Member
from shiftprobe.shifts.digital import quality

JPEG = "jpeg"  # its dial moves a factor on the quantisation tables; people know it as a quality


def parameters(shift: str, severities: Sequence[float]) -> tuple[DoseParameter, ...]:
    """What each severity of a dial sets in a shift.

    Args:
        shift: a name, or a composition of several.
        severities: fractions; 0 changes nothing and has no value.

    Returns:
        One entry per member that has one parameter; nothing for a shift that names none.
    """
    known = find(shift)
    members = known.members if isinstance(known, Composition) else (Member(shift=known),)
    found = (_of(member, severities) for member in members)
    return tuple(one for one in found if one is not None)


def _of(member: Member, severities: Sequence[float]) -> DoseParameter | None:
    shift = member.shift
    if not isinstance(shift, DosedShift):
        return None
    at = [None if dial == 0 else member.severity(dial) for dial in severities]
    values = tuple(None if one is None else shift.start + (shift.end - shift.start) * one for one in at)
    if shift.name == JPEG:
        known = tuple(None if one is None else float(quality(one)) for one in values)
        return DoseParameter(shift=shift.name, name="quality", unit="of 100", values=known)
    return DoseParameter(shift=shift.name, name=shift.parameter, unit=shift.unit, values=values)
