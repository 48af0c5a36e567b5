"""Where repairs are tried, and what is said of one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.checks.base import interval
from shiftprobe.auditing.evidence import AuditEvidence, Side
from shiftprobe.auditing.measurements import PreprocessingTrials, Repair
from shiftprobe.auditing.paired import Gain, Right, gain, recovered
from shiftprobe.auditing.types import Predictions
from shiftprobe.core.registry import Registry
from shiftprobe.core.types import UNSHIFTED, Condition
from shiftprobe.core.words import in_points, percent
from shiftprobe.engine.shifted_sets import Dose, prepared

if TYPE_CHECKING:
    from shiftprobe.models.preprocess import Preprocess

MIN_HALF = 20  # images of a half, below which nothing is tried
UNLABELLED = "cannot be measured without labels on the target"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairSite:
    """The images that repairs are tried on: the target, or else the worst shift."""

    on: str  # "target", "shift motion_blur at 0.25", "data"
    side: Side
    dose: Dose
    predictions: Predictions  # there, of the checkpoint as it is
    clean: Right  # which clean images are right
    paired: bool  # whether those are the same images, unshifted
    preprocessing: PreprocessingTrials | None = None  # what the check of that name has tried, to save trying again

    @property
    def labels(self) -> NDArray[np.int64] | None:
        """Outputs the images should get; None where they have no labels."""
        return self.side.labels


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairMethod:
    """One way to repair a checkpoint, which is a file of this package.

    `attempt` leaves the network of the evidence as it is. Where it cannot be tried it hands back a Repair with a reason
    and no numbers, or raises NotAvailableError or InputError.
    """

    name: str
    title: str
    metric: str = "accuracy"
    rank: int = 100  # its place in the list; of equal ones the name decides
    attempt: Callable[[AuditEvidence, RepairSite], Repair]

    def begun(self, site: RepairSite) -> Repair:
        """The repair before it is tried."""
        return Repair(name=self.name, title=self.title, metric=self.metric, on=site.on)


REPAIRS: Registry[RepairMethod] = Registry("repair")
"""Every repair; a module of this package adds its own."""


def site_of(evidence: AuditEvidence) -> RepairSite:
    """The target where there is one, else the shift at the policy's `severity.at` that costs most, else the data."""
    labels, still = evidence.labels, evidence.dose(UNSHIFTED)
    clean = evidence.clean.right(labels)
    if evidence.target is not None and evidence.on_target is not None:
        return RepairSite(
            on="target", side=evidence.target, dose=still, predictions=evidence.on_target, clean=clean, paired=False
        )
    at = evidence.policy.severity.at
    there = {place.shift: one for place, one in evidence.dial.items() if place.severity == at}
    if not there:
        return RepairSite(
            on="data", side=evidence.data, dose=still, predictions=evidence.clean, clean=clean, paired=True
        )
    worst = min(there, key=lambda shift: (float(evidence.right(Condition(shift, at)).mean()), shift))
    looked = evidence.looked(worst)
    return RepairSite(
        on=f"shift {worst} at {at:g}",
        side=evidence.data.some(looked),
        dose=evidence.dose(Condition(worst, at)),
        predictions=there[worst],
        clean=clean[looked],
        paired=True,
    )


def pixels(site: RepairSite, index: Sequence[int], preprocess: "Preprocess") -> NDArray[np.uint8]:
    """Some images of a site as a network meets them, (n, S, S, C)."""
    where = site.side.index[np.asarray(index, np.int64)].tolist()
    return prepared(site.side.bundle.images, where, site.dose, preprocess)


def in_accuracy(repair: Repair, site: RepairSite, after: Right, confidence: float, *, needs: str) -> Repair:
    """A repair with what it does to accuracy, in numbers and in a sentence.

    Args:
        repair: name, title and labels; its title begins the sentence.
        site: has labels.
        after: (N,) which images are right with it.
        confidence: of intervals.
        needs: "needs no labels", for the sentence.
    """
    if site.labels is None:
        return _with(repair, reason=UNLABELLED)
    before = site.predictions.right(site.labels)
    found = gain(before, after, confidence)
    share = recovered(before, after, site.clean, paired=site.paired, confidence=confidence)
    if share is not None and share.low > 0 and found.low > 0:
        said = (
            f"{repair.title} recovers {100 * share.value:.0f} % of the lost accuracy ({100 * confidence:g} % interval "
            f"{100 * share.low:.0f} to {100 * share.high:.0f}, n = {found.n:,}) and {needs}"
        )
    else:
        said = f"{repair.title} {_moves(found, confidence)}" + (f" and {needs}" if found.low > 0 else "")
    return _with(
        repair,
        what=said,
        before=found.before,
        after=found.after,
        gain=found.value,
        low=found.low,
        high=found.high,
        n=found.n,
        recovers=None if share is None else share.value,
        recovers_low=None if share is None else share.low,
        recovers_high=None if share is None else share.high,
    )


def _moves(found: Gain, confidence: float) -> str:
    ends = f"from {percent(found.before)} to {percent(found.after)}"
    held = f"({in_points(found.value)} points, {interval(found.low, found.high, found.n, confidence)})"
    if found.low > 0:
        return f"raises accuracy {ends} {held}"
    if found.high < 0:
        return f"makes it worse: accuracy falls {ends} {held}"
    return f"is not shown to help: accuracy goes {ends} {held}"


def _with(repair: Repair, **fields: object) -> Repair:
    return replace(repair, **fields)  # type: ignore[arg-type] # names and types are those of the fields
