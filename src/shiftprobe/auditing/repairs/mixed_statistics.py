"""Batch statistics of the place mixed with those of the file, by a share that half of the images choose."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.repairs.base import (
    MIN_HALF,
    REPAIRS,
    HalfChoice,
    KeepableRepair,
    RepairMethod,
    RepairSite,
    Tried,
    at_home,
    in_accuracy,
    unlabelled,
)
from shiftprobe.auditing.repairs.choosing import CrossChoice, JudgedWays, Right, cross_chosen, crossed_confidence, path
from shiftprobe.auditing.repairs.judged import JudgedImages, home, there

if TYPE_CHECKING:
    from torch import nn

TITLE = "mixing batch statistics"
SHARES = (0.0, 0.25, 0.5, 1.0)
"""Of the statistics of the place; the rest are those of the file."""


def mixed_statistics(evidence: AuditEvidence, site: RepairSite) -> Tried:
    """Each half of the images judged with statistics of the other half, mixed with the file's as that half chooses.

    Statistics need no labels, the choice of the share does.

    Reference: Schneider et al., 2020, arXiv:2006.16971 (the source counts as N = n (1 - share) / share images of n).
    """
    from shiftprobe.train.adaptation import has_batch_norm

    repair, images = METHOD.begun(site), there(evidence, site)
    if not has_batch_norm(evidence.subject.patient.model):
        return replace(repair, reason="no batch norm: the network holds no statistics to mix")
    if images is None:
        return replace(repair, reason=unlabelled(site))
    if min(map(len, images.halves)) < MIN_HALF:
        return replace(repair, reason=f"wanted at least {2 * MIN_HALF} labelled images, got {len(site.side)}")
    networks = _Networks(evidence=evidence, pixels=[images.pixels(evidence, half) for half in (0, 1)])
    rights = [images.right, *(networks.rights(images, (share, share)) for share in SHARES[1:])]
    ways, confidence = JudgedWays(there=np.stack(rights), halves=images.halves), evidence.policy.confidence
    crossed = cross_chosen(ways, evidence.policy.regression.margin)
    first, second = (SHARES[one] for one in crossed.chosen)
    labels = len(images.halves[0])
    begun = replace(repair, labels=labels, chosen=(first, second), path=path(SHARES, ways, confidence))
    stricter = crossed_confidence(confidence)
    needs = f"needs {labels:,} labelled images"
    told = in_accuracy(begun, site, crossed.there, confidence, needs=needs, level=stricter)
    clean = home(evidence, site)
    at = None if clean is None else networks.rights(clean, (first, second))
    told = at_home(told, None if clean is None else clean.right, at, stricter)
    kept = _Kept(networks=networks, images=images, clean=clean, ways=ways, crossed=crossed)
    return KeepableRepair(repair=told, choice=kept.first_half)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Networks:
    """The checkpoint with statistics of either half, in any share."""

    evidence: AuditEvidence
    pixels: list[NDArray[np.uint8]] = field(repr=False)

    def of(self, share: float, half: int) -> "nn.Module":
        """On the CPU, in evaluation mode."""
        from shiftprobe.repairs.interventions.batch_statistics import reestimated

        subject = self.evidence.subject
        return reestimated(subject.patient, self.pixels[half], share=share).model if share else subject.model

    def rights(self, images: JudgedImages, shares: tuple[float, float]) -> Right:
        """(N,) each image by the network of the other half, at that half's share."""
        return images.crossed(self.evidence, lambda half: self.of(shares[half], half))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What the first half chose, should it be kept."""

    networks: _Networks
    images: JudgedImages
    clean: JudgedImages | None
    ways: JudgedWays
    crossed: CrossChoice

    def first_half(self) -> HalfChoice | None:
        """None where the first half leaves the statistics as they are."""
        way = self.crossed.chosen[0]
        if not way:
            return None
        (choosing, judging), clean = self.images.halves, self.clean
        network = self.networks.of(SHARES[way], 0)
        # statistics are of other images than the clean ones, so one network may judge both of their halves
        at_home = None if clean is None else clean.crossed(self.networks.evidence, lambda _: network)
        return HalfChoice(
            score=float(self.ways.there[way, choosing].mean()),
            score_before=float(self.images.right[choosing].mean()),
            lost=0.0 if clean is None or at_home is None else clean.lost(at_home[clean.halves[0]]),
            before=self.images.right[judging],
            after=self.ways.there[way, judging],
            home=None if clean is None or at_home is None else clean.second(at_home),
            state=network.state_dict(),
            how=f"batch statistics: {SHARES[way]:g} those of {len(self.networks.pixels[0]):,} images there, the rest "
            "those of the file",
        )


METHOD = REPAIRS.add(RepairMethod(name="bn_mix", title=TITLE, rank=2, attempt=mixed_statistics))
