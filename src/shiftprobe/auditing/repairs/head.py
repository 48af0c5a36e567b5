"""A new head on frozen features: what a linear readout of labelled images there would do."""

from dataclasses import replace

from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import Repair
from shiftprobe.auditing.repairs.base import MIN_HALF, REPAIRS, UNLABELLED, RepairMethod, RepairSite, in_accuracy
from shiftprobe.core import seeding
from shiftprobe.repairs.halving import folds
from shiftprobe.repairs.readout import cross_fitted

FOLDS = 5
TITLE = "a new head on frozen features"


def head(evidence: AuditEvidence, site: RepairSite) -> Repair:
    """A ridge classifier of what the head is given, cross-fitted: no image judges a head that it fitted."""
    repair = METHOD.begun(site)
    labels = site.labels
    if labels is None:
        return replace(repair, reason=UNLABELLED)
    n = len(labels)
    if n < 2 * MIN_HALF:
        return replace(repair, reason=f"wanted at least {2 * MIN_HALF} labelled images, got {n}")
    needed = n - -(-n // FOLDS)
    repair = replace(repair, labels=needed)
    parts = folds(labels, FOLDS, seeding.generator(evidence.policy.seed, "repair head", n))
    right = cross_fitted(site.predictions.penultimate, labels, parts)
    return in_accuracy(repair, site, right, evidence.policy.confidence, needs=f"needs {needed:,} labelled images")


METHOD = REPAIRS.add(RepairMethod(name="head", title=TITLE, rank=2, attempt=head))
