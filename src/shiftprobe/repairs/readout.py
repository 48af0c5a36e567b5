"""What a linear readout of frozen features reaches, cross-fitted."""

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import NotAvailableError, SpecError
from shiftprobe.metrics import InputError, fit_probe, probe_right
from shiftprobe.repairs.bench import Bench
from shiftprobe.repairs.halving import Index
from shiftprobe.repairs.treated import Treated

Features = NDArray[np.float32]
Right = NDArray[np.bool_]


def cross_fitted(features: NDArray[np.float32], labels: Index, parts: list[Index]) -> Right:
    """Which images are right by a ridge classifier fitted to the other parts.

    Args:
        features: (N, D).
        labels: (N,).
        parts: places, each image in one of them.

    Raises:
        InputError: when a part leaves fewer than 2 classes to fit.
    """
    right = np.zeros(len(labels), bool)
    for judges in parts:
        fits = np.setdiff1d(np.arange(len(labels)), judges)
        right[judges] = probe_right(fit_probe(features[fits], labels[fits]), features[judges], labels[judges])
    return right


def best_readout(bench: Bench, treated: Treated) -> float | None:
    """Accuracy of a linear readout at the tap that is best on the half that fits it; None where none can be fitted.

    Either half fits and the other judges. The tap is chosen inside the fitting half, so the number is not flattered.

    Args:
        bench: images.
        treated: the checkpoint under its repairs.
    """
    from shiftprobe.models.taps import tap_names

    try:
        taps = tap_names(treated.patient.model, treated.patient.head)
        features = bench.features(treated, taps)
        one, two = bench.halves
        hits = sum(_chosen(features, bench.labels, a, b) for a, b in ((one, two), (two, one)))
    except (InputError, NotAvailableError, SpecError):
        return None
    return hits / len(bench)


def _chosen(features: dict[str, Features], labels: Index, fits: Index, judges: Index) -> int:
    inner, outer = fits[0::2], fits[1::2]

    def inside(table: Features) -> int:
        return int(probe_right(fit_probe(table[inner], labels[inner]), table[outer], labels[outer]).sum())

    tap = max(features, key=lambda name: inside(features[name]))
    table = features[tap]
    return int(probe_right(fit_probe(table[fits], labels[fits]), table[judges], labels[judges]).sum())
