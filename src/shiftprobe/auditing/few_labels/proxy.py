"""How likely each answer on the target is right, as far as is known without a label from there."""

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.types import Predictions
from shiftprobe.core.types import UNSHIFTED
from shiftprobe.metrics import softmax
from shiftprobe.stats.recalibration import confidence_line, log_odds

Vector = NDArray[np.float64]


def proxy_of(evidence: AuditEvidence) -> Vector:
    """(N,) the target's confidences, mended on labelled images as they are and under every shift of the policy.

    Raises:
        ValueError: when there is no target; callers have one.
    """
    if evidence.on_target is None:
        raise ValueError("a proxy needs answers on a target")
    odds, right = [_odds(evidence.clean)], [evidence.clean.right(evidence.labels)]
    for condition, seen in evidence.dial.items():
        if condition != UNSHIFTED:
            odds.append(_odds(seen))
            right.append(evidence.right(condition))
    line = confidence_line(np.concatenate(odds), np.concatenate(right))
    return line(_odds(evidence.on_target))


def _odds(seen: Predictions) -> Vector:
    return log_odds(softmax(seen.logits).max(axis=1))
