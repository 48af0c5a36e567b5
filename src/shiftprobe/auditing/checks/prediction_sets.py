"""Sets of classes that are promised to hold the right one: how often they do on the target and under shifts."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from shiftprobe.auditing.calibrated_sets import Bools, CalibratedSets, JudgedSets, calibrate, draws_of
from shiftprobe.auditing.checks.base import QUESTIONS, Question, begun, by_images, interval, not_done, settled
from shiftprobe.auditing.checks.bounded import decided
from shiftprobe.auditing.checks.gated import gated_dose, held, lowest, of_lowest, share_checks
from shiftprobe.auditing.evidence import AuditEvidence, Side
from shiftprobe.auditing.measurements import PredictionSets, SetsDial, SetsOn, SizeCoverage
from shiftprobe.auditing.model import Measurements, Part
from shiftprobe.auditing.types import Check
from shiftprobe.core.escape import escape
from shiftprobe.core.types import Condition
from shiftprobe.core.words import counted, listed, percent
from shiftprobe.metrics import coverage_by_size
from shiftprobe.metrics.scores import bounded_mean
from shiftprobe.stats import Worst
from shiftprobe.stats.image_spread import FEWEST_GROUPS
from shiftprobe.stats.promise import Coverage, CoverageDial, coverage, coverage_dials

NAMED = 3  # shifts that break the promise
HOW_TO_FIX = (
    "calibrate the sets on labelled images of that domain: what was calibrated elsewhere promises nothing there; or "
    "train on such images"
)
SMALLER = "a better checkpoint has smaller sets, and so has a smaller promise (prediction_sets.coverage)"


def prediction_sets(evidence: AuditEvidence) -> Part:
    """Calibrated on the labelled images; judged crosswise at home and along the dials, and on the target."""
    sets = calibrate(evidence)
    rule, confidence, data = evidence.policy.prediction_sets, evidence.policy.confidence, evidence.data
    home = sets.judged(evidence.clean, evidence.labels, draws_of(data, "data", sets.seed), sets.crosswise)
    tables = {shift: _along(evidence, sets, home, shift) for shift in evidence.policy.shifts}
    doses = (0.0, *evidence.policy.asked)
    groups = {shift: data.some(evidence.looked(shift)).clusters for shift in tables}
    dials = coverage_dials(
        {shift: (doses, _covered(judged)) for shift, judged in tables.items()},
        rule.coverage,
        sets.images,
        confidence,
        groups,
    )
    on_target = None if evidence.target is None else _on_target(evidence, sets, evidence.target)
    shown = PredictionSets(
        score=rule.score,
        promised=rule.coverage,
        threshold=sets.whole,
        calibrated=sets.images,
        home=_on(evidence, sets, data, home),
        target=None
        if evidence.target is None or on_target is None
        else _on(evidence, sets, evidence.target, on_target),
        dials={shift: _dial(found, tables[shift]) for shift, found in dials.items()},
    )
    checks = [_size(evidence, home)] if rule.size_at_most is not None else []
    if dials:
        checks.append(_under_shifts(evidence, dials, {shift: _covered(one) for shift, one in tables.items()}))
    if on_target is not None and on_target.covered is not None and evidence.target is not None:
        checks.append(_there(evidence, evidence.target, on_target.covered, shown))
    if not checks:
        reason = "the policy names no shift and no labelled target was given, and at home they hold what they promise"
        checks = [not_done(rule, QUESTION, reason)]
    return Part(checks=tuple(checks), shown=Measurements(prediction_sets=shown))


def _along(evidence: AuditEvidence, sets: CalibratedSets, home: JudgedSets, shift: str) -> list[JudgedSets]:
    """The sets of the images looked at under a shift, clean and at every severity, by the half without each image."""
    looked = evidence.looked(shift)
    labels, draws = evidence.labels[looked], draws_of(evidence.data, "data", sets.seed)[looked]
    clean = JudgedSets(sizes=home.sizes[looked], covered=None if home.covered is None else home.covered[looked])
    doses = [evidence.dial[Condition(shift, dose)] for dose in evidence.policy.asked]
    return [clean, *(sets.judged(seen, labels, draws, sets.crosswise[looked]) for seen in doses)]


def _on_target(evidence: AuditEvidence, sets: CalibratedSets, side: Side) -> JudgedSets | None:
    seen = evidence.on_target
    return None if seen is None else sets.judged(seen, side.labels, draws_of(side, "target", sets.seed), sets.whole)


def _covered(judged: list[JudgedSets]) -> Bools:
    """(N, D) of labelled images."""
    return np.stack([one.covered for one in judged if one.covered is not None], axis=1)


def _coverage(evidence: AuditEvidence, sets: CalibratedSets, side: Side, covered: Bools) -> Coverage:
    rule, confidence = evidence.policy.prediction_sets, evidence.policy.confidence
    return coverage(covered, rule.coverage, sets.images, confidence, side.clusters)


def _on(evidence: AuditEvidence, sets: CalibratedSets, side: Side, judged: JudgedSets) -> SetsOn:
    sizes, covered = judged.sizes, judged.covered
    made = SetsOn(
        n=len(sizes), size=float(sizes.mean()), single=float((sizes == 1).mean()), empty=float((sizes == 0).mean())
    )
    if covered is None:
        return made
    found = _coverage(evidence, sets, side, covered)
    strata = coverage_by_size(covered, sizes, evidence.policy.confidence)
    return replace(
        made,
        coverage=found.value,
        low=found.low,
        high=found.high,
        p_broken=found.p_broken,
        by_size=tuple(SizeCoverage(**one._asdict()) for one in strata),
    )


def _dial(found: CoverageDial, judged: list[JudgedSets]) -> SetsDial:
    return SetsDial(
        severities=found.doses,
        coverage=tuple(one.value for one in found.held),
        low=tuple(one.low for one in found.held),
        high=tuple(one.high for one in found.held),
        fitted=found.fitted,
        size=tuple(float(one.sizes.mean()) for one in judged),
        n=found.held[0].n,
        broken_from=found.broken_from,
    )


def _size(evidence: AuditEvidence, home: JudgedSets) -> Check:
    """How many classes a set holds on average; images that belong together count as independent there."""
    rule, confidence = evidence.policy.prediction_sets, evidence.policy.confidence
    value, low, high = bounded_mean(home.sizes, 0.0, float(len(evidence.subject.classes)), confidence)
    title = f"mean size of prediction sets on {escape(evidence.data.name)}"
    check = replace(begun("prediction_sets:size", title, evidence="#sets", fix=SMALLER), unit="ratio")
    said = (
        f"sets that promise {percent(rule.coverage)} hold {value:.2f} classes on average ({100 * confidence:g} % "
        f"interval {low:.2f} to {high:.2f}, n = {len(home.sizes):,})"
    )
    bound = rule.size_at_most or 0.0
    found = decided(check, rule, (value, low, high, len(home.sizes)), ("at most", bound), said)
    return by_images(found) if evidence.data.clusters is not None else found


def _under_shifts(evidence: AuditEvidence, dials: Mapping[str, CoverageDial], covered: Mapping[str, Bools]) -> Check:
    """The shift under which sets hold the right class least often, at the policy's severity."""
    rule, policy, at = evidence.policy.prediction_sets, evidence.policy, gated_dose(evidence.policy)
    place = 1 + policy.asked.index(at)
    shares = {shift: (table[:, place], evidence.data.some(evidence.looked(shift))) for shift, table in covered.items()}
    shift, worst = lowest(shares, rule.at_least, policy.confidence)
    check = begun(
        "prediction_sets:shifts",
        f"coverage of sets under {escape(shift, 60)} at severity {at:g}",
        evidence="#sets",
        fix=HOW_TO_FIX,
    )
    check = of_lowest(check, worst, rule.at_least)
    reason = f"{check.title} is {_lowest(worst, len(covered), policy.confidence)}{_ending(worst, rule.at_least)}"
    return settled(check, rule, worst.word, f"{reason}; {percent(rule.coverage)} are promised, {_broken(dials)}")


def _lowest(worst: Worst, shifts: int, confidence: float) -> str:
    ends = interval(worst.low, worst.high, worst.n, confidence, worst.groups)
    return f"{percent(worst.value)}, the lowest of {shifts} ({ends})"


def _ending(worst: Worst, bar: float) -> str:
    few = worst.groups is not None and worst.groups < FEWEST_GROUPS
    why = f", fewer than {FEWEST_GROUPS} groups of images" if few else ""
    return {
        "pass": f", at least {percent(bar)}",
        "fail": f", below {percent(bar)}",
        "cannot tell": f": whether it reaches {percent(bar)} cannot be told{why}",
    }[worst.word]


def _broken(dials: Mapping[str, CoverageDial]) -> str:
    """From which severity on each shift breaks the promise, the earliest first."""
    known = {shift: one.broken_from for shift, one in dials.items() if one.broken_from is not None}
    first = sorted(known, key=lambda shift: known[shift])
    if not first:
        return f"and under none of {counted(len(dials), 'shift')} is that shown to break"
    parts = [f"{escape(shift, 40)} (from severity {known[shift]:g})" for shift in first[:NAMED]]
    more = [f"{len(first) - NAMED} more"] if len(first) > NAMED else []
    return f"which breaks under {listed([*parts, *more])}"


def _there(evidence: AuditEvidence, side: Side, covered: Bools, shown: PredictionSets) -> Check:
    rule, policy = evidence.policy.prediction_sets, evidence.policy
    title = f"coverage of prediction sets on the target {escape(side.name)}"
    check = begun("prediction_sets:target", title, evidence="#sets", fix=HOW_TO_FIX)
    (made,) = share_checks(policy, rule, [(check, held(covered, side, rule.at_least, policy.confidence))])
    home = percent(shown.home.coverage or 0.0)
    said = f"{made.reason}; {percent(rule.coverage)} are promised, {home} held at home"
    return replace(made, reason=said, power=None)


QUESTION = QUESTIONS.add(
    Question(name="prediction_sets", title="prediction sets", section="sets", ask=prediction_sets, counts_groups=True)
)
