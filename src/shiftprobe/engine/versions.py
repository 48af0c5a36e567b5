"""Which code made what in a run: a version per arm, shift, probe and origin, so that a change moves what it touches."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shiftprobe.core.types import IDENTITY, Cell
from shiftprobe.engine.code_version import LOOKS, READS, SHIFTS_IMAGES, TRAINS, TRIES, version, version_of
from shiftprobe.shifts import SHIFTS, find
from shiftprobe.shifts.composed import Composition
from shiftprobe.shifts.toward import TOWARD
from shiftprobe.spec.arm_names import base

DIGEST_CHARACTERS = 12  # characters of a digest in files that people read


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """Versions of the code that a run uses, by name; what it does not use is not among them."""

    arms: Mapping[str, str] = field(default_factory=dict)
    shifts: Mapping[str, str] = field(default_factory=dict)
    probes: Mapping[str, str] = field(default_factory=dict)
    trials: str = ""  # of what tries recipes, in a run that is tuned

    def of_images(self, shift: str) -> str:
        """Of what made the images under a shift."""
        return self.shifts[shift][:DIGEST_CHARACTERS]

    def of_arm(self, cell: Cell, arm: str) -> str:
        """Of what made an arm of a cell: the arm, and the images it was trained on."""
        return _together(self.arms[arm], self.shifts[cell.shift])[:DIGEST_CHARACTERS]

    def of_probe(self, probe: str) -> str:
        """Of what a probe does with its evidence."""
        return self.probes[probe][:DIGEST_CHARACTERS]


def versions_of(*, arms: Iterable[str], shifts: Iterable[str], probes: Iterable[str]) -> Versions:
    """The versions of everything a run uses.

    Raises:
        UnknownNameError: when a name is registered nowhere.
    """
    from shiftprobe.probes import PROBES
    from shiftprobe.train.arms import ARMS

    return Versions(
        arms={name: version_of(ARMS, base(name), TRAINS) for name in arms},
        shifts={name: shift_version(name) for name in (IDENTITY, *shifts)},
        probes={name: version_of(PROBES, name, LOOKS) for name in probes},
        trials=version(TRIES),
    )


def shift_version(name: str) -> str:
    """The version of a shift, in hex; of a composition that of all its members.

    Raises:
        UnknownNameError: when no shift goes by that name.
    """
    if name in TOWARD:
        return version_of(TOWARD, name, SHIFTS_IMAGES)
    shift = find(name)
    members = [one.shift.name for one in shift.members] if isinstance(shift, Composition) else [shift.name]
    return _together(*(version_of(SHIFTS, one, SHIFTS_IMAGES) for one in members if one != IDENTITY))


def origin_version(name: str) -> str:
    """The version of what reads data of a name such as "digits:mnist", in hex."""
    from shiftprobe.data.origins import ORIGINS

    return version_of(ORIGINS, name.partition(":")[0], READS)


def training_version() -> str:
    """The version of what trains every arm and the source, whichever arms there are, in hex."""
    return version(TRAINS)


def _together(*versions: str) -> str:
    """One digest of several; of none, that of what applies any shift."""
    return hashlib.sha256("".join(versions or (version(SHIFTS_IMAGES),)).encode()).hexdigest()
