"""A new linear head on frozen features."""

import copy
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.metrics import InputError, fit_probe
from shiftprobe.metrics.linear_probe import FittedProbe
from shiftprobe.repairs.base import INTERVENTIONS, FittedRepair, Half, Intervention
from shiftprobe.repairs.halving import Index
from shiftprobe.repairs.interventions.batch_statistics import MOST as STATISTICS
from shiftprobe.repairs.interventions.batch_statistics import reestimated
from shiftprobe.repairs.interventions.renaming import UNKNOWN
from shiftprobe.repairs.treated import Scores, Treated

DRAWS = 2  # random networks
LOWEST = -1e9  # of an output that no class has
FEATURES = "on the target a new head also makes up for features that a shift moved: it proves no fault of the old one"


def head(half: Half) -> FittedRepair:
    """A ridge classifier of what the head is given, fitted on one half.

    The sham is a head fitted to the same images on features of the same network drawn anew. A head fitted to shuffled
    labels would be at chance whatever the features: this one says whether they are worth more than random ones.

    Raises:
        NotAvailableError: where the head does not know the classes, or the half holds fewer than two of them.
    """
    site = half.bench.site
    if site.columns is None:
        raise NotAvailableError(UNKNOWN)
    try:
        found = _fitted(half)
    except InputError as error:
        raise NotAvailableError(f"no head can be fitted: {error}") from None

    def shams() -> list[Treated]:
        return [_fitted(replace(half, now=_redrawn(half, draw))) for draw in range(DRAWS)]

    details = (f"fitted to {len(half.fits):,} labelled images",)
    there = site.at == "target"
    return FittedRepair(
        treated=found, shams=shams, details=details, weak=FEATURES if there else "", advice=half.home is not None
    )


def _fitted(half: Half) -> Treated:
    labels, columns = half.bench.labels, np.array(half.bench.site.columns)
    probe = fit_probe(half.bench.look(half.now, half.fits).features, labels[half.fits])
    return half.now.with_answers("a new head", _answering(probe, columns[probe.classes]))


def _redrawn(half: Half, draw: int) -> Treated:
    """The network with every layer that can be drawn anew drawn anew, and batch statistics of the fitting half."""
    import torch

    from shiftprobe.train.adaptation import has_batch_norm

    patient = replace(half.now.patient, model=copy.deepcopy(half.now.patient.model))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(half.rng("head", draw).integers(2**63)))
        for module in patient.model.modules():
            reset = getattr(module, "reset_parameters", None)
            if callable(reset):
                reset()
    if has_batch_norm(patient.model):
        patient = reestimated(patient, half.bench.prepared(half.now, half.fits[:STATISTICS]))
    return replace(half.now, patient=patient, answers=())


def _answering(probe: FittedProbe, columns: Index) -> Callable[[Scores, NDArray[np.float32]], Scores]:
    def change(scores: Scores, features: NDArray[np.float32]) -> Scores:
        found = np.full_like(scores, LOWEST)
        found[:, columns] = features.astype(np.float64) @ probe.weights + probe.offset
        return found

    return change


_PLACES = ("home", "target")
INTERVENTIONS.add(
    Intervention(
        name="head",
        causes=dict.fromkeys(_PLACES, "wrong_head"),
        titles=dict.fromkeys(_PLACES, "a new head on frozen features"),
        sham_titles=dict.fromkeys(_PLACES, "a head on features of the same network drawn anew"),
        rank=10,
        fit=head,
        last=True,
    )
)
