"""Tests of the data against another set: two samples of the same images, and samples of known difference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.checks.base import QUESTIONS, answer, gates, rule_of
from shiftprobe.auditing.error_rates.bounded import FAILED, UNSURE, holds, with_threshold
from shiftprobe.auditing.error_rates.model import GateErrors, rate
from shiftprobe.auditing.error_rates.population import Population, Resample, halves, resampled, sample, some
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import DriftHarm
from shiftprobe.auditing.policy import Policy
from shiftprobe.auditing.types import Check, Predictions
from shiftprobe.core.monitor import Monitor
from shiftprobe.core.types import UNSHIFTED, Condition
from shiftprobe.core.words import in_percent

Floats = NDArray[np.float64]


def label_shift_errors(population: Population, images: int, draws: int, monitor: Monitor) -> tuple[GateErrors, ...]:
    """Class shares of two samples with replacement: the same ones, ones as far apart as is allowed, and further."""
    policy, question = population.policy, QUESTIONS["label_shift"]
    rule, allowed = rule_of(policy, question), policy.label_shift.at_most
    row = GateErrors(name="label_shift", title=question.title, gates=gates(rule), images=images, unit="points")
    if rule.level == "off":
        return ()
    just, beyond = (_apart(population, distance) for distance in (allowed, allowed + policy.loss))
    false: dict[str, list[bool]] = {"fail": [], "pass": [], "outside": [], "missed": [], "undecided": [], "p": []}
    monitor.begin("class shares", draws)
    for number in range(draws):
        rng = population.rng("label shift", number)
        here = sample(population.ready.data, images, rng)
        same = _shares(population, policy, here, sample(population.ready.data, images, rng))
        false["undecided"].append(same.status in UNSURE)
        false["p"].append(same.p is not None and same.p <= 1.0 - policy.confidence)
        if just is not None:
            met = _shares(population, policy, here, _of_classes(population, just, images, rng))
            false["fail"].append(met.status in FAILED)
            false["pass"].append(met.status == "pass")
            false["outside"].append(not holds(met, allowed))
        if beyond is not None:
            far = _shares(population, policy, here, _of_classes(population, beyond, images, rng))
            false["missed"].append(far.status not in FAILED)
        monitor.step()
    side = 1.0 - policy.confidence
    test = replace(row, name="label_shift:test", title="permutation test of class shares", gates=False)
    plant = f"classes in proportions {in_percent(allowed + policy.loss)} points apart" if beyond is not None else ""
    row = replace(
        row,
        truth=allowed,
        planted=plant,
        false_fail=rate(false["fail"], side / 2),
        false_pass=rate(false["pass"], side / 2),
        outside=rate(false["outside"], side),
        missed=rate(false["missed"]),
        undecided=rate(false["undecided"]),
        reason="" if just is not None else "classes are too few to come in proportions that differ by so much",
    )
    return (row, replace(test, truth=0.0, false_fail=rate(false["p"], side)))


def _apart(population: Population, distance: float) -> Floats | None:
    """(C,) class shares at this total variation from the data's; None where no weights of half the classes give it.

    Every other class, the commonest first, is made commoner in the place of all others.
    """
    counts = np.bincount(population.labels, minlength=len(population.ready.subject.classes))
    shares = counts / counts.sum()
    order = np.argsort(-counts, kind="stable")[: int((counts > 0).sum())]
    kept = np.zeros(len(shares), bool)
    kept[order[::2]] = True
    reach = 1.0 - float(shares[kept].sum())
    if reach < distance:
        return None
    weight = 0.0 if reach == 0 else distance / reach
    return np.asarray((1.0 - weight) * shares + weight * np.where(kept, shares, 0.0) / shares[kept].sum())


def _of_classes(population: Population, shares: Floats, n: int, rng: np.random.Generator) -> Resample:
    """Images whose classes come in these shares, each class's with replacement."""
    counts = np.bincount(population.labels, minlength=len(shares))
    chances = (shares / np.maximum(counts, 1))[population.labels]
    places = rng.choice(len(population), n, p=chances / chances.sum())
    return Resample(places=np.sort(places).astype(np.int64))


def _shares(population: Population, policy: Policy, here: Resample, there: Resample) -> Check:
    evidence = _two(population, policy, (here, there), population.looks[UNSHIFTED], features=False)
    return answer(QUESTIONS["label_shift"], evidence).checks[0]


def _two(
    population: Population, policy: Policy, sides: tuple[Resample, Resample], other: Predictions, *, features: bool
) -> AuditEvidence:
    """The data against a labelled target: two samples of the same images, the second seen through another look."""
    here, there = sides
    data, clean = population.ready.data, population.looks[UNSHIFTED]
    return AuditEvidence(
        policy=policy,
        subject=population.ready.subject,
        data=resampled(data, here),
        clean=some(clean, here.places, features=features),
        dial={},
        target=resampled(data, there),
        on_target=some(other, there.places, features=features),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What the check of drift says of one pair of halves."""

    check: Check
    shown: DriftHarm | None


def drift_errors(population: Population, images: int, draws: int, monitor: Monitor) -> tuple[GateErrors, ...]:
    """Features of two disjoint halves: both as they are, and one of them under a shift of the policy."""
    policy, question = population.policy, QUESTIONS["drift"]
    rule = rule_of(policy, question)
    if rule.level == "off":
        return ()
    each = min(images, len(population) // 2)
    place, strict = strongest(population), with_threshold(policy, "drift", 0.0)
    same: list[_Seen] = []
    apart: list[_Seen] = []
    monitor.begin("halves", draws)
    for number in range(draws):
        sides = halves(population.ready.data, each, population.rng("halves", number))
        same.append(_drift(population, strict, sides, UNSHIFTED))
        if place is not None:
            apart.append(_drift(population, policy, sides, place))
        monitor.step()
    planted = "" if place is None else f"{place.shift} at {place.severity:g} on one half"
    row = GateErrors(name="drift", title=question.title, gates=gates(rule), images=each, unit="points")
    if any(one.shown is None for one in (*same, *apart)):
        reason = next(one.check.reason for one in (*same, *apart) if one.shown is None)
        return (replace(row, reason=reason),)
    return (_harm(row, policy, (same, apart), planted), *_tests(row, policy, (same, apart), planted))


def strongest(population: Population) -> Condition | None:
    """The look that costs most accuracy, at the gated severity where there is one; None without a shift."""
    at = population.policy.severity.at
    looks = {place: seen for place, seen in population.shifts.items() if place.severity == at} or population.shifts
    return min(looks, key=lambda place: float(looks[place].right(population.labels).mean()), default=None)


def _drift(population: Population, policy: Policy, sides: tuple[Resample, Resample], place: Condition) -> _Seen:
    part = answer(QUESTIONS["drift"], _two(population, policy, sides, population.looks[place], features=True))
    return _Seen(check=part.checks[0], shown=part.shown.drift)


def _harm(row: GateErrors, policy: Policy, seen: tuple[Sequence[_Seen], Sequence[_Seen]], planted: str) -> GateErrors:
    """Harm itself; its true size under a shift is taken to be the mean over all halves."""
    same, apart = seen
    harm = float(np.mean([one.check.value for one in apart])) if apart else 0.0
    enough = harm > policy.drift.at_most
    return replace(
        row,
        truth=0.0,
        planted=f"{planted}: harm {in_percent(harm)} points" if enough else "",
        false_fail=rate([one.check.status in FAILED for one in same], (1.0 - policy.confidence) / 2),
        outside=rate([not holds(one.check, 0.0) for one in same], 1.0 - policy.confidence),
        missed=rate([one.check.status not in FAILED for one in apart]) if enough else None,
        reason=""
        if enough
        else f"no shift of the policy does more than the {in_percent(policy.drift.at_most)} "
        "points of harm that it allows, so no miss is planted",
    )


def _tests(
    row: GateErrors, policy: Policy, seen: tuple[Sequence[_Seen], Sequence[_Seen]], planted: str
) -> tuple[GateErrors, ...]:
    """The two tests within it; both at the level that their intervals and p values have."""
    level = 1.0 - policy.confidence
    same, apart = ([one.shown for one in side if one.shown is not None] for side in seen)
    found: Mapping[str, tuple[str, list[bool], list[bool], float]] = {
        "drift:mmd": (
            "two-sample test of features (MMD)",
            [one.mmd_p is not None and one.mmd_p <= level for one in same],
            [one.mmd_p is None or one.mmd_p > level for one in apart],
            level,
        ),
        "drift:auc": (
            "domain classifier (AUC above 0.5)",
            [one.auc_low is not None and one.auc_low > 0.5 for one in same],  # noqa: PLR2004 - told apart by chance
            [one.auc_low is None or one.auc_low <= 0.5 for one in apart],  # noqa: PLR2004
            0.025,  # the upper half of what lies outside of its 95 % interval
        ),
    }
    return tuple(
        replace(row, name=name, title=title, gates=False, planted=planted, false_fail=rate(wrong, promised),
                missed=rate(missed), unit="fraction")
        for name, (title, wrong, missed, promised) in found.items()
    )  # fmt: skip
