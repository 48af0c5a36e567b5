"""Names of arms: `ARM`, `ARM@LIKE` for an arm trained as another is, `ARM~CHANGE` for one with a change in it.

`transfer@scratch~steps3` begins as transfer does, is trained as scratch is, and three times as long. Runs train arms as
they are; changes belong to a diagnosis.
"""

import re
from dataclasses import dataclass

from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape

AS, CHANGE = "@", "~"
_PART = re.compile(rf"[^{AS}{CHANGE}]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmName:
    """The parts of a name; `str()` spells it."""

    arm: str  # how its weights begin and which of them learn
    like: str | None = None  # the arm whose recipe and rate it is trained by; its own where None
    changes: tuple[str, ...] = ()  # in the order in which they are made

    def __str__(self) -> str:
        """The one spelling."""
        own = self.arm if self.like is None else f"{self.arm}{AS}{self.like}"
        return CHANGE.join((own, *self.changes))


def parse(name: str) -> ArmName:
    """The parts of a name.

    Raises:
        SpecError: when it is not spelled as `ARM`, `ARM@LIKE`, `ARM~CHANGE` or several changes in a row.
    """
    own, *changes = name.split(CHANGE)
    arm, as_, like = own.partition(AS)
    found = ArmName(arm=arm, like=like if as_ else None, changes=tuple(changes))
    parts = (arm, *changes, *((like,) if as_ else ()))
    if not all(map(_PART.fullmatch, parts)) or len(set(changes)) < len(changes):
        raise SpecError(
            f"arm {escape(name)}: wanted ARM, ARM{AS}LIKE, or one of them with changes behind it "
            f"(ARM{CHANGE}CHANGE, each once), got something else"
        )
    return found


def base(arm: str) -> str:
    """The arm itself: how its weights begin and which of them learn."""
    return unchanged(arm).partition(AS)[0]


def trained_as(arm: str) -> str:
    """The arm whose recipe and rate it is trained by; itself where its name says no other."""
    return unchanged(arm).rpartition(AS)[2]


def unchanged(arm: str) -> str:
    """The same arm as a run trains it, with no change in it."""
    return arm.partition(CHANGE)[0]


def changes(arm: str) -> tuple[str, ...]:
    """What is changed in an arm, in order; nothing where a run trains it so."""
    return tuple(arm.split(CHANGE)[1:])


def changed(arm: str, *more: str) -> str:
    """The name of an arm with further changes."""
    return CHANGE.join((arm, *more))


def crossed(pair: tuple[str, str]) -> tuple[str, str]:
    """Both arms of a pair, each trained as the other is."""
    first, second = pair
    return f"{base(first)}{AS}{trained_as(second)}", f"{base(second)}{AS}{trained_as(first)}"


def as_they_are(arms: tuple[str, ...]) -> tuple[str, ...]:
    """The arms themselves where a run may train them.

    Raises:
        ValueError: when one has a change in its name.
    """
    for arm in arms:
        if CHANGE in arm:
            raise ValueError(
                f"wanted arms without a change, got {escape(arm)}: what stands behind {CHANGE} is a change that "
                f"`shiftprobe diagnose` makes itself; name {escape(unchanged(arm))}"
            )
    return arms
