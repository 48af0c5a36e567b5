"""Temperature scaling: one number that makes confidence honest and moves no answer."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.checks.base import interval
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import Repair
from shiftprobe.auditing.paired import gap_fall
from shiftprobe.auditing.repairs.base import REPAIRS, RepairMethod, RepairSite, unjudged
from shiftprobe.auditing.repairs.judged import home, there
from shiftprobe.core import seeding
from shiftprobe.core.words import percent
from shiftprobe.metrics import calibration_error, softmax
from shiftprobe.metrics import temperature as fitted
from shiftprobe.repairs.halving import halves

TITLE = "temperature scaling"
METRIC = "calibration gap"  # |mean confidence - accuracy|: the ECE of one bin. Of many bins it has no honest interval


def temperature(evidence: AuditEvidence, site: RepairSite) -> Repair:
    """Each half of the images scaled by the temperature of the other half; free, the logits are there already.

    The interval is of the calibration gap. The ECE of 15 bins is told beside it without one: it is biased upwards by
    as much as a good network has, and no bootstrap of it covers (docs/audit-repairs.md).

    Raises:
        InputError: when no temperature is best.

    Reference: Guo, Pleiss, Sun and Weinberger, 2017, arXiv:1706.04599.
    """
    repair = METHOD.begun(site)
    labels, logits, confidence = site.labels, site.predictions.logits, evidence.policy.confidence
    if labels is None or unjudged(site):
        return replace(repair, reason=unjudged(site))
    n = len(labels)
    scaled = cross_scaled(logits, labels, evidence.policy.seed)
    before, after = _gaps(logits, labels), _gaps(scaled, labels)
    fall, low, high = gap_fall(before, after, confidence)
    ends = f"from {percent(abs(before.mean()))} to {percent(abs(after.mean()))}"
    verb = f"narrows the gap between confidence and accuracy {ends}" if low > 0 else (
        f"is not shown to help: the gap between confidence and accuracy goes {ends}"
    )  # fmt: skip
    errors = " to ".join(percent(calibration_error(one, labels)) for one in (logits, scaled))
    said = (
        f"{TITLE} (logits divided by {fitted(logits, labels):.2f}) {verb} (by {100 * fall:.1f} points, "
        f"{interval(low, high, n, confidence)}), ECE from {errors}; it moves no answer and needs "
        f"{n // 2:,} labelled images"
    )
    repair = _with_home(repair, evidence, site)
    return replace(
        repair,
        what=said,
        before=float(abs(before.mean())),
        after=float(abs(after.mean())),
        gain=fall,
        low=low,
        high=high,
        n=n,
        labels=n // 2,
    )


def _with_home(repair: Repair, evidence: AuditEvidence, site: RepairSite) -> Repair:
    """The same with what the temperatures of that place do to the gap at home."""
    images, clean = there(evidence, site), home(evidence, site)
    if images is None or clean is None:
        return repair
    scaled = np.empty_like(clean.now.logits)
    for half in (0, 1):
        fits, judges = images.halves[half], clean.halves[1 - half]
        scaled[judges] = clean.now.logits[judges] / fitted(images.now.logits[fits], images.labels[fits])
    gaps = [_gaps(one, clean.labels) for one in (clean.now.logits, scaled)]
    fall, low, high = gap_fall(gaps[0], gaps[1], evidence.policy.confidence)
    return replace(repair, home_gain=fall, home_low=low, home_high=high, home_n=len(scaled))


def cross_scaled(logits: NDArray[np.float32], labels: NDArray[np.int64], seed: int) -> NDArray[np.float32]:
    """(N, C) logits, each half divided by the temperature that suits the other."""
    scaled = np.empty_like(logits)
    first, second = halves(labels, seeding.generator(seed, "repair temperature", len(labels)))
    for fits, judges in ((first, second), (second, first)):
        scaled[judges] = logits[judges] / fitted(logits[fits], labels[fits])
    return scaled


def _gaps(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """(N,) confidence less right."""
    return np.asarray(softmax(logits).max(axis=1) - (logits.argmax(axis=1) == labels))


METHOD = REPAIRS.add(RepairMethod(name="temperature", title=TITLE, metric=METRIC, rank=3, attempt=temperature))
