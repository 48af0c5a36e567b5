"""Batch statistics re-estimated where the checkpoint is to work: the cheapest repair, it needs no labels."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.checks.base import measured
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import Repair
from shiftprobe.auditing.predictions import predict
from shiftprobe.auditing.repairs.base import (
    MIN_HALF,
    REPAIRS,
    UNLABELLED,
    RepairMethod,
    RepairSite,
    in_accuracy,
    pixels,
)
from shiftprobe.core import seeding
from shiftprobe.metrics.intervals import wilson

TITLE = "re-estimating batch statistics"


def batch_norm(evidence: AuditEvidence, site: RepairSite) -> Repair:
    """Each half of the images judged with statistics of the other half: no image judges what it adapted.

    Without labels only the share of answers that change is told.

    Reference: Schneider et al., 2020, arXiv:2006.16971 (N = 0: the source's statistics are forgotten).
    """
    from shiftprobe.train.adaptation import has_batch_norm

    repair = METHOD.begun(site)
    if not has_batch_norm(evidence.subject.patient.model):
        return replace(repair, reason="no batch norm: the network holds no statistics to re-estimate")
    n = len(site.side)
    if n < 2 * MIN_HALF:
        return replace(
            repair, reason=f"wanted at least {2 * MIN_HALF} images, a half to adapt and a half to judge, got {n}"
        )
    answers = _adapted(evidence, site)
    confidence = evidence.policy.confidence
    if site.labels is not None:
        return in_accuracy(repair, site, answers == site.labels, confidence, needs="needs no labels")
    changed = int((answers != site.predictions.answers).sum())
    share = measured(changed / n, *wilson(changed, n, confidence), n, confidence)
    return replace(
        repair, what=f"{TITLE} changes {share} of the answers; whether for the better {UNLABELLED}", reason=UNLABELLED
    )


def _adapted(evidence: AuditEvidence, site: RepairSite) -> NDArray[np.int64]:
    """(N,) answers after adaptation."""
    from shiftprobe.repairs.interventions.batch_statistics import reestimated

    subject, n = evidence.subject, len(site.side)
    order = seeding.generator(evidence.policy.seed, "repair bn", n).permutation(n)
    first, second = np.sort(order[::2]), np.sort(order[1::2])
    answers = np.empty(n, np.int64)
    for adapts, judges in ((first, second), (second, first)):
        images = pixels(site, adapts.tolist(), subject.preprocess)
        twin = replace(subject, model=reestimated(subject.patient, images).model)
        answers[judges] = predict(twin, site.side, judges.tolist(), site.dose).answers
    return answers


METHOD = REPAIRS.add(RepairMethod(name="bn_adapt", title=TITLE, rank=1, attempt=batch_norm))
