"""A new head on frozen features: what a linear readout of labelled images there would do."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import Repair
from shiftprobe.auditing.paired import Right, folds
from shiftprobe.auditing.repairs.base import MIN_HALF, REPAIRS, UNLABELLED, RepairMethod, RepairSite, in_accuracy
from shiftprobe.core import seeding
from shiftprobe.metrics import fit_probe, probe_right

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
    right = cross_fitted(site.predictions.features, labels, evidence.policy.seed)
    return in_accuracy(repair, site, right, evidence.policy.confidence, needs=f"needs {needed:,} labelled images")


def cross_fitted(features: NDArray[np.float32], labels: NDArray[np.int64], seed: int) -> Right:
    """Which images are right by a head fitted to the other folds.

    Args:
        features: (N, D).
        labels: (N,).
        seed: of the folds.

    Raises:
        InputError: when a fold leaves fewer than 2 classes to fit.
    """
    right = np.zeros(len(labels), bool)
    for judges in folds(labels, FOLDS, seeding.generator(seed, "repair head", len(labels))):
        fits = np.setdiff1d(np.arange(len(labels)), judges)
        right[judges] = probe_right(fit_probe(features[fits], labels[fits]), features[judges], labels[judges])
    return right


METHOD = REPAIRS.add(RepairMethod(name="head", title=TITLE, rank=2, attempt=head))
