"""One row of a recipe: a published corruption as five doses of one of our shifts."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from shiftprobe.core.errors import SpecError
from shiftprobe.shifts.base import SHIFTS, DosedShift

LEVELS = 5
PLAIN = 50  # the quality at which libjpeg takes the tables of the standard as they are

Constant: TypeAlias = float | tuple[float, ...]
"""What the authors set at one level: a number, or several in the order of their script."""

Five: TypeAlias = tuple[float, float, float, float, float]


def blocks(side: int, *kept: float) -> Five:
    """Doses of `pixelate` that keep these parts of the side: of `side` px, the length of a block beyond 1 px."""
    first, second, third, fourth, fifth = ((1 / part - 1) / side for part in kept)
    return first, second, third, fourth, fifth


def coarseness(*qualities: int) -> Five:
    """Doses of `jpeg` for these qualities from 1 to 99: by how much libjpeg multiplies its tables, but for rounding."""
    first, second, third, fourth, fifth = (50 / one if one < PLAIN else 2 - one / 50 for one in qualities)
    return first, second, third, fourth, fifth


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A published corruption on one of our dials.

    The doses are kept in the unit of our parameter, and severities are worked out from the dial as it is: whoever moves
    the end of a dial moves no point.
    """

    shift: str
    published: tuple[Constant, Constant, Constant, Constant, Constant]
    means: str  # the meaning of the constants
    doses: Five  # our parameter at levels 1 to 5
    how: Literal["exact", "matched"]  # the published constant itself, or the dose that moves images equally far
    note: str = ""  # where the two definitions part

    @property
    def levels(self) -> tuple[float | None, ...]:
        """The severities of levels 1 to 5; None where the dial does not reach the dose."""
        return tuple(self._severity(dose) for dose in self.doses)

    @property
    def beyond(self) -> str:
        """What is off the dial, in words; empty when nothing is."""
        levels = [str(i) for i, severity in enumerate(self.levels, 1) if severity is None]
        if not levels:
            return ""
        dial, plural = self._dial(), "s" if len(levels) > 1 else ""
        return f"level{plural} {', '.join(levels)} beyond the dial of {self.shift!r}, {dial.start:g} to {dial.end:g}"

    def _severity(self, dose: float) -> float | None:
        dial = self._dial()
        severity = round((dose - dial.start) / (dial.end - dial.start), 12)  # 0.95, not 0.9499999999999998
        return severity if 0 < severity <= 1 else None

    def _dial(self) -> DosedShift:
        dial = SHIFTS[self.shift]
        if not isinstance(dial, DosedShift):
            raise SpecError(f"a recipe needs a shift with one straight dial, got {self.shift!r}")
        return dial
