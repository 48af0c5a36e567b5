"""Scores that guess, without any training, how well the checkpoint suits the target."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import PENULTIMATE, Evidence, Finding, Row, Scope, View
from shiftprobe.metrics import InputError, h_score, leep, log_me, nce, softmax
from shiftprobe.probes.base import PROBES

Measure = Callable[[View], float]


def _log_me(view: View) -> float:
    return log_me(view.features[PENULTIMATE], view.labels)


def _h_score(view: View) -> float:
    return h_score(view.features[PENULTIMATE], view.labels)


def _leep(view: View) -> float:
    return leep(softmax(view.logits), view.labels)


def _nce(view: View) -> float:
    return nce(np.asarray(view.logits.argmax(axis=1)), view.labels)


MEASURES: tuple[tuple[str, str, str, Measure], ...] = (
    ("source", "logme", PENULTIMATE, _log_me),
    ("source", "h_score", PENULTIMATE, _h_score),
    ("source", "leep", "", _leep),
    ("source", "nce", "", _nce),
    ("random", "logme", PENULTIMATE, _log_me),
    ("random", "h_score", PENULTIMATE, _h_score),
)
"""Model, metric, tap and how it is measured; what answers are worth is asked of a trained head only."""


@dataclass(frozen=True, slots=True)
class TransferabilityProbe:
    """LogME and H-score of the features that the head reads, LEEP and NCE of the source's answers; larger is better.

    All on the target's labelled training images after the shift. Rough: they rank checkpoints for one target and do
    not predict accuracy. A never-trained network's features stand beside as control.

    Reference: You et al., 2021, arXiv:2102.11005 (LogME); Bao et al., 2019, ICIP (H-score); Nguyen et al., 2020,
        arXiv:2002.12462 (LEEP); Tran et al., 2019, arXiv:1908.08142 (NCE).
    """

    name: str = "transferability"
    about: str = "rough scores that rank checkpoints for a target without training (LogME, H-score, LEEP, NCE)"
    scope: Scope = "checkpoint"

    def __call__(self, evidence: Evidence) -> Finding:
        """Six rows."""
        return Finding(tuple(self._row(evidence, *measure) for measure in MEASURES))

    def _row(self, evidence: Evidence, model: str, metric: str, tap: str, measure: Measure) -> Row:
        value, reason, n = None, "", None
        try:
            view = evidence.view(model, "train")
            value, n = measure(view), len(view.labels)
        except NotAvailableError as error:
            reason = str(error)
        except InputError as error:
            reason = f"{tap}: {error}" if tap else str(error)
        return Row(
            cell=evidence.cell, probe=self.name, metric=metric, value=value, reason=reason,
            n=n, unit="score", arm=model, tap=tap,
        )  # fmt: skip


PROBES.add(TransferabilityProbe())
