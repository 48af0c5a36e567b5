"""A repair whose weights are mixed: what its halves chose, judged there and at home, and what would be kept of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from shiftprobe.auditing.measurements import Repair
from shiftprobe.auditing.repairs.base import HalfChoice, KeepableRepair, RepairSite, at_home, in_accuracy
from shiftprobe.auditing.repairs.choosing import CrossChoice, JudgedWays, crossed_confidence
from shiftprobe.auditing.repairs.mixtures import Mixture, Mixtures
from shiftprobe.core.escape import escape
from shiftprobe.core.words import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedChoice:
    """Several mixtures, of which each half of the images chose one."""

    mixtures: Sequence[Mixture]
    ways: JudgedWays
    crossed: CrossChoice


def judged(found: Mixtures, site: RepairSite, begun: Repair, chosen: MixedChoice) -> KeepableRepair:
    """The repair with what it gains there and costs at home.

    Args:
        found: whose rights are those of the mixtures.
        site: has labels.
        begun: name, title and labels.
        chosen: by halves.
    """
    level, needs = found.evidence.policy.confidence, f"needs {begun.labels:,} labelled images"
    stricter = crossed_confidence(level)
    repair = in_accuracy(begun, site, chosen.crossed.there, level, needs=needs, level=stricter)
    now = None if found.home is None else found.home.right
    repair = at_home(repair, now, chosen.crossed.home, stricter)
    return KeepableRepair(repair=repair, choice=partial(_first_half, found, chosen))


def _first_half(found: Mixtures, chosen: MixedChoice) -> HalfChoice | None:
    """The mixture that the first half chose; None where that is the network as it is."""
    way, ways = chosen.crossed.chosen[0], chosen.ways
    mixture = chosen.mixtures[way]
    if mixture.shares[0] == 1:
        return None
    choosing, judging = found.there.halves
    names = ("the audited weights", *(escape(one.name, 60) for one in found.evidence.towards))
    parts = [f"{share:.4g} of {name}" for share, name in zip(mixture.shares, names, strict=True) if share > 0]
    several = len(found.variants(mixture.shares)) > 1
    beside = f", batch statistics {'averaged' if mixture.averaged else 'of clean images'}" if several else ""
    return HalfChoice(
        score=float(ways.there[way, choosing].mean()),
        score_before=float(found.there.right[choosing].mean()),
        lost=0.0 if found.home is None or ways.home is None else found.home.lost(ways.home[way, found.home.halves[0]]),
        before=found.there.right[judging],
        after=ways.there[way, judging],
        home=None if found.home is None or ways.home is None else found.home.second(ways.home[way]),
        state=found.network(mixture, 0).state_dict(),
        how=f"weights mixed: {listed(parts)}{beside}",
    )
