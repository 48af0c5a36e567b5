"""Where repairs are tried, and what is said of one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.checks.base import interval
from shiftprobe.auditing.evidence import AuditEvidence, Side
from shiftprobe.auditing.measurements import PreprocessingTrials, Repair
from shiftprobe.auditing.paired import Right, gain, recovered
from shiftprobe.auditing.types import Predictions
from shiftprobe.core.registry import Registry
from shiftprobe.core.types import UNSHIFTED, Condition
from shiftprobe.core.words import in_points, percent
from shiftprobe.engine.shifted_sets import Dose, prepared

if TYPE_CHECKING:
    from torch import Tensor

    from shiftprobe.models.preprocess import Preprocess

MIN_HALF = 20  # images of a half, below which nothing is tried
UNLABELLED = "cannot be measured without labels on the target"
FEW_LABELS = "cannot be measured by a few labels, which decide the gate on the target alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairSite:
    """The images that repairs are tried on: the target, or else the worst shift."""

    on: str  # "target", "shift motion_blur at 0.25", "data"
    side: Side
    dose: Dose
    predictions: Predictions  # there, of the checkpoint as it is
    clean: Right  # which clean images are right
    paired: bool  # whether those are the same images, unshifted
    looked: NDArray[np.int64] | None = None  # (N,) their places among the labelled images, where a shift is the site
    preprocessing: PreprocessingTrials | None = None  # what the check of that name has tried, to save trying again

    @property
    def labels(self) -> NDArray[np.int64] | None:
        """Outputs the images should get; None where they have no labels."""
        return self.side.labels


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfChoice:
    """A network as the first half of the images chose it, and what the second half says of it."""

    score: float  # share of the first half that is right, as that half itself counts
    score_before: float  # the same of the network as it is
    lost: float  # accuracy that the clean images of the first half lose, as they count; 0 where none are beside
    before: Right  # (n,) of the second half, as the network is
    after: Right  # (n,) of the same images
    home: tuple[Right, Right] | None = None  # (m,) clean images of the second half, before and after; None: none beside
    state: "Mapping[str, Tensor]" = field(repr=False)
    how: str  # what was done, in words


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepableRepair:
    """A repair that is weights, and so can be kept; `choice` is asked only where it is to be."""

    repair: Repair
    choice: Callable[[], HalfChoice | None]


Tried: TypeAlias = Repair | KeepableRepair
"""What an attempt hands back."""


def told(tried: Tried) -> Repair:
    """The repair itself."""
    return tried if isinstance(tried, Repair) else tried.repair


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
    attempt: "Callable[[AuditEvidence, RepairSite], Tried]"

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
        looked=looked,
    )


def pixels(site: RepairSite, index: Sequence[int], preprocess: "Preprocess") -> NDArray[np.uint8]:
    """Some images of a site as a network meets them, (n, S, S, C)."""
    where = site.side.index[np.asarray(index, np.int64)].tolist()
    return prepared(site.side.bundle.images, where, site.dose, preprocess)


def unlabelled(site: RepairSite) -> str:
    """Why no labels of a place judge a repair, where not all of its images have one."""
    return UNLABELLED if site.side.known is None else FEW_LABELS


def unjudged(site: RepairSite) -> str:
    """Why no labelled images of a place can choose a repair and judge it; empty where they can."""
    if site.labels is None:
        return unlabelled(site)
    n = len(site.labels)
    return "" if n >= 2 * MIN_HALF else f"wanted at least {2 * MIN_HALF} labelled images, got {n}"


def in_accuracy(
    repair: Repair, site: RepairSite, after: Right, confidence: float, *, needs: str, level: float | None = None
) -> Repair:
    """A repair with what it does to accuracy, in numbers and in a sentence.

    Args:
        repair: name, title and labels; its title begins the sentence.
        site: has labels.
        after: (N,) which images are right with it.
        confidence: of intervals.
        needs: "needs no labels", for the sentence.
        level: at which intervals are taken to hold at that confidence, where they are of a choice; None: the same.
    """
    if site.labels is None:
        return replace(repair, reason=unlabelled(site))
    before = site.predictions.right(site.labels)
    found = gain(before, after, level or confidence)
    share = recovered(before, after, site.clean, paired=site.paired, confidence=level or confidence)
    told = replace(
        repair,
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
    if share is not None and share.low > 0 and found.low > 0:
        said = (
            f"{repair.title} recovers {100 * share.value:.0f} % of the lost accuracy ({100 * confidence:g} % interval "
            f"{100 * share.low:.0f} to {100 * share.high:.0f}, n = {found.n:,}) and {needs}"
        )
    else:
        said = f"{repair.title} {moves(told, confidence)}" + (f" and {needs}" if found.low > 0 else "")
    return replace(told, what=said)


def at_home(repair: Repair, before: Right | None, after: Right | None, confidence: float) -> Repair:
    """A repair with what it does to accuracy on the clean images; as it is where there are none beside.

    Args:
        repair: so far.
        before: (M,) which clean images are right as the network is.
        after: (M,) which of them are right with the repair.
        confidence: of the interval.
    """
    if before is None or after is None:
        return repair
    found = gain(before, after, confidence)
    return replace(repair, home_gain=found.value, home_low=found.low, home_high=found.high, home_n=found.n)


def moves(repair: Repair, confidence: float) -> str:
    """What a repair does to accuracy there, in words that its interval chooses: 'raises accuracy from ... to ...'.

    Args:
        repair: with its numbers.
        confidence: of the interval.
    """
    known = [one or 0.0 for one in (repair.before, repair.after, repair.gain, repair.low, repair.high)]
    before, after, value, low, high = known
    ends = f"from {percent(before)} to {percent(after)}"
    held = f"({in_points(value)} points, {interval(low, high, repair.n or 0, confidence)})"
    if repair.verdict == "helps":
        return f"raises accuracy {ends} {held}"
    if repair.verdict == "harms":
        return f"makes it worse: accuracy falls {ends} {held}"
    return f"is not shown to help: accuracy goes {ends} {held}"
