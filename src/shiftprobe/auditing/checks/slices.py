"""Where the checkpoint fails: slices of the labelled images, and properties from which alone the class can be named."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from shiftprobe.auditing.checks.base import QUESTIONS, Question, begun, settled, unanswered
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import FailingSlice, Shortcut, SliceSearch
from shiftprobe.auditing.model import Measurements, Part
from shiftprobe.auditing.policy_rules import SliceRule
from shiftprobe.auditing.slicing import words
from shiftprobe.auditing.slicing.columns import IndependentImages, draws, feature_column, label_columns, picture_columns
from shiftprobe.auditing.slicing.describe import described
from shiftprobe.auditing.types import Check, Predictions
from shiftprobe.core.words import counted
from shiftprobe.metrics import InputError
from shiftprobe.stats.multiplicity import holm
from shiftprobe.stats.shortcuts import misled, property_tests
from shiftprobe.stats.slices import Column, candidates, confirmable_gap, confirmed

TITLE, ON_TARGET, NAMING = "slices with low accuracy", " on the target", "properties that name the class"
TOLD = 2  # slices in a sentence; the page shows all
SHORTCUT_FIX = (
    "collect images that break the tie between this property and the class, or change it at random in training"
)


def slices(evidence: AuditEvidence) -> Part:
    """Images that share a property and are less often right, on the data and on a labelled target; shortcuts."""
    rule, seed = evidence.policy.slices, evidence.policy.seed
    own = draws(evidence.data, evidence.labels, evidence.clean, seed)
    _check_enough(own, rule)
    columns = picture_columns(own, evidence)
    search = _searched(own, evidence.clean, columns, evidence, "data")
    found = _shortcuts(own, columns, evidence)
    checks = [_check(search, rule), _naming(found, rule, evidence.policy.confidence)]
    searches = [search]
    target, seen = evidence.target, evidence.on_target
    if target is not None and seen is not None and target.labels is not None:
        there = draws(target, target.labels, seen, seed)
        try:
            _check_enough(there, rule)
        except InputError as error:
            checks.insert(1, _without(rule, str(error)))
        else:
            searches.append(_searched(there, seen, picture_columns(there, evidence), evidence, "target"))
            checks.insert(1, _check(searches[-1], rule))
    told = tuple(one for one, is_found in found if is_found)
    return Part(checks=tuple(checks), shown=Measurements(slices=tuple(searches), shortcuts=told))


def _check_enough(drawn: IndependentImages, rule: SliceRule) -> None:
    if len(drawn) < rule.images:
        grouped = "" if drawn.side.clusters is None else ", one of each group"
        left = drawn.side.left_out
        more = f"; {left:,} more were left out (--images)" if left else ""
        raise InputError(
            f"slices are searched from {rule.images:,} independent labelled images on (slices.images), got "
            f"{len(drawn):,}{grouped}{more}"
        )


def _without(rule: SliceRule, reason: str) -> Check:
    question = Question(name="slices:target", title=TITLE + ON_TARGET, ask=slices)
    return unanswered(rule, question, reason)


def _searched(
    drawn: IndependentImages,
    seen: Predictions,
    pictures: Mapping[str, Column],
    evidence: AuditEvidence,
    on: Literal["data", "target"],
) -> SliceSearch:
    policy = evidence.policy
    below, confidence = policy.slices.below, policy.confidence
    clusters = feature_column(drawn, seen, policy.seed, below)
    columns = {**pictures, **label_columns(drawn, evidence), **clusters}
    taken = candidates(columns, drawn.right, drawn.first, below, last=clusters)
    tests = [one for one in confirmed(taken, drawn.right, drawn.first, below, confidence) if one.found]
    other = drawn.right[~drawn.first]
    return SliceSearch(
        on=on,
        n=len(drawn),
        candidates=len(taken),
        confirmable=confirmable_gap(int(other.sum()), len(other), confidence=confidence),
        slices=tuple(
            described(
                one,
                drawn,
                columns,
                names=evidence.subject.classes,
                prefix=f"slice-{on}-{number}",
                confidence=confidence,
            )
            for number, one in enumerate(sorted(tests, key=lambda one: (one.p_holm, -one.gap)))
        ),
    )


def _check(search: SliceSearch, rule: SliceRule) -> Check:
    on_target = search.on == "target"
    name, title = ("slices:target", TITLE + ON_TARGET) if on_target else ("slices", TITLE)
    check = begun(name, title, evidence="#slices")
    check = replace(check, unit="points", n=search.n, threshold=rule.below, relation="at most")
    said = f"found on one half of {search.n:,} images, confirmed on the other"
    if not search.slices:
        seen = search.confirmable
        ending = "" if seen is None else f"; in a tenth of the images a gap of {100 * seen:.0f} points would have been"
        taken = counted(search.candidates, "candidate")
        return settled(check, rule, "pass", f"none of {taken} {said}{ending}")
    worst = search.slices[0]
    check = replace(
        check, value=worst.gap, low=worst.gap_low, high=worst.gap_high, n=worst.n, p=worst.p, p_holm=worst.p_holm
    )
    check = replace(check, fix=words.fix(worst))
    return settled(check, rule, "fail", f"{_told(search.slices)} ({said})")


def _told(found: Sequence[FailingSlice]) -> str:
    said = "; ".join(f"{words.called(one)}: {words.accuracy(one)}" for one in found[:TOLD])
    left = len(found) - TOLD
    return said + (f"; and {counted(left, 'further slice')}" if left > 0 else "")


def _shortcuts(
    drawn: IndependentImages, pictures: Mapping[str, Column], evidence: AuditEvidence
) -> list[tuple[Shortcut, bool]]:
    """What each property says of the class, and whether that is a shortcut."""
    policy, names = evidence.policy, evidence.subject.classes
    domains = {name: column for name, column in label_columns(drawn, evidence).items() if name == "domain"}
    tests = property_tests(
        {**pictures, **domains}, drawn.labels, drawn.first, policy.slices.shortcut, policy.confidence
    )
    right = drawn.right[~drawn.first]
    beside = [misled(one.points_right, right) for one in tests]
    ps = iter(holm([one.p for one, test in zip(beside, tests, strict=True) if test.found]).tolist())
    found = []
    for test, other in zip(tests, beside, strict=True):
        shown = Shortcut(
            by=test.by,
            label=None if test.label is None else names[test.label],
            n=test.n,
            accuracy=test.right / test.n,
            low=test.low,
            high=test.high,
            majority=test.majority,
            lift=test.lift,
            p_holm=test.p_holm,
            aligned=other.aligned_right / other.aligned_n if other.aligned_n else None,
            aligned_n=other.aligned_n,
            misled=other.misled_right / other.misled_n if other.misled_n else None,
            misled_n=other.misled_n,
            misled_p=next(ps) if test.found else None,
        )
        found.append((shown, test.found))
    return sorted(found, key=lambda pair: -pair[0].lift)


def _naming(found: Sequence[tuple[Shortcut, bool]], rule: SliceRule, confidence: float) -> Check:
    check = begun("slices:shortcuts", NAMING, evidence="#slices", fix=SHORTCUT_FIX)
    if not found:
        return replace(check, gates=rule.level == "gate", fix="", reason="every picture has the same properties")
    best = found[0][0]
    check = replace(check, value=best.accuracy, low=best.low, high=best.high, n=best.n, p_holm=best.p_holm)
    shortcuts = [one for one, is_found in found if is_found]
    if not shortcuts:
        reason = f"no property of {len(found)} says much of the class: {words.named(best)}"
        return settled(check, rule, "pass", reason)
    first = shortcuts[0]
    more = f"; and {counted(len(shortcuts) - 1, 'further property', 'further properties')}" if shortcuts[1:] else ""
    reason = f"{words.named(first)}; {words.followed(first, 1 - confidence)}{more}"
    return settled(check, rule, "fail", reason)


QUESTIONS.add(Question(name="slices", title=TITLE, section="slices", ask=slices, counts_groups=True))
