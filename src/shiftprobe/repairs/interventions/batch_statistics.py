"""Batch statistics re-estimated: on home images where those in the file are stale, on the target where they moved."""

import copy
from dataclasses import replace

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.repairs.attempt import Patient
from shiftprobe.repairs.base import INTERVENTIONS, AtHome, FittedRepair, Half, Intervention
from shiftprobe.repairs.scoring import best
from shiftprobe.repairs.treated import Pixels, Treated

MOST = 512  # images that statistics are taken from
NAME = "re-estimated"
NO_HOME = "without home images, statistics that moved cannot be told from statistics that were stale in the file"


def reestimated(patient: Patient, images: Pixels, *, share: float = 1.0) -> Patient:
    """A copy of a patient with batch statistics of some images; the patient itself stays as it is.

    Args:
        patient: holds batch norm.
        images: (N, S, S, C) as the network is given them, N at least 2.
        share: of their statistics; the rest are the patient's own.

    Reference: Schneider et al., 2020, arXiv:2006.16971 (share 1 is N = 0: the source's statistics are forgotten).
    """
    from shiftprobe.train.adaptation import reestimate

    model = copy.deepcopy(patient.model)
    reestimate(model, images, patient.preprocess, "cpu", share=share)
    return replace(patient, model=model)


def batch_statistics(half: Half) -> FittedRepair:
    """Statistics of the fitting half, which needs no labels.

    The sham on the target: statistics of as many home images, prepared as there. So statistics that were stale in the
    file are not blamed on the target. At home nothing is cheaper than the statistics of the file: they are the sham.

    Raises:
        NotAvailableError: without batch norm.
    """
    from shiftprobe.train.adaptation import has_batch_norm

    now = half.now
    if not has_batch_norm(now.patient.model):
        raise NotAvailableError("no batch norm: the network holds no statistics to re-estimate")
    places = half.fits[:MOST]
    found = replace(now, patient=reestimated(now.patient, half.bench.prepared(now, places)))
    if best(half, {NAME: found}) is None:
        return FittedRepair(treated=None)
    details = (f"from {len(places):,} images",)
    if half.home is None:
        weak = NO_HOME if half.bench.site.at == "target" else ""
        return FittedRepair(treated=found, shams=lambda: (now,), details=details, weak=weak)
    home = half.home
    return FittedRepair(treated=found, shams=lambda: (_at_home(now, home, len(places)),), details=details)


def _at_home(now: Treated, home: AtHome, count: int) -> Treated:
    """The network with statistics of home images, prepared as at home."""
    images = home.bench.prepared(home.treated, home.bench.everything[:count])
    told = replace(now.patient, preprocess=home.treated.patient.preprocess)
    return replace(now, patient=replace(now.patient, model=reestimated(told, images).model))


INTERVENTIONS.add(
    Intervention(
        name="batch_statistics",
        causes={"home": "stale_batch_statistics", "target": "moved_batch_statistics"},
        titles={
            "home": "batch statistics re-estimated on home images",
            "target": "batch statistics re-estimated on the target",
        },
        sham_titles={"home": "the statistics of the file", "target": "statistics of as many home images"},
        rank=8,
        fit=batch_statistics,
    )
)
