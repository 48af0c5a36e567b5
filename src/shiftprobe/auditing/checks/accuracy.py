"""Top-1 accuracy on the user's own labelled images."""

from shiftprobe.auditing.checks.base import QUESTIONS, Question, begun
from shiftprobe.auditing.checks.gated import held, share_checks
from shiftprobe.auditing.evidence import AuditEvidence, Subject
from shiftprobe.auditing.model import Part
from shiftprobe.core.escape import escape

HOW_TO_FIX = (
    "look at the confusions and the surest wrong answers first; if preprocessing and class order are right, "
    "train on images like these"
)

GUESSED = "nobody said how images were prepared when it was trained: give --mean, --std and --size as they were then"
PREPARED = ("mean", "std", "size")  # what tells a preprocessing whole


def accuracy(evidence: AuditEvidence) -> Part:
    """The share of images whose top answer is their label, as an exact binomial gate."""
    rule, right = evidence.policy.accuracy, evidence.clean.right(evidence.labels)
    found = held(right, evidence.data, rule.at_least, evidence.policy.confidence)
    title = f"accuracy on {escape(evidence.data.name)}"
    fix = "; ".join(filter(None, (guessed(evidence.subject), HOW_TO_FIX)))
    return Part(
        checks=share_checks(evidence.policy, rule, [(begun("accuracy", title, evidence="#classes", fix=fix), found)])
    )


def guessed(subject: Subject) -> str:
    """What of the preprocessing was guessed, and how to say it; empty where nothing was."""
    named = [f"--{key}" for key in PREPARED if key in subject.preprocess_given]
    unsaid = [f"--{key}" for key in PREPARED if key not in subject.preprocess_given]
    if not subject.preprocess_guessed or not unsaid:
        return ""
    if not named:
        return GUESSED
    said, more = " and ".join(named), " and ".join(unsaid)
    return f"{said} {'is' if len(named) == 1 else 'are'} as given, the rest is a guess: give {more} too"


QUESTIONS.add(
    Question(name="accuracy", title="accuracy on the data", section="classes", ask=accuracy, counts_groups=True)
)
