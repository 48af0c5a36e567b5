"""Top-1 accuracy of every arm on the shifted test images, and every other score of the same answers."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import Evidence, Finding, Row, Scope, View, at_best
from shiftprobe.metrics import accuracy
from shiftprobe.metrics.calibration import softmax
from shiftprobe.metrics.scores import NAMES, SCORES, Outputs, ScoreName
from shiftprobe.metrics.scores.outputs import TOP, TWO
from shiftprobe.probes.base import PROBES
from shiftprobe.results.findings import CONFIDENCE, LIKELY, RANK


@dataclass(frozen=True, slots=True)
class AccuracyProbe:
    """Share of test images classified right, with the 95 % Wilson interval that the number of images leaves.

    `top1` judges an arm after its last epoch, which all arms share (the matched epoch), `top1_best` after the epoch
    that was best on the validation part. The interval is the test images' error alone; what another seed would give
    is seen across cells. Beside it stand the other scores of `metrics.scores` under their names, and with `_best`
    behind them: `balanced_accuracy`, `macro_f1`, `nll` (nats), `auroc` where there are two classes and `top5` where
    there are more than five. The arrays hold every answer: `labels` (N,), and for each arm its predicted classes (N,),
    under `confidence:<arm>` the probability that it gave them, (N,), fractions, under `log_likelihood:<arm>` the
    logarithm of the one that it gave the truth, (N,), nats, and under `rank:<arm>` how many classes it held for
    likelier than the truth, (N,).
    """

    name: str = "accuracy"
    about: str = "top-1 accuracy of each arm and other scores of its answers, with the test images' error"
    scope: Scope = "arms"

    def __call__(self, evidence: Evidence) -> Finding:
        """A row per arm and score; an arm that failed has the reason instead of a value."""
        arms = (*evidence.arms, *evidence.failed)
        models = [(arm, "", arm) for arm in arms]
        models += [(arm, "_best", at_best(arm)) for arm in arms if evidence.cell.seed is not None]
        scores = [one for one in NAMES if _given(one, len(evidence.classes))]
        rows: list[Row] = []
        answers: dict[str, NDArray[np.uint16] | NDArray[np.float32]] = {}
        for arm, ending, model in models:
            row = partial(Row, cell=evidence.cell, probe=self.name, arm=arm)
            units = {f"{name}{ending}": SCORES[name].unit for name in scores}
            try:
                view = evidence.view(model, "target")
            except NotAvailableError as error:
                reason = str(error)
                rows += [row(metric=metric, value=None, reason=reason, unit=unit) for metric, unit in units.items()]
                continue
            outputs = Outputs.of_logits(view.logits, view.labels)
            answers |= _kept(model, view, outputs)
            found = _measured(outputs, scores)
            rows += [
                row(metric=metric, value=value, low=low, high=high, n=n, unit=unit)
                for (metric, unit), (value, low, high, n) in zip(units.items(), found, strict=True)
            ]
        return Finding(tuple(rows), answers)


def _given(name: ScoreName, classes: int) -> bool:
    """Whether a head of so many classes can give a score."""
    return {"auroc": classes == TWO, "top5": classes > TOP}.get(name, True)


def _kept(model: str, view: View, outputs: Outputs) -> dict[str, NDArray[np.uint16] | NDArray[np.float32]]:
    ranks = {} if outputs.ranks is None else {RANK + model: _small(outputs.ranks)}
    return {
        model: _small(outputs.answers),
        **ranks,
        CONFIDENCE + model: softmax(view.logits).max(axis=1).astype(np.float32),
        LIKELY + model: outputs.likely.astype(np.float32),
        "labels": _small(view.labels),
    }


def _measured(outputs: Outputs, scores: list[ScoreName]) -> Iterator[tuple[float, float | None, float | None, int]]:
    """Value, both ends and images of each score; an end at infinity is none."""
    for name in scores:
        if name == "top1":
            yield accuracy(outputs.labels, outputs.answers)
            continue
        one = SCORES[name].measure(outputs)
        yield one.value, one.low, one.high if np.isfinite(one.high) else None, one.n


def _small(classes: NDArray[np.int64]) -> NDArray[np.uint16]:
    """Class numbers in two bytes each: every image of every cell is kept."""
    return classes.astype(np.uint16)


PROBES.add(AccuracyProbe())
