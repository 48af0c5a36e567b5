"""A new linear head on frozen features."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.metrics import InputError, fit_probe
from shiftprobe.metrics.linear_probe import FittedProbe
from shiftprobe.repairs.base import INTERVENTIONS, FittedRepair, Half, Intervention
from shiftprobe.repairs.halving import Index
from shiftprobe.repairs.interventions.renaming import UNKNOWN
from shiftprobe.repairs.scoring import DRAWS
from shiftprobe.repairs.treated import Scores, Treated

LOWEST = -1e9  # of an output that no class has
FEATURES = "on the target a new head also makes up for features that a shift moved: it proves no fault of the old one"


def head(half: Half) -> FittedRepair:
    """A ridge classifier of what the head is given, fitted on one half; the sham is fitted to shuffled labels.

    Raises:
        NotAvailableError: where the head does not know the classes, or the half holds fewer than two of them.
    """
    site = half.bench.site
    if site.columns is None:
        raise NotAvailableError(UNKNOWN)
    try:
        found = _fitted(half, half.bench.labels)
    except InputError as error:
        raise NotAvailableError(f"no head can be fitted: {error}") from None

    def shams() -> list[Treated]:
        return [_fitted(half, half.shuffled("head", draw)) for draw in range(DRAWS)]

    details = (f"fitted to {len(half.fits):,} labelled images",)
    return FittedRepair(treated=found, shams=shams, details=details, weak=FEATURES if site.at == "target" else "")


def _fitted(half: Half, labels: Index) -> Treated:
    columns = np.array(half.bench.site.columns)
    probe = fit_probe(half.bench.look(half.now, half.fits).features, labels[half.fits])
    return half.now.with_answers("a new head", _answering(probe, columns[probe.classes]))


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
        sham_titles=dict.fromkeys(_PLACES, "a head fitted to shuffled labels"),
        rank=10,
        fit=head,
        last=True,
    )
)
