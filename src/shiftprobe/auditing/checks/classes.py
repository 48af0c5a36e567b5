"""Classes one by one: balanced accuracy, and the weakest class; and the weakest domain where images name theirs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.checks.base import QUESTIONS, Question, begun, settled
from shiftprobe.auditing.checks.gated import of_lowest, power, share_checks
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import ClassAccuracy, Confusion, GroupAccuracy
from shiftprobe.auditing.model import Measurements, Part
from shiftprobe.auditing.policy import AtLeast, WorstRule
from shiftprobe.auditing.types import Check
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.escape import escape
from shiftprobe.core.words import percent
from shiftprobe.metrics import InputError, balanced_accuracy, by_class, confusion, wilson
from shiftprobe.stats import Gate, Worst, effective_gate, worst_of
from shiftprobe.stats.grouped_parts import grouped_balanced_gate, grouped_worst
from shiftprobe.stats.image_spread import FEWEST_GROUPS

Labels: TypeAlias = NDArray[np.int64]
Right: TypeAlias = NDArray[np.bool_]
Bar: TypeAlias = tuple[AtLeast, float]  # what must be reached, and the confidence of intervals

MAX_CLASSES = 30  # classes of a confusion matrix that a person can read
NAMED = 3
CLASS_FIX = "look at what it is mistaken for; add labelled images of it, or check its labels"
GROUP_FIX = "look at the images of that domain; add some of it to training, or keep the checkpoint away from it"


def balanced(evidence: AuditEvidence) -> Part:
    """Mean over classes, so that rare ones count as much; and the table of classes."""
    rule, answers, count = evidence.policy.balanced_accuracy, evidence.clean.answers, len(evidence.subject.classes)
    gate = _held_balanced(evidence.labels, answers, count, evidence.data.clusters, (rule, evidence.policy.confidence))
    title = f"balanced accuracy on {escape(evidence.data.name)}"
    checks = share_checks(evidence.policy, rule, [(begun("balanced_accuracy", title, evidence="#classes"), gate)])
    bare = tuple(replace(check, power=None) for check in checks)  # its losses are not those of single images
    return Part(checks=bare, shown=_tables(evidence))


def _held_balanced(labels: Labels, answers: Labels, count: int, clusters: Labels | None, bar: Bar) -> Gate:
    rule, confidence = bar
    if clusters is not None:
        return grouped_balanced_gate(labels, answers, clusters, count, threshold=rule.at_least, confidence=confidence)
    found = balanced_accuracy(labels, answers, count, confidence)
    return effective_gate(found.value, found.effective, found.n, rule.at_least, confidence)


def worst_class(evidence: AuditEvidence) -> Part:
    """The class with the lowest accuracy, on the data and on a labelled target.

    It passes when every class passes, and fails when one does after Holm.
    """
    data = (evidence.labels, evidence.clean.answers, evidence.data.clusters)
    checks = [_weakest(evidence, "worst_class", data)]
    target, seen = evidence.target, evidence.on_target
    if target is not None and target.labels is not None and seen is not None:
        checks.append(_weakest(evidence, "worst_class:target", (target.labels, seen.answers, target.clusters)))
    return Part(checks=tuple(checks))


def _weakest(evidence: AuditEvidence, key: str, looked: tuple[Labels, Labels, Labels | None]) -> Check:
    labels, answers, clusters = looked
    rule, on = evidence.policy.worst_class, " on the target" if key.endswith(":target") else ""
    table = by_class(labels, answers, len(evidence.subject.classes))
    enough = [row for row in table.rows if row.n >= rule.images]
    few = [evidence.subject.classes[row.label] for row in table.rows if 0 < row.n < rule.images]
    if not enough:
        reason = f"no class{on} has {rule.images} images or more (worst_class.images)"
        if not on:
            raise InputError(reason)
        check = begun(key, "accuracy of the weakest class on the target", evidence="#target")
        return settled(check, rule, "cannot tell", reason)
    found = _lowest(
        labels == answers, labels, clusters, [row.label for row in enough], (rule, evidence.policy.confidence)
    )
    weakest = enough[found.index]
    name = evidence.subject.classes[weakest.label]
    title = f"accuracy of the weakest class{on}, {escape(name, 40)}"
    check = begun(key, title, evidence="#target" if on else "#classes", fix=CLASS_FIX)
    taken = "" if weakest.mistaken_for is None else evidence.subject.classes[weakest.mistaken_for]
    mostly = f"; it is mostly taken for {escape(taken, 40)} ({weakest.mistaken} of {weakest.n})" if taken else ""
    said = f"the weakest of {len(enough)} classes{on} is {escape(name, 60)} with"
    return _worst(evidence, rule, check, (found, said, mostly + _left_out(few, rule.images, "class", "classes")))


def _lowest(right: Right, parts: Labels, clusters: Labels | None, named: Sequence[int], bar: Bar) -> Worst:
    """The weakest of the named parts, in the order of their growing names."""
    rule, confidence = bar
    kept = np.isin(parts, named)
    if clusters is not None:
        return grouped_worst(right[kept], parts[kept], clusters[kept], rule.at_least, confidence)
    rights, ns = np.bincount(parts[kept], weights=right[kept]).astype(int), np.bincount(parts[kept])
    return worst_of(rights[list(named)].tolist(), ns[list(named)].tolist(), rule.at_least, confidence)


def worst_group(evidence: AuditEvidence) -> Part:
    """The domain with the lowest accuracy, where a manifest names one per image."""
    rule, groups = evidence.policy.worst_group, evidence.data.groups
    if groups is None:
        raise NotAvailableError("the data names no domain per image (a manifest's column `domain` does)")
    right = evidence.clean.right(evidence.labels)
    names, place = np.unique(groups, return_inverse=True)
    rights, ns = np.bincount(place, weights=right).astype(int), np.bincount(place)
    shown = _groups([(str(name), int(k), int(n)) for name, k, n in zip(names, rights, ns, strict=True)])
    enough = np.flatnonzero(ns >= rule.images)
    if not len(enough):
        raise InputError(f"no domain has {rule.images} images or more (worst_group.images)")
    few = [str(name) for name in names[ns < rule.images]]
    bar = (rule, evidence.policy.confidence)
    found = _lowest(right, place, evidence.data.clusters, enough.tolist(), bar)
    name = str(names[enough[found.index]])
    check = begun("worst_group", "accuracy in the weakest domain", evidence="#groups", fix=GROUP_FIX)
    said = f"the weakest of {len(enough)} domains is {escape(name, 60)} with"
    checked = _worst(evidence, rule, check, (found, said, _left_out(few, rule.images, "domain", "domains")))
    return Part(checks=(checked,), shown=shown)


def _worst(evidence: AuditEvidence, rule: WorstRule, check: Check, found: tuple[Worst, str, str]) -> Check:
    worst, said, left_out = found
    confidence, bar = evidence.policy.confidence, percent(rule.at_least)
    ending = {
        "pass": f": every one is at least {bar}",
        "fail": f", below {bar}" + (f"; {len(worst.failing)} of them are below it" if len(worst.failing) > 1 else ""),
        "cannot tell": f": whether every one is at least {bar} cannot be told{_few_groups(worst)}",
    }[worst.word]
    members = sum(member is not None for member in worst.members)
    check = of_lowest(check, worst, rule.at_least)
    check = replace(
        check,
        p_holm=check.p,
        power=power(evidence.policy, rule.at_least, worst.n, members) if worst.groups is None else None,
    )
    within = "" if worst.groups is None else f" in {worst.groups:,} groups"
    held = (
        f"{percent(worst.value)} (n = {worst.n:,}{within}; {100 * confidence:g} % interval of the lowest true one "
        f"{100 * worst.low:.1f} to {100 * worst.high:.1f})"
    )
    return settled(check, rule, worst.word, f"{said} {held}{ending}{left_out}")


def _few_groups(worst: Worst) -> str:
    few = [one for one in worst.members if one is not None and one.groups is not None and one.groups < FEWEST_GROUPS]
    return f" ({len(few)} of them with fewer than {FEWEST_GROUPS} groups of images)" if few else ""


def _left_out(few: list[str], images: int, one: str, many: str) -> str:
    if not few:
        return ""
    names = ", ".join(escape(name, 30) for name in few[:NAMED]) + (", ..." if len(few) > NAMED else "")
    return f"; {len(few)} {one if len(few) == 1 else many} with fewer than {images} images left out ({names})"


def _groups(counted: Sequence[tuple[str, int, int]]) -> Measurements:
    """Of each domain its name, its right images and all."""
    rows = []
    for name, right, n in counted:
        low, high = wilson(right, n)
        rows.append(GroupAccuracy(name=name, n=n, accuracy=right / n, low=low, high=high))
    return Measurements(groups=tuple(sorted(rows, key=lambda row: (row.accuracy, row.name))))


def _tables(evidence: AuditEvidence) -> Measurements:
    names, labels, answers = evidence.subject.classes, evidence.labels, evidence.clean.answers
    target, seen = evidence.target, evidence.on_target
    there = () if target is None or seen is None else _table(names, target.labels, seen.answers)
    here = Measurements(classes=_table(names, labels, answers), target_classes=there)
    if len(names) > MAX_CLASSES:
        return here
    counts = tuple(map(tuple, confusion(labels, answers, len(names)).tolist()))
    return replace(here, confusion=Confusion(classes=names, counts=counts))


def _table(names: Sequence[str], labels: Labels | None, answers: Labels) -> tuple[ClassAccuracy, ...]:
    """Every class that has images, the lowest accuracy first; nothing without labels."""
    if labels is None:
        return ()
    rows = [row for row in by_class(labels, answers, len(names)).rows if row.n]
    return tuple(
        ClassAccuracy(
            name=names[row.label],
            n=row.n,
            right=row.right,
            accuracy=row.accuracy,
            low=row.low,
            high=row.high,
            taken=row.mistaken,
            taken_for=None if row.mistaken_for is None else names[row.mistaken_for],
        )
        for row in sorted(rows, key=lambda row: (row.accuracy or 0.0, -row.n))
    )


QUESTIONS.add(
    Question(name="balanced_accuracy", title="balanced accuracy", section="classes", ask=balanced, counts_groups=True)
)
QUESTIONS.add(
    Question(
        name="worst_class",
        title="accuracy of the weakest class",
        section="classes",
        ask=worst_class,
        counts_groups=True,
    )
)
QUESTIONS.add(
    Question(
        name="worst_group",
        title="accuracy in the weakest domain",
        section="groups",
        ask=worst_group,
        counts_groups=True,
    )
)
