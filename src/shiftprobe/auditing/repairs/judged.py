"""Images that judge a repair, there and at home, and what a network answers them, half by half."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.evidence import AuditEvidence, Side
from shiftprobe.auditing.predictions import predict
from shiftprobe.auditing.repairs.base import RepairSite
from shiftprobe.auditing.repairs.choosing import Halves, Index, Right, dealt
from shiftprobe.auditing.types import Predictions
from shiftprobe.core.types import UNSHIFTED
from shiftprobe.engine.shifted_sets import Dose, prepared

if TYPE_CHECKING:
    from torch import nn

STATISTICS = 512  # images of a half that batch statistics are taken from


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedImages:
    """Labelled images, what the network as it is answers them, and their halves."""

    side: Side
    dose: Dose
    labels: Index = field(repr=False)
    now: Predictions = field(repr=False)
    halves: Halves = field(repr=False)

    @property
    def right(self) -> Right:
        """(N,) whether the network as it is is right."""
        return self.now.right(self.labels)

    def second(self, after: Right) -> tuple[Right, Right]:
        """Whether images of the second half are right as the network is, and after a change.

        Args:
            after: (N,) of all images.
        """
        return self.right[self.halves[1]], after[self.halves[1]]

    def lost(self, after: Right) -> float:
        """Accuracy that the first half loses by a change.

        Args:
            after: (n,) of the first half's images.
        """
        return float(self.right[self.halves[0]].mean() - after.mean())

    def pixels(self, evidence: AuditEvidence, half: int) -> NDArray[np.uint8]:
        """(n, S, S, C) at most 512 of a half, as the network meets them."""
        places = self.side.index[self.halves[half][:STATISTICS]].tolist()
        return prepared(self.side.bundle.images, places, self.dose, evidence.subject.preprocess)

    def crossed(self, evidence: AuditEvidence, network: "Callable[[int], nn.Module]") -> Right:
        """(N,) whether each image is right by the network that belongs to the other half.

        Args:
            evidence: whose preprocessing, device and precision are used.
            network: half -> network, in evaluation mode.
        """
        right = np.empty(len(self.side), np.bool_)
        for half in (0, 1):
            judges = self.halves[1 - half]
            twin = replace(evidence.subject, model=network(half))
            right[judges] = predict(twin, self.side, judges.tolist(), self.dose).right(self.labels[judges])
        return right


def there(evidence: AuditEvidence, site: RepairSite) -> JudgedImages | None:
    """The images of a site; None where they have no labels."""
    if site.labels is None:
        return None
    parts = dealt(site.labels, site.side.clusters, evidence.policy.seed, "repair_halves")
    return JudgedImages(side=site.side, dose=site.dose, labels=site.labels, now=site.predictions, halves=parts)


def home(evidence: AuditEvidence, site: RepairSite) -> JudgedImages | None:
    """The clean images beside a site, each in the half of its shifted self; None where the site is at home itself."""
    if site.on == "data":
        return None
    side, now = (evidence.data, evidence.clean) if site.looked is None else (
        site.side, evidence.clean.each(lambda rows: rows[site.looked])
    )  # fmt: skip
    labels = evidence.labels if site.looked is None else evidence.labels[site.looked]
    parts = dealt(labels, side.clusters, evidence.policy.seed, "repair_halves")
    return JudgedImages(side=side, dose=evidence.dose(UNSHIFTED), labels=labels, now=now, halves=parts)
