"""What a linear reader can still get out of the checkpoint's features, tap by tap."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from shiftprobe.metrics import ridge_probe
from shiftprobe.probes.base import PROBES
from shiftprobe.types import Evidence, Finding, Row, Scope, View


@dataclass(frozen=True, slots=True)
class LinearProbe:
    """A ridge classifier per tap, trained on the target's labelled images, with a never-trained network as control.

    Accuracy on the shifted test images. Only what lies above the control was learnt on the source: random
    convolutions are good features too.

    Reference: Alain and Bengio, 2016, arXiv:1610.01644; control: Hewitt and Liang, 2019, arXiv:1909.03368.
    """

    name: str = "linear"
    about: str = "linear readout of the checkpoint's features at every tap, against random features"
    scope: Scope = "checkpoint"

    def __call__(self, evidence: Evidence) -> Finding:
        """Two rows per tap: the source and the control."""
        return Finding(tuple(row for model in ("source", "random") for row in self._rows(evidence, model)))

    def _rows(self, evidence: Evidence, model: str) -> list[Row]:
        train, test = evidence.view(model, "train"), evidence.view(model, "target")
        return [self._row(evidence, model, tap, train, test) for tap in test.features]

    def _row(self, evidence: Evidence, model: str, tap: str, train: View, test: View) -> Row:
        place: dict[str, Any] = {"cell": evidence.cell, "probe": self.name, "arm": model, "tap": tap}
        place["metric"] = "probe_accuracy"
        if not np.ptp(train.features[tap], axis=0).any():
            return Row(**place, value=None, reason=f"{tap}: every training image has the same features")
        try:
            score = ridge_probe(train.features[tap], train.labels, test.features[tap], test.labels)
        except ValueError as error:
            return Row(**place, value=None, reason=f"{tap}: {error}")
        return Row(**place, value=score.accuracy, low=score.low, high=score.high, n=score.n)


PROBES.add(LinearProbe())
