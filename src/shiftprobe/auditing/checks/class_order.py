"""Do the outputs mean what they are called? The best one-to-one renaming, found on one half and judged on the other."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.checks.base import QUESTIONS, Question, begun, interval, settled
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import ClassOrder, RenamedOutput
from shiftprobe.auditing.model import Measurements, Part
from shiftprobe.auditing.paired import Gain, gain
from shiftprobe.auditing.types import Check, Outcome
from shiftprobe.core import seeding
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.escape import escape
from shiftprobe.core.words import in_points, percent
from shiftprobe.metrics import clopper_pearson
from shiftprobe.repairs.halving import halves

TITLE = "accuracy lost to misnamed outputs"
TOLD = 3  # outputs named in the reason
MAX_NAME = 40  # characters of a class name there

Index = NDArray[np.int64]


def class_order(evidence: AuditEvidence) -> Part:
    """Whether the outputs in another order would be right more often: what a changed class order looks like.

    Half of the labelled images find the order, the others judge it, so that an order fitted to noise gains nothing.

    Raises:
        NotAvailableError: when there are fewer than 2 outputs, or all images are of one class.
    """
    labels, answers = evidence.labels, evidence.clean.answers
    outputs = evidence.clean.logits.shape[1]
    if outputs < 2 or len(np.unique(labels)) < 2:  # noqa: PLR2004 - a constant answer is no changed order
        raise NotAvailableError("wanted a head of at least 2 outputs, and images of at least 2 classes")
    fits, judges = halves(labels, seeding.generator(evidence.policy.seed, "class order", len(labels)))
    order = best_order(answers[fits], labels[fits], outputs)
    now, renamed = answers[judges] == labels[judges], order[answers[judges]] == labels[judges]
    found = gain(now, renamed, evidence.policy.confidence)
    found = _capped(found, int((answers != labels).sum()), len(labels), evidence.policy.confidence)
    moved = _moved(order, labels[fits], answers[fits])
    return Part(
        checks=(_check(evidence, found, order, moved),),
        shown=Measurements(class_order=_shown(evidence, found, order, moved)),
    )


def best_order(answers: Index, labels: Index, outputs: int) -> Index:
    """The one-to-one renaming of outputs under which most answers are right; of equal ones that which moves fewest.

    Args:
        answers: (N,) which output was largest.
        labels: (N,) which output should have been.
        outputs: how many there are, C.

    Returns:
        (C,) what each output should be called; an output that nothing speaks for keeps its name where it can.

    Reference: Kuhn, 1955, Naval Research Logistics Quarterly 2 (scipy's linear_sum_assignment).
    """
    from scipy.optimize import linear_sum_assignment

    seen = np.union1d(answers, labels)
    counts = np.zeros((len(seen), len(seen)))
    np.add.at(counts, (np.searchsorted(seen, answers), np.searchsorted(seen, labels)), 1.0)
    counts += np.eye(len(seen)) / (len(seen) + 1)  # all of them together weigh less than one image
    rows, columns = linear_sum_assignment(counts, maximize=True)
    order = np.arange(outputs, dtype=np.int64)
    order[seen[rows]] = seen[columns]
    return order


def _capped(found: Gain, wrong: int, n: int, confidence: float) -> Gain:
    """No names can add more than is wrong now: that share has an interval of its own, over all images."""
    ceiling = clopper_pearson(wrong, n, confidence)[1]
    return found._replace(high=max(found.value, min(found.high, ceiling)))


def _moved(order: Index, labels: Index, answers: Index) -> Index:
    """Outputs with another name, those with the most images behind it first."""
    moved = np.flatnonzero(order != np.arange(len(order)))
    behind = np.array([int(((answers == one) & (labels == order[one])).sum()) for one in moved], np.int64)
    return np.asarray(moved[np.argsort(-behind, kind="stable")], np.int64)


def _check(evidence: AuditEvidence, found: Gain, order: Index, moved: Index) -> Check:
    rule = evidence.policy.class_order
    word: Outcome = "cannot tell"
    if found.high <= rule.at_most:
        word = "pass"
    elif found.low > rule.at_most and found.p < 1.0 - evidence.policy.confidence:
        word = "fail"
    fix = (
        "write the class names into FILE, one per line in the order of the head's outputs, and add --classes FILE; "
        "`shown.class_order.order` in verdicts.json proposes one"
    )
    more = "add labelled images: each half of them has to tell"
    check = replace(
        begun("class_order", TITLE, evidence="#classes", fix=fix if word == "fail" else more),
        value=found.value,
        low=found.low,
        high=found.high,
        n=found.n,
        unit="points",
        threshold=rule.at_most,
        relation="at most",
        p=found.p if word == "fail" else None,
    )
    return settled(check, rule, word, _reason(evidence, found, word, _told(evidence.subject.classes, order, moved)))


def _reason(evidence: AuditEvidence, found: Gain, word: Outcome, told: str) -> str:
    held = interval(found.low, found.high, found.n, evidence.policy.confidence)
    most = evidence.policy.class_order.at_most
    if word == "fail":
        return (
            f"accuracy rises from {percent(found.before)} to {percent(found.after)} if {told} "
            f"(by {100 * found.value:.1f} points, {held}): did the class order change?"
        )
    said = f"gain {in_points(found.value)} points, {held}"
    said = f"an order in which {told} ({said})" if told else f"no other order of the names is better ({said})"
    if word == "cannot tell":
        return f"whether misnamed outputs cost more than {100 * most:.1f} points cannot be told: {said}"
    return f"misnamed outputs do not cost more than {100 * most:.1f} points: {said}"


def _told(classes: Sequence[str], order: Index, moved: Index) -> str:
    """'output 0 means 'cat', output 1 'dog' and 3 more move'."""
    said = ", ".join(f"output {one} means {escape(classes[order[one]], MAX_NAME)!r}" for one in moved[:TOLD].tolist())
    return said + (f" and {len(moved) - TOLD} more move" if len(moved) > TOLD else "")


def _shown(evidence: AuditEvidence, found: Gain, order: Index, moved: Index) -> ClassOrder:
    classes = evidence.subject.classes
    renamed = (
        RenamedOutput(output=one, called=classes[one], means=classes[order[one]]) for one in sorted(moved.tolist())
    )
    return ClassOrder(
        order=tuple(classes[one] for one in order.tolist()) if len(moved) else None,
        moved=tuple(renamed),
        before=found.before,
        after=found.after,
        gain=found.value,
        low=found.low,
        high=found.high,
        n=found.n,
    )


QUESTIONS.add(Question(name="class_order", title=TITLE, section="classes", ask=class_order))
