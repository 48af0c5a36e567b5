"""Which confidence to ask for so that the answers kept are seldom wrong, and how many images that turns away."""

from dataclasses import replace

from shiftprobe.auditing.checks.base import QUESTIONS, Question, begun, interval, unanswered
from shiftprobe.auditing.checks.bounded import decided
from shiftprobe.auditing.errors_left import errors_left, kept, told
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import RejectionCurve
from shiftprobe.auditing.model import Measurements, Part
from shiftprobe.core.words import percent
from shiftprobe.metrics import RiskCoverage, Selective, clopper_pearson, rejecting, risk_coverage, softmax
from shiftprobe.stats import grouped_gate
from shiftprobe.stats.grouped_rejecting import grouped_rejecting

POINTS = 200  # of the curve that the page draws
HOW_TO_FIX = "ask for a person where the checkpoint is less sure than the threshold, or raise its accuracy"


def rejection(evidence: AuditEvidence) -> Part:
    """The share turned away by the threshold that keeps the error under the policy's, with a guarantee."""
    rule, confidence = evidence.policy.risk_coverage, evidence.policy.confidence
    sure, right = softmax(evidence.clean.logits).max(axis=1), evidence.clean.right(evidence.labels)
    curve, groups, clusters = risk_coverage(sure, right), evidence.data.draws, evidence.data.clusters
    if clusters is None:
        found = rejecting(sure, right, rule.error, confidence)
    else:
        found = grouped_rejecting(sure, right, clusters, rule.error, confidence)
    made = _shown(curve, found, rule.error)
    if found.rejected is None or found.threshold is None:
        return Part(checks=(unanswered(rule, QUESTION, found.reason),), shown=Measurements(risk_coverage=made))
    left = errors_left(evidence, found.threshold)
    made = replace(made, target=left.target, dials=left.dials)
    away = sure <= found.threshold
    low, high = (
        clopper_pearson(int(away.sum()), found.n, confidence)
        if clusters is None
        else grouped_gate(away, clusters, rule.reject_at_most, confidence)[1:3]
    )
    said = (
        f"an error of at most {percent(rule.error)} is kept ({100 * confidence:g} % sure) by answering only "
        f"where the checkpoint is surer than {found.threshold:.3f}, which turns away {percent(found.rejected)} of the "
        f"images ({interval(low, high, found.n, confidence, groups)})"
    )
    check = begun(
        "risk_coverage", f"images turned away for an error of {percent(rule.error)}", evidence="#risk", fix=HOW_TO_FIX
    )
    numbers = (found.rejected, low, high, found.n)
    check = decided(check, rule, numbers, ("at most", rule.reject_at_most), said, groups=groups)
    check = replace(check, reason=f"{check.reason}{told(left, rule.error)}")
    return Part(checks=(check, *kept(evidence, left)), shown=Measurements(risk_coverage=made))


def _shown(curve: RiskCoverage, found: Selective, error: float) -> RejectionCurve:
    step = max(1, len(curve.coverage) // POINTS)
    places = sorted({*range(0, len(curve.coverage), step), len(curve.coverage) - 1})
    return RejectionCurve(
        coverage=tuple(curve.coverage[places].tolist()),
        risk=tuple(curve.risk[places].tolist()),
        aurc=curve.aurc,
        threshold=found.threshold,
        rejected=found.rejected,
        rejected_low=found.low,
        rejected_high=found.high,
        error=error,
        n=found.n,
        reason=found.reason,
    )


QUESTION = QUESTIONS.add(
    Question(name="risk_coverage", title="images turned away", section="risk", ask=rejection, counts_groups=True)
)
