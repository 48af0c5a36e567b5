"""Units that never fire and layers that have collapsed: does the layer below know more than what comes after?"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from shiftprobe.repairs.attempt import Attempt, Patient, Site
from shiftprobe.repairs.readouts import features_at
from shiftprobe.repairs.revive import revive
from shiftprobe.repairs.tap_readouts import TapReadouts, TapUnits, constant_share, directions, read_below

CAUSE = "dead_units"
LEAST = 0.25  # share of a tap's units; fewer are found in many healthy networks
COLLAPSED = 1.1  # directions; features that move along one line tell two classes apart at most


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadTap:
    """A tap with more dead units than untrained networks have, or with features along one line."""

    tap: str
    below: str  # the tap before it, or `input`
    units: TapUnits
    collapsed: bool

    @property
    def told(self) -> str:
        """The tap and what is dead of it."""
        if self.collapsed and self.units.constant < LEAST:
            return f"{self.tap}: features vary in {self.units.directions:.1f} directions"
        return f"{self.tap}: {100 * self.units.constant:.0f} % of {self.units.units} units say the same of every image"


def dead_taps(found: TapReadouts) -> tuple[DeadTap, ...]:
    """Taps with units that say the same of every image, against the t prediction interval of untrained networks.

    A quarter of the units at least; or features that vary along one line where those of no untrained network do.

    Args:
        found: of a site.

    Returns:
        In depth order; the first is where it begins.
    """
    taps = found.taps
    return tuple(
        DeadTap(tap=one.tap, below=taps[taps.index(one.tap) - 1], units=one, collapsed=_collapsed(one))
        for one in found.units
        if _dead(one) or _collapsed(one)
    )


def dead_attempts(
    patient: Patient, site: Site, found: TapReadouts, *, home: Sequence[DeadTap] | None = None, seed: int = 0
) -> tuple[Attempt, ...]:
    """Dead units revived, and a new head below the first dead tap.

    Args:
        patient: the checkpoint; units that fire once its batch statistics are re-estimated here are not dead.
        site: as `found` was looked at.
        found: readouts there.
        home: dead taps at home, where that was looked at: what fires there is not dead in the file.
        seed: of the halves.

    Returns:
        Two attempts, one with a reason where the units are not dead in the file, or none where no tap is dead.
    """
    here = dead_taps(found)
    if not here:
        return ()
    names = tuple(one.told for one in here)
    if home is not None:
        alive = {one.tap for one in here} - {one.tap for one in home}
        here = tuple(one for one in here if one.tap not in alive)
        if not here:
            return (_left(found, names, "these units fire at home: the images keep them silent, not the file"),)
    still = _adapted(patient, site, here)
    if not still:
        return (_left(found, names, "these units fire once batch statistics are re-estimated"),)
    first = still[0]
    details = tuple(one.told for one in still)
    revived = revive(patient, site, found, tuple(one.tap for one in still), seed=seed)
    return (
        replace(revived, details=details),
        read_below(found, first.below, name=CAUSE, cause=CAUSE, details=details),
    )


def _dead(one: TapUnits) -> bool:
    return one.constant >= LEAST and one.constant > _highest(one.fresh_constant)


def _collapsed(one: TapUnits) -> bool:
    return one.units > 2 and one.directions < COLLAPSED < min(one.fresh_directions)  # noqa: PLR2004 - one line of three


def _highest(shares: Sequence[float]) -> float:
    """Upper end of the 95 % t prediction interval of one more untrained network."""
    from scipy.special import stdtrit

    k = len(shares)
    if k == 1:
        return shares[0]
    half = float(stdtrit(k - 1, 0.975)) * float(np.std(shares, ddof=1)) * np.sqrt(1.0 + 1.0 / k)
    return float(np.mean(shares) + half)


def _adapted(patient: Patient, site: Site, here: Sequence[DeadTap]) -> tuple[DeadTap, ...]:
    """Those that stay dead under batch statistics of these images."""
    from shiftprobe.train.adaptation import has_batch_norm, reestimate

    if not has_batch_norm(patient.model):
        return tuple(here)
    model = copy.deepcopy(patient.model)
    reestimate(model, site.pixels(patient.preprocess), patient.preprocess, "cpu")
    features = features_at(replace(patient, model=model), site, tuple(one.tap for one in here))
    return tuple(
        one
        for one in here
        if constant_share(features[one.tap]) >= LEAST or (one.collapsed and directions(features[one.tap]) < COLLAPSED)
    )


def _left(found: TapReadouts, names: tuple[str, ...], reason: str) -> Attempt:
    return Attempt(name=CAUSE, cause=CAUSE, title=f"dead units at {found.at}", details=names, reason=reason)
