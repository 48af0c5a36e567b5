"""Whether each arm is as often right as it says."""

from dataclasses import dataclass
from typing import Any

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import Evidence, Finding, Row, Scope, View
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
        rows, arrays = [], {}
        for arm in (*evidence.arms, *evidence.failed):
            try:
                view = evidence.view(arm, "target")
            except NotAvailableError as error:
                found: dict[str, dict[str, Any]] = {metric: {"value": None, "reason": str(error)} for metric in UNITS}
            else:
                found = _measures(view)
                arrays[f"{arm}_bins"] = confidence_bins(view.logits, view.labels)
            for metric, fields in found.items():
                place: dict[str, Any] = {"cell": evidence.cell, "probe": self.name, "metric": metric, "arm": arm}
                rows.append(Row(**place, **fields, unit=UNITS[metric]))
        return Finding(tuple(rows), arrays)


def _measures(view: View) -> dict[str, dict[str, Any]]:
    """The fields of each metric's row."""
    logits, labels = view.logits, view.labels
    value, low, high, n = overconfidence(logits, labels)
    return {
        "ece": {"value": calibration_error(logits, labels), "n": n},
        "brier": {"value": brier_score(logits, labels), "n": n},
        "nll": {"value": negative_log_likelihood(logits, labels), "n": n},
        "confidence": {"value": mean_confidence(logits), "n": n},
        "overconfidence": {"value": value, "low": low, "high": high, "n": n},
    }


PROBES.add(CalibrationProbe())
