"""Several shifts one after the other under one dial, and every shift found by its name.

`gaussian_blur+gaussian_noise` puts both at the severity of the dial, `gaussian_blur*0.5+gaussian_noise` the blur at
half of it, and `gaussian_blur=0.3+gaussian_noise` keeps the blur at 0.3 wherever the dial is above 0.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from shiftprobe.core.errors import SpecError, UnknownNameError
from shiftprobe.core.escape import escape
from shiftprobe.core.types import IDENTITY, Image, Shift, Transform
from shiftprobe.shifts.accepted import guarded
from shiftprobe.shifts.base import SHIFTS, Unshifted, check_severity, identity

MAX_MEMBERS = 6  # members; each costs its own time per image


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One shift of a composition, and how its severity follows the dial."""

    shift: Shift
    factor: float = 1.0
    fixed: float | None = None

    def severity(self, dial: float) -> float:
        """Its own severity where the dial stands."""
        return self.factor * dial if self.fixed is None else self.fixed


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """Shifts applied in order; every member draws from a stream of its own, whatever the others do."""

    name: str
    members: tuple[Member, ...]
    kind: Literal["composition"] = "composition"

    @property
    def random(self) -> bool:
        """Whether two images meet different draws."""
        return any(getattr(one.shift, "random", True) for one in self.members)

    @property
    def colour(self) -> bool:
        """Whether it needs an RGB image."""
        return any(getattr(one.shift, "colour", False) for one in self.members)

    @property
    def stepped(self) -> bool:
        """Whether two doses may be one."""
        return any(getattr(one.shift, "stepped", False) for one in self.members)

    def at(self, severity: float) -> Transform:
        """The change at one dose of the dial, built once; at 0 the identity.

        Raises:
            SpecError: when the severity is not a fraction from 0 to 1.
        """
        if check_severity(severity) == 0.0:
            return identity
        changes = [one.shift.at(one.severity(severity)) for one in self.members]

        def change(image: Image, rng: np.random.Generator) -> Image:
            seeds = rng.integers(2**32, size=len(changes))  # all drawn first: one member's draws move no other's
            for one, seed in zip(changes, seeds, strict=True):
                image = one(image, np.random.default_rng(seed))
            return image

        return guarded(change)


def find(name: str) -> Shift:
    """A shift by its name, or a composition by the names of its members; `identity` changes nothing.

    Raises:
        UnknownNameError: when no shift goes by a name, with the one that was probably meant.
        SpecError: when a composition cannot be read.
    """
    if name == IDENTITY:
        return Unshifted()
    if not any(sign in name for sign in "+*="):
        return SHIFTS[name]
    parts = [part.strip() for part in name.split("+")]
    if len(parts) > MAX_MEMBERS:
        raise SpecError(f"shift {escape(name)}: wanted at most {MAX_MEMBERS} members, got {len(parts)}")
    return Composition(name=name, members=tuple(_member(part, name) for part in parts))


def _member(part: str, whole: str) -> Member:
    for sign in "*=":
        shift, found, number = part.partition(sign)
        if found:
            value = _fraction(number, whole)
            shift = shift.strip()
            return Member(shift=_known(shift), **({"factor": value} if sign == "*" else {"fixed": value}))
    return Member(shift=_known(part))


def _known(name: str) -> Shift:
    if name == IDENTITY or not name:
        raise UnknownNameError(f"a composition wants names of shifts between its +, got {name or 'nothing'!r}")
    return SHIFTS[name]


def _fraction(text: str, whole: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= 1:
        raise SpecError(
            f"shift {escape(whole)}: wanted a fraction above 0 and up to 1 after * or =, as in blur*0.5, got "
            f"{escape(text)}"
        )
    return value
