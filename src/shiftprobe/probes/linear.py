"""What a linear reader can still get out of features, tap by tap."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import RANDOM_DRAWS, Evidence, Features, Finding, Row, Scope, View
from shiftprobe.metrics import InputError, fit_probe, fit_with_control, probe_right, wilson
from shiftprobe.probes.base import PROBES, Amount, Measured, Price, features_of_arms
from shiftprobe.stats.images import gap_interval
from shiftprobe.stats.prediction import prediction_half


class _Readout(NamedTuple):
    """Which test images a probe gets right at a tap; None with the reason."""

    right: NDArray[np.bool_] | None
    control: NDArray[np.bool_] | None = None  # of the probe whose training labels were shuffled
    reason: str = ""
    constant: float | None = None  # share of the tap's units that are the same on every test image
    n: int = 0  # test images


_Reads = Mapping[str, _Readout]  # by tap; under the tap "" the reason why there is none


@dataclass(frozen=True, slots=True)
class LinearProbe:
    """A ridge classifier per tap, trained on the target's labelled images and judged on its shifted test images.

    In a cell of the checkpoint it reads the source and, as a control, five draws of the same network never trained:
    `probe_accuracy` of both, `probe_selectivity` (less the accuracy of a probe whose training labels were shuffled),
    `constant_units` (the share of units that are the same on every test image) and `probe_gap` (source less the mean of
    the draws on the same images). Only what lies above the control was learnt on the source: random convolutions are
    good features too. In the other cells it reads every arm after its training.

    Intervals, 95 %: the test images' error (Wilson; of differences adjusted Wald, Bonett and Price). Where random draws
    take part, theirs joins in quadrature: the t prediction interval of a further draw (`prediction_half`), so that a
    gap whose low end lies above 0 is more than another random network would have. `random_draws`: how many there were.

    Reference: Alain and Bengio, 2016, arXiv:1610.01644; controls: Hewitt and Liang, 2019, arXiv:1909.03368; interval
        of paired shares: Bonett and Price, 2012, Journal of Educational and Behavioral Statistics 37(4).
    """

    name: str = "linear"
    about: str = "linear readout at every tap: the checkpoint against five random networks, and each arm after training"
    scope: Scope = "cells"

    def cost(self, amount: Amount) -> Price:
        """Features of the arms, and of all random networks but the first, which other probes look at too."""
        further = (len(RANDOM_DRAWS) - 1) * (amount.test + amount.budget) * amount.looks
        return Price(passes=further, shared=features_of_arms(amount))

    def __call__(self, evidence: Evidence) -> Finding:
        """Seven rows per tap where the checkpoint looks, one per arm and tap elsewhere; one per arm that failed."""
        rows: list[Row] = []
        if evidence.cell.seed is None:
            rows += self._checkpoint(evidence)
        else:
            for arm in evidence.arms:
                rows += self._own(evidence, arm, [self._read(evidence, arm, control=False)])
        rows += [
            self._row(evidence, "probe_accuracy", arm, "", Measured(reason=why)) for arm, why in evidence.failed.items()
        ]
        return Finding(tuple(rows))

    def _checkpoint(self, evidence: Evidence) -> Iterator[Row]:
        source = self._read(evidence, "source", control=True)
        draws = [self._read(evidence, draw, control=True) for draw in RANDOM_DRAWS]
        there = [draw for draw in draws if "" not in draw] or draws[:1]
        yield from self._own(evidence, "source", [source])
        yield from self._own(evidence, "random", there)
        yield from self._gaps(evidence, source, there)
        if "" not in there[0]:
            count = Measured(value=float(len(there)))
            yield count.row(evidence.cell, self.name, "random_draws", arm="random", unit="networks")

    def _read(self, evidence: Evidence, model: str, *, control: bool) -> dict[str, _Readout]:
        """What every tap tells; under the tap "" the reason why there is none."""
        try:
            train, test = evidence.view(model, "train"), evidence.view(model, "target")
        except NotAvailableError as error:
            return {"": _Readout(None, reason=str(error))}
        return {tap: _read(tap, train, test, control=control) for tap in test.features}

    def _own(self, evidence: Evidence, model: str, reads: Sequence[_Reads]) -> Iterator[Row]:
        """Accuracy at every tap of a network, or the mean of several; where there is a control, more."""
        checkpoint = evidence.cell.seed is None
        for tap in reads[0]:
            here = [one[tap] for one in reads if tap in one]
            known = [one for one in here if one.right is not None]
            reason = next((one.reason for one in here if one.right is None), "")
            for metric, measure in (_OF_CHECKPOINT if checkpoint else _OF_ARMS).items():
                found = measure(known) if known else Measured(reason=reason)
                yield self._row(evidence, metric, model, tap, found)
            if checkpoint and here[0].constant is not None:
                yield self._row(evidence, "constant_units", model, tap, _constant(here))

    def _gaps(self, evidence: Evidence, source: _Reads, draws: Sequence[_Reads]) -> Iterator[Row]:
        missing = draws[0].get("", _Readout(None, reason="the control has no such tap"))
        for tap, one in source.items():
            others = [draw.get(tap, missing) for draw in draws]
            known = [other.right for other in others if other.right is not None]
            if one.right is None or not known:
                found = Measured(reason=one.reason or others[0].reason)
            else:
                found = _gap([one.right - right.astype(float) for right in known])
            yield self._row(evidence, "probe_gap", "source", tap, found, versus="random")

    def _row(self, evidence: Evidence, metric: str, arm: str, tap: str, found: Measured, *, versus: str = "") -> Row:
        return found.row(evidence.cell, self.name, metric, arm=arm, tap=tap, versus=versus)


def _read(tap: str, train: View, test: View, *, control: bool) -> _Readout:
    x, held = train.features[tap], test.features[tap]
    constant, n = _unchanging(held), len(held)
    try:
        if control:
            probe, shuffled = fit_with_control(x, train.labels)
            right, wrong = (probe_right(one, held, test.labels) for one in (probe, shuffled))
            return _Readout(right, wrong, constant=constant, n=n)
        return _Readout(probe_right(fit_probe(x, train.labels), held, test.labels), constant=constant, n=n)
    except InputError as error:
        return _Readout(None, reason=f"{tap}: {error}", constant=constant, n=n)


def _unchanging(features: Features) -> float:
    """The share of units that are the same on every image."""
    return float((features == features[:1]).all(axis=0).mean())


def _accuracy(reads: Iterable[_Readout]) -> Measured:
    """Of a network, or the mean of several draws."""
    right = np.stack([one.right for one in reads if one.right is not None])
    n, each = right.shape[1], right.mean(axis=1)
    value = float(each.mean())
    low, high = wilson(round(value * n), n)
    return _wider(Measured(value=value, low=low, high=high, n=n), each.tolist(), least=0.0)


def _selectivity(reads: Iterable[_Readout]) -> Measured:
    known = [(one.right, one.control) for one in reads]
    return _gap(
        [right - control.astype(float) for right, control in known if right is not None and control is not None]
    )


def _constant(reads: Sequence[_Readout]) -> Measured:
    """The share of constant units; a count has no error of images, and several draws have that of a further one."""
    shares = [one.constant for one in reads if one.constant is not None]
    value = float(np.mean(shares))
    return _wider(Measured(value=value, low=value, high=value, n=reads[0].n), shares, least=0.0)


def _gap(gaps: Sequence[NDArray[np.float64]]) -> Measured:
    """The paired difference of two accuracies on the same images, or its mean over several draws."""
    found = gap_interval(np.mean(gaps, axis=0))
    plain = Measured(value=found.difference, low=found.low, high=found.high, n=found.n)
    return _wider(plain, [float(one.mean()) for one in gaps], least=-1.0)


def _wider(found: Measured, draws: Sequence[float], *, least: float) -> Measured:
    """With what a further draw may differ by, in quadrature to what the test images leave open."""
    half = prediction_half(draws)
    if not half or found.value is None or found.low is None or found.high is None:
        return found
    low, high = found.value - hypot(found.value - found.low, half), found.value + hypot(found.high - found.value, half)
    return Measured(value=found.value, low=max(least, low), high=min(1.0, high), n=found.n)


_OF_ARMS: Mapping[str, Callable[[Iterable[_Readout]], Measured]] = {"probe_accuracy": _accuracy}
_OF_CHECKPOINT = {**_OF_ARMS, "probe_selectivity": _selectivity}

PROBES.add(LinearProbe())
