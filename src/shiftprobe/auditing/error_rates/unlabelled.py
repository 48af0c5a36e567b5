"""The estimate without labels where labels are there: shifts left out of the grid, classes in other shares."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from shiftprobe.auditing.checks.base import QUESTIONS, answer, gates
from shiftprobe.auditing.error_rates.bounded import with_threshold
from shiftprobe.auditing.error_rates.model import GateErrors, rate
from shiftprobe.auditing.error_rates.population import Population, Resample, halves, resampled, some
from shiftprobe.auditing.estimate.on_target import CONFIDENCE, estimated
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.types import Check
from shiftprobe.core.monitor import Monitor
from shiftprobe.core.types import UNSHIFTED, Condition

RARER = 6  # times; half of the classes
FEWEST = 100  # images of both halves together, of which each needs 50


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What one estimate says of a target whose accuracy is known, held against exactly that."""

    truth: float
    check: Check


def estimate_errors(population: Population, images: int, draws: int, monitor: Monitor) -> tuple[GateErrors, ...]:
    """One target a draw, on images that calibrate nothing: a condition of a shift left out, or thinned classes.

    The truth is the target's own accuracy, which its labels would show.
    """
    policy, question = population.policy, QUESTIONS["target"]
    if policy.target.level == "off":
        return ()
    row = GateErrors(
        name="target:left_out",
        title="accuracy without labels under a shift left out of the grid",
        gates=gates(policy.target),
        images=min(images, len(population) // 2),
        planted="a shift of the policy at one of its severities, left out of the calibration",
    )
    thinned = replace(
        row,
        name="target:proportions",
        title="accuracy without labels, classes in other proportions",
        planted=f"half of the classes {RARER} times rarer",
    )
    if (reason := _unfit(population)) is not None:
        return replace(row, reason=reason), replace(thinned, reason=reason)
    conditions = tuple(population.shifts)
    left_out: list[_Told] = []
    shares: list[_Told] = []
    monitor.begin(question.title, draws)
    for number in range(draws):
        rng = population.rng("unlabelled", number)
        sides = halves(population.ready.data, row.images, rng)
        place = conditions[int(rng.integers(len(conditions)))]
        left_out.append(_estimate(population, sides, place))
        shares.append(_estimate(population, (sides[0], _thinned(population, sides[1], rng)), UNSHIFTED))
        monitor.step()
    return _row(row, left_out), _row(thinned, shares)


def _unfit(population: Population) -> str | None:
    if population.ready.subject.head is None:
        return "the estimate needs a network's layers, and a black box gives scores alone"
    if len(population) < FEWEST:
        return f"{len(population)} images are too few: half of them calibrate, half are the target, 50 each"
    if len({place.shift for place in population.shifts}) < 4:  # noqa: PLR2004 - one left out, three are needed
        return "the policy's grid needs 4 shifts or more: one is left out, and 3 calibrate"
    return None


def _estimate(population: Population, sides: tuple[Resample, Resample], place: Condition) -> _Told:
    """The audit's gate on an unlabelled target, its threshold at the truth; the target's own shift is left out."""
    here, there = sides
    data, looks, policy = population.ready.data, population.looks, population.policy
    seen = some(looks[place], there.places, features=True)
    truth = float(seen.right(population.labels[there.places]).mean())
    grid = {
        one: some(seen_there, here.places, features=True)
        for one, seen_there in population.shifts.items()
        if one.shift != place.shift
    }
    evidence = AuditEvidence(
        policy=with_threshold(policy, "target", truth),
        subject=population.ready.subject,
        data=resampled(data, here),
        clean=some(looks[UNSHIFTED], here.places, features=True),
        dial=grid,
        target=replace(resampled(data, there), labels=None),
        on_target=seen,
    )
    evidence = replace(evidence, estimate=estimated(evidence))
    return _Told(truth=truth, check=answer(QUESTIONS["target"], evidence).checks[0])


def _thinned(population: Population, drawn: Resample, rng: np.random.Generator) -> Resample:
    """The same images with half of the classes rarer."""
    labels = population.labels[drawn.places]
    present = np.unique(labels)
    rare = rng.permutation(present)[: len(present) // 2]
    kept = ~np.isin(labels, rare) | (rng.random(len(labels)) < 1.0 / RARER)
    clusters = None if drawn.clusters is None else drawn.clusters[kept]
    return Resample(places=drawn.places[kept], clusters=clusters)


def _row(row: GateErrors, told: Sequence[_Told]) -> GateErrors:
    answered = [one for one in told if one.check.low is not None and one.check.high is not None]
    ends = [(one.check.low or 0.0, one.check.high or 0.0, one.truth) for one in answered]
    return replace(
        row,
        false_fail=rate([high < truth for _, high, truth in ends]),
        false_pass=rate([low > truth for low, _, truth in ends]),
        outside=rate([not low <= truth <= high for low, high, truth in ends], 1.0 - CONFIDENCE),
        undecided=rate([one.check.low is None for one in told]),
        width=float(np.mean([high - low for low, high, _ in ends])) if ends else None,
        reason="" if ends else f"no estimate is answered: {told[0].check.reason}",
    )
