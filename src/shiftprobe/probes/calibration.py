"""Whether each arm is as often right as it says."""

from dataclasses import dataclass
from functools import partial

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import Evidence, Finding, Row, Scope
from shiftprobe.metrics import (
    brier_score,
    calibration_error,
    confidence_bins,
    mean_confidence,
    negative_log_likelihood,
    overconfidence,
)
from shiftprobe.probes.base import PROBES

UNITS = {"ece": "fraction", "brier": "score", "nll": "nats", "confidence": "fraction", "overconfidence": "fraction"}


@dataclass(frozen=True, slots=True)
class CalibrationProbe:
    """Confidence against accuracy of each arm after its last epoch, on the shifted test images.

    `ece` is Guo's expected calibration error of the top answer over 15 bins of equal width, biased upwards on few
    images; `brier` lies in [0, 2]; `nll` is the negative log likelihood; `overconfidence` is mean confidence less
    accuracy, with its 95 % interval over test images. The array `<arm>_bins` (15, 3) holds per bin the images, the
    sum of their confidence, and how many of them are right.

    Reference: Guo et al., 2017, arXiv:1706.04599; Brier, 1950, Monthly Weather Review 78(1).
    """

    name: str = "calibration"
    about: str = "is each arm as often right as it says: calibration error, Brier score, likelihood"
    scope: Scope = "arms"

    def __call__(self, evidence: Evidence) -> Finding:
        """Five rows per arm; an arm that failed has the reason in each of them."""
        rows: list[Row] = []
        arrays = {}
        for arm in (*evidence.arms, *evidence.failed):
            row = partial(Row, cell=evidence.cell, probe=self.name, arm=arm)
            try:
                view = evidence.view(arm, "target")
            except NotAvailableError as error:
                rows += [row(metric=metric, value=None, reason=str(error), unit=unit) for metric, unit in UNITS.items()]
                continue
            logits, labels = view.logits, view.labels
            arrays[f"{arm}_bins"] = confidence_bins(logits, labels)
            value, low, high, n = overconfidence(logits, labels)
            measured = {
                "ece": calibration_error(logits, labels),
                "brier": brier_score(logits, labels),
                "nll": negative_log_likelihood(logits, labels),
                "confidence": mean_confidence(logits),
            }
            rows += [row(metric=metric, value=one, n=n, unit=UNITS[metric]) for metric, one in measured.items()]
            rows.append(row(metric="overconfidence", value=value, low=low, high=high, n=n))
        return Finding(tuple(rows), arrays)


PROBES.add(CalibrationProbe())
