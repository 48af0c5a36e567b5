"""Batch statistics re-estimated where the checkpoint is to work: the cheapest repair, it needs no labels."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.checks.base import measured
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import Repair
from shiftprobe.auditing.predictions import predict
from shiftprobe.auditing.repairs.base import (
    MIN_HALF,
    REPAIRS,
    RepairMethod,
    RepairSite,
    at_home,
    in_accuracy,
    pixels,
    unlabelled,
)
from shiftprobe.auditing.repairs.judged import home
from shiftprobe.core import seeding
from shiftprobe.metrics.intervals import wilson

if TYPE_CHECKING:
    from torch import nn

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
    networks = _networks(evidence, site)
    answers, confidence = _adapted(evidence, site, networks), evidence.policy.confidence
    if site.labels is not None:
        told = in_accuracy(repair, site, answers == site.labels, confidence, needs="needs no labels")
        clean = home(evidence, site)
        if clean is None:
            return told
        after = clean.crossed(evidence, lambda half: networks[half][1])
        return at_home(told, clean.right, after, confidence)
    changed = int((answers != site.predictions.answers).sum())
    share = measured(changed / n, *wilson(changed, n, confidence), n, confidence)
    said = f"{TITLE} changes {share} of the answers; whether for the better {unlabelled(site)}"
    return replace(repair, what=said, reason=unlabelled(site), n=n)


def _networks(evidence: AuditEvidence, site: RepairSite) -> "list[tuple[NDArray[np.int64], nn.Module]]":
    """Per half which images its network judges, and the network with the statistics of the others."""
    from shiftprobe.repairs.interventions.batch_statistics import reestimated

    subject, n = evidence.subject, len(site.side)
    order = seeding.generator(evidence.policy.seed, "repair bn", n).permutation(n)
    first, second = np.sort(order[::2]), np.sort(order[1::2])
    found = []
    for adapts, judges in ((first, second), (second, first)):
        images = pixels(site, adapts.tolist(), subject.preprocess)
        found.append((judges, reestimated(subject.patient, images).model))
    return found


def _adapted(
    evidence: AuditEvidence, site: RepairSite, networks: "list[tuple[NDArray[np.int64], nn.Module]]"
) -> NDArray[np.int64]:
    """(N,) answers after adaptation."""
    answers = np.empty(len(site.side), np.int64)
    for judges, model in networks:
        twin = replace(evidence.subject, model=model)
        answers[judges] = predict(twin, site.side, judges.tolist(), site.dose).answers
    return answers


METHOD = REPAIRS.add(RepairMethod(name="bn_adapt", title=TITLE, rank=1, attempt=batch_norm))
