"""Top-1 accuracy of every arm on the shifted test images."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import Evidence, Finding, Row, Scope, at_best
from shiftprobe.metrics import accuracy
from shiftprobe.metrics.calibration import softmax
from shiftprobe.probes.base import PROBES
from shiftprobe.results.findings import CONFIDENCE


@dataclass(frozen=True, slots=True)
class AccuracyProbe:
    """Share of test images classified right, with the 95 % Wilson interval that the number of images leaves.

    `top1` judges an arm after its last epoch, which all arms share (the matched epoch), `top1_best` after the epoch
    that was best on the validation part. The interval is the test images' error alone; what another seed would give
    is seen across cells. The arrays hold every answer: `labels` (N,), and for each arm its predicted classes (N,) and
    under `confidence:<arm>` the probability that it gave them, (N,), fractions.
    """

    name: str = "accuracy"
    about: str = "top-1 accuracy of each arm, with the test images' error"
    scope: Scope = "arms"

    def __call__(self, evidence: Evidence) -> Finding:
        """A row per arm and metric; an arm that failed has the reason instead of a value."""
        arms = (*evidence.arms, *evidence.failed)
        models = [(arm, "top1", arm) for arm in arms]
        models += [(arm, "top1_best", at_best(arm)) for arm in arms if evidence.cell.seed is not None]
        rows: list[Row] = []
        answers: dict[str, NDArray[np.uint16] | NDArray[np.float32]] = {}
        for arm, metric, model in models:
            row = partial(Row, cell=evidence.cell, probe=self.name, metric=metric, arm=arm)
            try:
                view = evidence.view(model, "target")
            except NotAvailableError as error:
                rows.append(row(value=None, reason=str(error)))
                continue
            answers[model] = _small(view.logits.argmax(axis=1))
            answers[CONFIDENCE + model] = softmax(view.logits).max(axis=1).astype(np.float32)
            answers["labels"] = _small(view.labels)
            value, low, high, n = accuracy(view.labels, view.logits.argmax(axis=1))
            rows.append(row(value=value, low=low, high=high, n=n))
        return Finding(tuple(rows), answers)


def _small(classes: NDArray[np.int64]) -> NDArray[np.uint16]:
    """Class numbers in two bytes each: every image of every cell is kept."""
    return classes.astype(np.uint16)


PROBES.add(AccuracyProbe())
