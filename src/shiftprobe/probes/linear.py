"""What a linear reader can still get out of features, tap by tap."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import Evidence, Finding, Row, Scope, View
from shiftprobe.metrics import InputError, fit_probe, fit_with_control, probe_right, wilson
from shiftprobe.probes.base import PROBES, Amount, Measured, Price, features_of_arms
from shiftprobe.stats.images import image_interval


class _Readout(NamedTuple):
    """Which test images a probe gets right at a tap; None with the reason."""

    right: NDArray[np.bool_] | None
    control: NDArray[np.bool_] | None = None  # of the probe whose training labels were shuffled
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LinearProbe:
    """A ridge classifier per tap, trained on the target's labelled images and judged on its shifted test images.

    In a cell of the checkpoint it reads the source and, as a control, the same network never trained: `probe_accuracy`
    of both, `probe_selectivity` (less the accuracy of a probe whose training labels were shuffled) and `probe_gap`
    (source less control on the same images, with the adjusted Wald interval of Bonett and Price). Only what lies above
    the control was learnt on the source: random convolutions are good features too. In the other cells it reads every
    arm after its training. Intervals are the test images' error alone, 95 %.

    Reference: Alain and Bengio, 2016, arXiv:1610.01644; controls: Hewitt and Liang, 2019, arXiv:1909.03368; interval
        of paired shares: Bonett and Price, 2012, Journal of Educational and Behavioral Statistics 37(4).
    """

    name: str = "linear"
    about: str = "linear readout at every tap: the checkpoint against random features, and each arm after training"
    scope: Scope = "cells"

    def cost(self, amount: Amount) -> Price:
        """Features of the arms."""
        return Price(shared=features_of_arms(amount))

    def __call__(self, evidence: Evidence) -> Finding:
        """Five rows per tap where the checkpoint looks, one per arm and tap elsewhere; one per arm that failed."""
        checkpoint = evidence.cell.seed is None
        rows: list[Row] = []
        if checkpoint:
            source, random = (self._read(evidence, model, control=True) for model in ("source", "random"))
            for model, reads in (("source", source), ("random", random)):
                rows += self._own(evidence, model, reads)
            rows += self._gaps(evidence, source, random)
        else:
            for arm in evidence.arms:
                rows += self._own(evidence, arm, self._read(evidence, arm, control=False))
        rows += [
            self._row(evidence, "probe_accuracy", arm, "", Measured(reason=why)) for arm, why in evidence.failed.items()
        ]
        return Finding(tuple(rows))

    def _read(self, evidence: Evidence, model: str, *, control: bool) -> dict[str, _Readout]:
        """What every tap tells; under the tap "" the reason why there is none."""
        try:
            train, test = evidence.view(model, "train"), evidence.view(model, "target")
        except NotAvailableError as error:
            return {"": _Readout(None, reason=str(error))}
        return {tap: _read(tap, train, test, control=control) for tap in test.features}

    def _own(self, evidence: Evidence, model: str, reads: Mapping[str, _Readout]) -> Iterator[Row]:
        """Accuracy at every tap, and selectivity where there is a control."""
        metrics = ("probe_accuracy", "probe_selectivity") if evidence.cell.seed is None else ("probe_accuracy",)
        for tap, read in reads.items():
            if read.right is None:
                yield from (self._row(evidence, metric, model, tap, Measured(reason=read.reason)) for metric in metrics)
                continue
            count, n = int(read.right.sum()), len(read.right)
            low, high = wilson(count, n)
            top1 = Measured(value=count / n, low=low, high=high, n=n)
            yield self._row(evidence, "probe_accuracy", model, tap, top1)
            if read.control is not None:
                yield self._row(evidence, "probe_selectivity", model, tap, _gap(read.right, read.control))

    def _gaps(
        self, evidence: Evidence, source: Mapping[str, _Readout], random: Mapping[str, _Readout]
    ) -> Iterator[Row]:
        missing = random.get("", _Readout(None, reason="the control has no such tap"))
        for tap, one in source.items():
            other = random.get(tap, missing)
            if one.right is None or other.right is None:
                found = Measured(reason=one.reason or other.reason)
            else:
                found = _gap(one.right, other.right)
            yield self._row(evidence, "probe_gap", "source", tap, found, versus="random")

    def _row(self, evidence: Evidence, metric: str, arm: str, tap: str, found: Measured, *, versus: str = "") -> Row:
        return found.row(evidence.cell, self.name, metric, arm=arm, tap=tap, versus=versus)


def _read(tap: str, train: View, test: View, *, control: bool) -> _Readout:
    x, held = train.features[tap], test.features[tap]
    try:
        if control:
            probe, shuffled = fit_with_control(x, train.labels)
            return _Readout(probe_right(probe, held, test.labels), probe_right(shuffled, held, test.labels))
        return _Readout(probe_right(fit_probe(x, train.labels), held, test.labels))
    except InputError as error:
        return _Readout(None, reason=f"{tap}: {error}")


def _gap(right: NDArray[np.bool_], other: NDArray[np.bool_]) -> Measured:
    """The paired difference of two accuracies."""
    found = image_interval(right[None], other[None])
    return Measured(value=found.difference, low=found.low, high=found.high, n=found.n)


PROBES.add(LinearProbe())
