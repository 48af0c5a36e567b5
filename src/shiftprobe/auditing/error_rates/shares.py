"""Gates on one set of images: thresholds put at the truth, and a known loss below it, over samples of the images."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from shiftprobe.auditing.checks.base import answer, questions
from shiftprobe.auditing.error_rates.bounded import (
    FAILED,
    UNSURE,
    Bounded,
    bounded,
    holds,
    with_threshold,
    without_power,
)
from shiftprobe.auditing.error_rates.corrupted import corrupted
from shiftprobe.auditing.error_rates.model import AuditErrors, GateErrors, rate
from shiftprobe.auditing.error_rates.population import Population, Resample, sample
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.policy import Policy
from shiftprobe.auditing.types import Check
from shiftprobe.core.monitor import Monitor
from shiftprobe.core.words import counted

STAGED = "severity"  # the question whose decision says how many images are looked at under shifts


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A population, and of every gate the policy whose threshold lies at a known distance from its truth."""

    population: Population
    gates: tuple[Bounded, ...]
    policies: Mapping[str, Policy]  # by gate; one whose threshold cannot be put there is absent

    def asked(self, gate: Bounded, drawn: Resample, there: Resample | None, full: AuditEvidence) -> dict[str, Check]:
        """A gate's checks on a sample, by name; empty where the threshold cannot be put there."""
        policy = self.policies.get(gate.name)
        if policy is None:
            return {}
        staged = gate.question.name == STAGED
        evidence = self.population.staged(drawn, policy, there) if staged else replace(full, policy=policy)
        return {check.name: check for check in answer(gate.question, evidence).checks}


@dataclass(slots=True)
class _Counts:
    """What happened to one gate, draw by draw."""

    false_fail: list[bool] = field(default_factory=list)
    false_pass: list[bool] = field(default_factory=list)
    outside: list[bool] = field(default_factory=list)
    missed: list[bool] = field(default_factory=list)
    own: list[tuple[str, ...]] = field(default_factory=list)  # statuses at the policy's own thresholds


def share_errors(
    population: Population, images: int, draws: int, monitor: Monitor
) -> tuple[AuditErrors, tuple[GateErrors, ...]]:
    """The errors of every gate that rests on one set of images, over samples drawn with replacement.

    Args:
        population: all images.
        images: of a sample.
        draws: how many samples.
        monitor: told of each.
    """
    policy, planted = without_power(population.policy), corrupted(population, population.policy.loss)
    just = _planted(population, policy, 0.0)
    worse = _planted(planted, policy, population.policy.loss)
    counts = {gate.name: _Counts() for gate in just.gates}
    monitor.begin("samples", draws)
    for number in range(draws):
        drawn = sample(population.ready.data, images, population.rng("sample", number))
        target = population.ready.target
        there = None if target is None else sample(target, len(target), population.rng("target", number))
        own = population.staged(drawn, policy, there)
        for gate in just.gates:
            checks = answer(gate.question, own).checks
            mine = [check.status for check in checks if check.name in gate.truths]
            counts[gate.name].own.append(tuple(mine))
            _at_truth(counts[gate.name], gate, just.asked(gate, drawn, there, own))
        full = planted.staged(drawn, policy, there)
        for gate in worse.gates:
            if found := worse.asked(gate, drawn, there, full):
                counts[gate.name].missed.append(found[gate.nearest].status not in FAILED)
        monitor.step()
    told = _told(worse, images)
    rows = tuple(_row(population, gate, counts[gate.name], (images, told)) for gate in just.gates)
    return _whole(just.gates, counts), (*rows, *_unmeasured(population))


def _planted(population: Population, policy: Policy, loss: float) -> Planted:
    """Gates with their truth, and the policies whose thresholds that truth misses by so much (0: just meets)."""
    whole = population.whole
    found = [gate for question in questions(policy) for gate in bounded(question, whole)]
    known = tuple(gate for gate in found if gate.truths)
    thresholds = {gate.name: gate.threshold + (loss if gate.way == "at least" else -loss) for gate in known}
    policies = {
        gate.name: with_threshold(policy, gate.question.name, _inside(gate, thresholds[gate.name]))
        for gate in known
        if loss == 0 or _can_lie(gate, thresholds[gate.name])
    }
    return Planted(population=population, gates=known, policies=policies)


def _can_lie(gate: Bounded, threshold: float) -> bool:
    """Whether a loss in points puts a threshold where one can be."""
    return gate.unit in {"fraction", "points"} and (gate.way == "at least" or threshold > 0)


def _inside(gate: Bounded, threshold: float) -> float:
    """A share of right answers is at most all: a class may lose a little less than what was planted."""
    return min(threshold, 1.0) if gate.way == "at least" else threshold


def _at_truth(counts: _Counts, gate: Bounded, checks: Mapping[str, Check]) -> None:
    """What is wrong where the threshold is the truth of the nearest member, and all others meet it by more."""
    if not checks or not gate.truths:
        return
    counts.false_fail.append(any(check.status in FAILED for check in checks.values()))
    nearest = checks[gate.nearest]
    counts.false_pass.append(nearest.status == "pass")
    if (inside := holds(nearest, gate.threshold)) is not None and gate.question.name != "break_point":
        counts.outside.append(not inside)


def _told(worse: Planted, images: int) -> dict[str, float]:
    """What the gates themselves say that they miss, where they say it."""
    population = worse.population
    drawn = sample(population.ready.data, images, population.rng("told"))
    found = {}
    for gate in worse.gates:
        if gate.name in worse.policies:
            policy = worse.policies[gate.name].model_copy(update={"loss": population.policy.loss})
            evidence = population.evidence(drawn, policy)
            checks = {check.name: check for check in answer(gate.question, evidence).checks}
            check = checks[gate.nearest]
            if check.power is not None and check.n in {len(evidence.data), len(evidence.target or ())}:
                found[gate.name] = check.power.missed  # of a class it hangs on how many images a sample has of it
    return found


def _row(population: Population, gate: Bounded, counts: _Counts, about: tuple[int, dict[str, float]]) -> GateErrors:
    images, told = about
    side, loss = 1.0 - population.policy.confidence, population.policy.loss
    still = gate.way == "at least" and gate.threshold in {0.0, 1.0}
    target = population.ready.target
    on_target = target is not None and (gate.question.name == "target" or gate.name.endswith(":target"))
    return GateErrors(
        name=gate.name,
        title=gate.title,
        gates=gate.gates,
        images=len(target) if on_target and target is not None else images,
        truth=gate.threshold,
        unit=gate.unit,
        planted=f"{100 * loss:g} points of right answers made wrong" if counts.missed else "",
        false_fail=None if still else rate(counts.false_fail, side / 2),
        false_pass=None if still else rate(counts.false_pass, side / 2),
        outside=None if still else rate(counts.outside, side),
        missed=rate(counts.missed, told.get(gate.name)),
        undecided=rate([any(one in UNSURE for one in found) for found in counts.own]),
        reason=_reason(gate, counts, still=still),
    )


def _reason(gate: Bounded, counts: _Counts, *, still: bool) -> str:
    if still:
        return f"all images are {'right' if gate.threshold else 'wrong'}, so samples of them never differ"
    if not counts.missed:
        return "a loss in points of accuracy puts no threshold beyond its value, so no miss is planted"
    return ""


def _whole(gates: Iterable[Bounded], counts: Mapping[str, _Counts]) -> AuditErrors:
    """The gates together: what one audit comes to, draw by draw."""
    deciding = [counts[gate.name] for gate in gates if gate.gates]
    wrong = _any([one.false_fail for one in deciding])
    own = [
        [status for statuses in draw for status in statuses]
        for draw in zip(*(one.own for one in deciding), strict=True)
    ]
    fails = [any(status == "fail" for status in draw) for draw in own]
    unsure = [not fail and any(status in UNSURE for status in draw) for fail, draw in zip(fails, own, strict=True)]
    passes = [not fail and not open_ for fail, open_ in zip(fails, unsure, strict=True)]
    return AuditErrors(
        false_fail=rate(wrong), passes=rate(passes), fails=rate(fails), undecided=rate(unsure), gates=len(deciding)
    )


def _any(parts: Sequence[Sequence[bool]]) -> list[bool]:
    return [any(draw) for draw in zip(*(part for part in parts if part), strict=True)]


def _unmeasured(population: Population) -> tuple[GateErrors, ...]:
    """Gates that have no value on all images together."""
    whole = population.whole
    found = [gate for question in questions(whole.policy) for gate in bounded(question, whole)]
    return tuple(
        GateErrors(
            name=gate.name,
            title=gate.title,
            gates=gate.gates,
            reason=f"{gate.reason} (all {counted(len(population), 'image')} together)",
        )
        for gate in found
        if not gate.truths
    )
