"""The check of the preprocessing where the answer is known: images prepared as they should be, and otherwise."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.checks.base import QUESTIONS, gates
from shiftprobe.auditing.checks.preprocessing import SAMPLE, OtherLooks, judged, look_otherwise
from shiftprobe.auditing.error_rates.bounded import FAILED, UNSURE, with_threshold
from shiftprobe.auditing.error_rates.model import GateErrors, rate
from shiftprobe.auditing.error_rates.population import Population
from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.policy import Policy
from shiftprobe.auditing.predictions import predict
from shiftprobe.auditing.types import Check
from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.monitor import Monitor
from shiftprobe.core.types import UNSHIFTED
from shiftprobe.core.words import in_percent
from shiftprobe.models.preprocess import Preprocess

Index: TypeAlias = NDArray[np.int64]

MOST = 512  # images that are looked at in every way; samples of them are drawn as large as the check's own


def preprocessing_errors(population: Population, images: int, draws: int, monitor: Monitor) -> tuple[GateErrors, ...]:
    """Whether the right preparation is suspected, and whether wrong numbers or a wrong order of colours are found."""
    from shiftprobe.models.alternatives import alternatives

    policy, question = population.policy, QUESTIONS["preprocessing"]
    if policy.preprocessing.level == "off":
        return ()
    row = GateErrors(name="preprocessing", title=question.title, gates=gates(policy.preprocessing), unit="points")
    places = np.sort(population.rng("prepared").permutation(len(population))[:MOST])
    how = population.ready.subject.preprocess
    right = _looked(population, places, how)
    if not right.rights:
        return (replace(row, reason="no other preprocessing changes what the network is given"),)
    each = min(SAMPLE, images, len(places))
    monitor.begin("preparations", draws)
    row = _unsuspected(replace(row, images=each), population, right, (draws, monitor))
    ways = alternatives(how)
    rows = [row]
    for name in _costly(right, how, {name: ways[name] for name in right.rights if name in ways}, policy):
        wrong = _looked(population, places, ways[name])
        asked = replace(population.whole, subject=replace(population.ready.subject, preprocess=ways[name]))
        found = [_asked(wrong, asked, policy, _places(population, len(places), each, n)) for n in range(draws)]
        lost = float(np.mean(right.now) - np.mean(wrong.now))
        missed = rate([check is None or check.status not in FAILED for check in found])
        rows.append(
            replace(
                row,
                name=f"preprocessing:{name}",
                title=f"{question.title}, prepared wrongly",
                truth=None,
                planted=f"{name}: {in_percent(lost)} points lost",
                missed=missed,
                false_fail=None,
                false_pass=None,
                undecided=None,
                reason="",
            )
        )
    if len(rows) == 1:
        reason = "no other mean and std or order of colours costs more than is allowed, so no miss is planted"
        rows = [replace(row, reason=reason)]
    return tuple(rows)


def _looked(population: Population, places: Index, how: Preprocess) -> OtherLooks:
    """Some images in one preparation and in those that the check would try from there."""
    subject = replace(population.ready.subject, preprocess=how)
    side = population.ready.data.some(places)
    clean = predict(subject, side, range(len(side)), population.ready.dose(UNSHIFTED))
    evidence = replace(population.whole, subject=subject, data=side, clean=clean, dial={})
    return look_otherwise(evidence, np.arange(len(side)))


def _unsuspected(row: GateErrors, population: Population, right: OtherLooks, how: tuple[int, Monitor]) -> GateErrors:
    """The right preparation, with the threshold at what the best other one truly adds."""
    draws, monitor = how
    policy, now = population.policy, float(np.mean(right.now))
    best = max(float(np.mean(other)) - now for other in right.rights.values())
    evidence, strict = population.whole, with_threshold(policy, "preprocessing", max(0.0, best))
    met, own = [], []
    for number in range(draws):
        places = _places(population, len(right.now), row.images, number)
        met.append(_asked(right, evidence, strict, places))
        own.append(_asked(right, evidence, policy, places))
        monitor.step()
    side = (1.0 - policy.confidence) / 2
    return replace(
        row,
        truth=max(0.0, best),
        false_fail=rate([one is not None and one.status in FAILED for one in met], side),
        false_pass=rate([one is not None and one.status == "pass" for one in met], side) if best >= 0 else None,
        undecided=rate([one is None or one.status in UNSURE for one in own]),
    )


def _places(population: Population, most: int, n: int, number: int) -> Index:
    return population.rng("preparation", number).integers(0, most, n)


def _asked(looks: OtherLooks, evidence: AuditEvidence, policy: Policy, places: Index) -> Check | None:
    try:
        part = judged(looks.some(places).gained(policy.confidence), replace(evidence, policy=policy))
    except NotAvailableError:
        return None
    return part.checks[0]


def _costly(right: OtherLooks, how: Preprocess, ways: Mapping[str, Preprocess], policy: Policy) -> tuple[str, ...]:
    """Of other numbers, and of another order of colours, the one that costs most; each only where that is enough."""
    now, least = float(np.mean(right.now)), policy.preprocessing.at_most + policy.loss
    lost = {name: now - float(np.mean(right.rights[name])) for name in ways}
    numbers = [name for name, way in ways.items() if (way.mean, way.std) != (how.mean, how.std)]
    orders = [name for name, way in ways.items() if way.order != how.order]
    most = [max(some, key=lambda name: lost[name], default=None) for some in (numbers, orders)]
    return tuple(name for name in most if name is not None and lost[name] >= least)
