"""mCE: the errors under all shifts beside those of a reference network on the same shifts and severities."""

import numpy as np

from shiftprobe.auditing.checks.base import QUESTIONS, Question, begun
from shiftprobe.auditing.checks.bounded import decided
from shiftprobe.auditing.evidence import Evidence
from shiftprobe.auditing.types import Part
from shiftprobe.errors import NotAvailableError
from shiftprobe.metrics import mean_corruption_error, mean_interval
from shiftprobe.show import show


def corruption_error(evidence: Evidence) -> Part:
    """The mCE of Hendrycks and Dietterich, 2019, arXiv:1903.12261, with the interval that the images leave.

    With the reference's errors fixed it is a mean over images: of each image's errors, weighted by one over the
    reference's errors under that shift.
    """
    rule, doses = evidence.policy.corruption_error, evidence.policy.doses
    if rule.reference is None:
        raise NotAvailableError("the policy names no reference errors (corruption_error.reference)")
    wrong = {shift: [~evidence.dial[shift, s].right(evidence.labels) for s in doses] for shift in rule.reference}
    errors = {shift: [float(row.mean()) for row in rows] for shift, rows in wrong.items()}
    value = mean_corruption_error(errors, rule.reference)
    each = np.mean([np.sum(rows, axis=0) / np.sum(rule.reference[shift]) for shift, rows in wrong.items()], axis=0)
    _, low, high = mean_interval(each, evidence.policy.confidence)
    ends = (value if low is None else max(0.0, low), value if high is None else high)
    said = (
        f"mCE over {len(wrong)} shifts is {value:.2f} (interval {ends[0]:.2f} to {ends[1]:.2f}, n = {len(each):,}) of "
        f"the reference's, worst under {show(max(errors, key=lambda shift: float(np.sum(errors[shift]))))}"
    )
    check = begun("corruption_error", "mCE against the reference", evidence="#dials")
    return Part(checks=(decided(check, rule, (value, *ends, len(each)), ("at most", rule.at_most), said),))


QUESTIONS.add(Question(name="corruption_error", title="mCE against a reference", ask=corruption_error))
