"""Whether batch statistics that are stale in the file look like images prepared in another way."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.causes import CLEAN
from shiftprobe.auditing.checks.base import status
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import OtherPreprocessing
from shiftprobe.auditing.model import Part
from shiftprobe.auditing.paired import Gain, Right, gains
from shiftprobe.auditing.predictions import answers
from shiftprobe.auditing.prepared_sample import PreparedSample
from shiftprobe.auditing.types import OPEN, Check
from shiftprobe.core import seeding
from shiftprobe.core.words import in_points, percent

if TYPE_CHECKING:
    from shiftprobe.models.preprocess import Preprocess

NAME = "batch statistics of other images of the data"
MOST, FEWEST = 256, 30  # images that the statistics are of
FIX = (
    "re-estimate the batch statistics on training images of the data's domain (forward passes in training mode, or "
    "torch.optim.swa_utils.update_bn), and audit again"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherStatistics:
    """What new batch statistics add on a sample, beside the best of its other preparations."""

    gain: Gain
    more: Gain  # with that preparation in place: new statistics absorb a wrong mean too, but add little to a right one
    images: int  # that they are of

    def suspected(self, best: Gain, at_most: float) -> bool:
        """Whether they are what is wrong: beyond the preparation they bring more than it does."""
        return self.more.low > at_most and self.more.value >= best.value and self.gain.value >= best.value

    def instead_of(self, part: Part, evidence: AuditEvidence, best: str) -> Part:
        """The answer about preparations, taken back: it fits whatever moves the network's inputs."""
        (check,), found = part.checks, self.gain
        said = (
            f"accuracy rises from {percent(found.before)} to {percent(found.after)} with batch statistics of "
            f"{self.images:,} other images of the data (by {in_points(found.value)} points): those in the file are of "
            f"images of another kind, and {best} ({in_points(check.value or 0.0)} points) makes up for a part of it"
        )
        rule = evidence.policy.preprocessing
        taken = replace(check, status=status(rule, "cannot tell"), reason=said, fix=FIX, p=None, p_holm=None)
        trials = part.shown.preprocessing
        if trials is None:
            return replace(part, checks=(taken,))
        row = OtherPreprocessing(name=NAME, accuracy=found.after, gain=found.value, low=found.low, high=found.high)
        shown = replace(part.shown, preprocessing=replace(trials, tried=(*trials.tried, row)))
        return Part(checks=(taken,), shown=shown)


def mended_first(parts: Sequence[Part]) -> list[Part]:
    """Every answer; where new statistics are what helps, a clean accuracy that is too low says so."""
    if not any(one.fix == FIX for part in parts for one in part.checks):
        return list(parts)
    return [
        replace(part, checks=tuple(replace(one, fix=FIX) if _too_low(one) else one for one in part.checks))
        for part in parts
    ]


def _too_low(check: Check) -> bool:
    return check.name == CLEAN and check.status in OPEN


def other_statistics(
    evidence: AuditEvidence, index: NDArray[np.int64], best: "Preprocess", rights: tuple[Right, Right]
) -> OtherStatistics | None:
    """A sample as the network answers it with batch statistics of images outside of it; None where it holds none.

    Args:
        evidence: with labelled clean images.
        index: (n,) the sample.
        best: of the other preparations.
        rights: (n,) which images of the sample are right as they are prepared, and in the best way.
    """
    from shiftprobe.repairs.interventions.batch_statistics import reestimated
    from shiftprobe.train.adaptation import has_batch_norm

    subject, confidence = evidence.subject, evidence.policy.confidence
    outside = np.setdiff1d(np.arange(len(evidence.data)), index)
    others = np.sort(seeding.generator(evidence.policy.seed, "other statistics").permutation(outside)[:MOST])
    if subject.head is None or len(others) < FEWEST or not has_batch_norm(subject.patient.model):
        return None
    fits, judges, found = PreparedSample(evidence, others), PreparedSample(evidence, index), []
    for before, how in zip(rights, (subject.preprocess, best), strict=True):
        network = reestimated(replace(subject.patient, preprocess=how), fits.prepared(how)).model
        then = answers(subject, network, judges.prepared(how), how).right(evidence.labels[index])
        found.append(gains(before, {NAME: then}, confidence)[NAME])
    gain, more = found
    return OtherStatistics(gain=gain, more=more, images=len(others))
