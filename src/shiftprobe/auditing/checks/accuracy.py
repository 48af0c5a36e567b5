"""Top-1 accuracy on the user's own labelled images."""

from shiftprobe.auditing.checks.base import QUESTIONS, Question, begun
from shiftprobe.auditing.checks.gated import share_checks
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.model import Part
from shiftprobe.core.escape import escape
from shiftprobe.stats import gate

HOW_TO_FIX = (
    "look at the confusions and the surest wrong answers first; if preprocessing and class order are right, "
    "train on images like these"
)

GUESSED = "nobody said how images were prepared when it was trained: give --mean, --std and --size as they were then"


def accuracy(evidence: AuditEvidence) -> Part:
    """The share of images whose top answer is their label, as an exact binomial gate."""
    rule, right = evidence.policy.accuracy, evidence.clean.right(evidence.labels)
    found = gate(int(right.sum()), len(right), rule.at_least, evidence.policy.confidence)
    title = f"accuracy on {escape(evidence.data.name)}"
    fix = f"{GUESSED}; {HOW_TO_FIX}" if evidence.subject.preprocess_guessed else HOW_TO_FIX
    return Part(
        checks=share_checks(evidence.policy, rule, [(begun("accuracy", title, evidence="#classes", fix=fix), found)])
    )


QUESTIONS.add(Question(name="accuracy", title="accuracy on the data", section="classes", ask=accuracy))
