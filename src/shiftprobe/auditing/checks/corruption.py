"""mCE: the errors under all shifts beside those of a reference network on the same shifts and severities."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.checks.base import QUESTIONS, Question, begun
from shiftprobe.auditing.checks.bounded import decided
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.model import Part
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.escape import escape
from shiftprobe.core.types import Condition
from shiftprobe.metrics import mean_corruption_error, mean_interval
from shiftprobe.stats.image_spread import image_spread


def corruption_error(evidence: AuditEvidence) -> Part:
    """The mCE of Hendrycks and Dietterich, 2019, arXiv:1903.12261, with the interval that the images leave.

    With the reference's errors fixed it is a mean over images: of each image's errors, weighted by one over the
    reference's errors under that shift.
    """
    rule, doses = evidence.policy.corruption_error, evidence.policy.doses
    if rule.reference is None:
        raise NotAvailableError("the policy names no reference errors (corruption_error.reference)")
    wrong = {
        shift: [~evidence.dial[Condition(shift, dose)].right(evidence.labels) for dose in doses]
        for shift in rule.reference
    }
    errors = {shift: [float(row.mean()) for row in rows] for shift, rows in wrong.items()}
    value = mean_corruption_error(errors, rule.reference)
    each = np.mean([np.sum(rows, axis=0) / np.sum(rule.reference[shift]) for shift, rows in wrong.items()], axis=0)
    most = float(np.mean([len(doses) / np.sum(rule.reference[shift]) for shift in wrong]))
    ends, groups = _interval(each, most, evidence), evidence.data.draws
    within = "" if groups is None else f" in {groups:,} groups"
    said = (
        f"mCE over {len(wrong)} shift{'s' if len(wrong) > 1 else ''} is {value:.2f} of the reference's "
        f"({100 * evidence.policy.confidence:g} % interval {ends[0]:.2f} to {ends[1]:.2f}, n = {len(each):,}{within}), "
        f"most errors under {escape(max(errors, key=lambda shift: float(np.sum(errors[shift]))))}"
    )
    check = replace(begun("corruption_error", "mCE against the reference", evidence="#dials"), unit="ratio")
    numbers = (value, *ends, len(each))
    return Part(checks=(decided(check, rule, numbers, ("at most", rule.at_most), said, groups=groups),))


def _interval(each: NDArray[np.float64], most: float, evidence: AuditEvidence) -> tuple[float, float]:
    """A t interval with two made-up images always right and two always wrong, so that no errors are no certainty.

    Of groups of images it is the t interval over groups, with one made-up group of either kind.

    Reference: Agresti and Coull, 1998, The American Statistician 52(2).
    """
    confidence, clusters = evidence.policy.confidence, evidence.data.clusters
    mean = float(each.mean())
    if clusters is None:
        _, low, high = mean_interval([*each, 0.0, 0.0, most, most], confidence)
    elif evidence.data.draws == 1:
        low, high = None, None
    else:
        spread = image_spread(np.clip(each - most / 2, -most / 2, most / 2), groups=clusters, widest=most / 2)
        low, high = (end + most / 2 for end in spread.ends(confidence))
    return (0.0, most) if low is None or high is None else (max(0.0, min(low, mean)), max(high, mean))


QUESTIONS.add(
    Question(
        name="corruption_error",
        title="mCE against a reference",
        section="dials",
        ask=corruption_error,
        counts_groups=True,
    )
)
