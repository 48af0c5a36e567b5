"""The straight line from the audited weights to others of the same network, and soups of several."""

from dataclasses import replace

from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import Repair, WeightLine
from shiftprobe.auditing.other_weights import OtherWeights
from shiftprobe.auditing.paired import gain
from shiftprobe.auditing.repairs.base import MIN_HALF, KeepableRepair, RepairSite, Tried, told, unlabelled
from shiftprobe.auditing.repairs.choosing import JudgedWays, cross_chosen, path
from shiftprobe.auditing.repairs.judged import home, there
from shiftprobe.auditing.repairs.mixed_repair import MixedChoice, judged
from shiftprobe.auditing.repairs.mixtures import Mixture, Mixtures, Shares
from shiftprobe.auditing.repairs.soups import soups
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.escape import escape
from shiftprobe.stats.barrier import barrier

WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Shares of the way from the audited weights to the others."""
MIDDLE = WEIGHTS.index(0.5)


def try_towards(evidence: AuditEvidence, site: RepairSite) -> list[Tried]:
    """The line to each other set of weights, then the soups where there are several.

    Half of the images choose a mixing weight, the other half judges it, and the other way round; labels of home and of
    the site choose together: most right there, among those that cost no more at home than `regression.margin`. With
    batch norm either way to get statistics may be chosen.

    Reference: Wortsman et al., 2022, arXiv:2109.01903 (WiSE-FT); Wortsman et al., 2022, arXiv:2203.05482 (soups).
    """
    others = evidence.towards
    if not others:
        return []
    names = [f"towards_{place}" for place in range(1, len(others) + 1)]
    begun = [
        Repair(name=name, title=f"part of the way to {escape(other.name, 60)}", on=site.on)
        for name, other in zip(names, others, strict=True)
    ]
    images = there(evidence, site)
    if images is None or min(map(len, images.halves)) < MIN_HALF:
        few = f"wanted at least {2 * MIN_HALF} labelled images, got {len(site.side)}"
        return [replace(one, reason=unlabelled(site) if images is None else few) for one in begun]
    found = Mixtures(
        evidence=evidence,
        there=images,
        home=home(evidence, site),
        states=(evidence.subject.model.state_dict(), *(one.state for one in others)),
    )
    lines: list[Tried] = [_tried(found, site, one, place) for place, one in enumerate(begun, start=1)]
    return [*lines, *(soups(found, site, list(map(told, lines))) if len(others) > 1 else ())]


def _tried(found: Mixtures, site: RepairSite, begun: Repair, place: int) -> Tried:
    try:
        return _line(found, site, begun, place)
    except NotAvailableError as error:  # a network between two others may answer NaN
        return replace(begun, reason=str(error))


def _line(found: Mixtures, site: RepairSite, begun: Repair, place: int) -> KeepableRepair:
    shares = [_on_line(weight, place, len(found.states)) for weight in WEIGHTS]
    mixtures = [one for each in shares for one in found.variants(each)]
    ways, evidence = found.ways(mixtures), found.evidence
    crossed = cross_chosen(ways, evidence.policy.regression.margin)
    confidence = evidence.policy.confidence
    fresh = found.ways([Mixture(one) for one in shares])
    averaged = found.ways([found.variants(one)[-1] for one in shares]) if len(mixtures) > len(shares) else None
    drawn = replace(
        begun,
        labels=len(found.there.halves[0]),
        chosen=tuple(mixtures[one].shares[place] for one in crossed.chosen),
        path=path(WEIGHTS, fresh, confidence),
        averaged=() if averaged is None else path(WEIGHTS, averaged, confidence),
        line=_drawn(fresh, evidence.towards[place - 1], confidence),
    )
    return judged(found, site, drawn, MixedChoice(mixtures=mixtures, ways=ways, crossed=crossed))


def _on_line(weight: float, place: int, count: int) -> Shares:
    return tuple(1.0 - weight if one == 0 else weight if one == place else 0.0 for one in range(count))


def _drawn(ways: JudgedWays, other: OtherWeights, confidence: float) -> WeightLine:
    """The barrier at home, where both networks were trained; there, where the site is at home itself."""
    rights = ways.there if ways.home is None else ways.home
    risen = barrier(WEIGHTS, ~rights)
    ends = [gain(rights[end], rights[MIDDLE], confidence) for end in (0, -1)]
    return WeightLine(
        other=other.name,
        sha256=other.sha256,
        barrier=risen.value,
        barrier_low=risen.low,
        barrier_high=risen.high,
        apart=all(one.high < 0 for one in ends),
    )
