"""What is asked of the outputs' names, of rejected images and of unreadable files, where the answer is known."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.checks.base import QUESTIONS, answer, gates, rule_of
from shiftprobe.auditing.checks.class_order import best_order
from shiftprobe.auditing.error_rates.bounded import FAILED, UNSURE, with_threshold
from shiftprobe.auditing.error_rates.model import GateErrors, rate
from shiftprobe.auditing.error_rates.population import Population, Resample, sample, some
from shiftprobe.auditing.policy import Policy
from shiftprobe.auditing.types import Check, Predictions
from shiftprobe.core.monitor import Monitor
from shiftprobe.core.types import UNSHIFTED
from shiftprobe.core.words import in_percent

Index = NDArray[np.int64]


def class_order_errors(population: Population, images: int, draws: int, monitor: Monitor) -> tuple[GateErrors, ...]:
    """The true names of the outputs, and as many of them swapped in turn as cost more than the policy allows."""
    policy, question = population.policy, QUESTIONS["class_order"]
    rule, clean = policy.class_order, population.looks[UNSHIFTED]
    if rule_of(policy, question).level == "off":
        return ()
    row = GateErrors(name="class_order", title=question.title, gates=gates(rule), images=images, unit="points")
    outputs = clean.logits.shape[1]
    if outputs < 2 or len(np.unique(population.labels)) < 2:  # noqa: PLR2004 - the check itself asks for two
        return (replace(row, reason="wanted a head of at least 2 outputs, and images of at least 2 classes"),)
    truth, swapped = gained(clean.answers, population.labels, outputs), _swapped(population, rule.at_most + policy.loss)
    strict = with_threshold(policy, "class_order", truth)
    named, own, missed = [], [], []
    monitor.begin("names", draws)
    for number in range(draws):
        drawn = sample(population.ready.data, images, population.rng("names", number))
        named.append(_asked(population, clean, strict, drawn).status in FAILED)
        own.append(_asked(population, clean, policy, drawn).status in UNSURE)
        if swapped is not None:
            missed.append(_asked(population, swapped[0], policy, drawn).status not in FAILED)
        monitor.step()
    told = "" if swapped is None else f"{swapped[1]} outputs swapped in turn: {in_percent(swapped[2])} points"
    row = replace(
        row,
        truth=truth,
        planted=told,
        false_fail=rate(named, (1.0 - policy.confidence) / 2),
        missed=rate(missed),
        undecided=rate(own),
        reason="" if swapped is not None else "no swap of outputs costs more than is allowed, so no miss is planted",
    )
    return (row,)


def gained(answers: Index, labels: Index, outputs: int) -> float:
    """What the best names would add on all images, a fraction; 0 where the true names are the best."""
    return float(np.mean(best_order(answers, labels, outputs)[answers] == labels) - np.mean(answers == labels))


def _swapped(population: Population, least: float) -> tuple[Predictions, int, float] | None:
    """Answers with the fewest outputs in each other's place that other names mend by so much; None where none are."""
    clean, labels = population.looks[UNSHIFTED], population.labels
    counts = np.bincount(labels, minlength=clean.logits.shape[1])
    order, count = np.argsort(-counts, kind="stable"), 2
    while count <= int((counts > 0).sum()):
        columns = np.arange(len(counts))
        columns[order[:count]] = np.roll(order[:count], 1)
        seen = Predictions(logits=clean.logits[:, columns])
        if (gain := gained(seen.answers, labels, len(counts))) >= least:
            return seen, count, gain
        count = count + 1 if count < 10 else int(count * 1.5)  # noqa: PLR2004 - of a thousand outputs few are tried
    return None


def _asked(population: Population, seen: Predictions, policy: Policy, drawn: Resample) -> Check:
    evidence = replace(population.evidence(drawn, policy), clean=some(seen, drawn.places))
    return answer(QUESTIONS["class_order"], evidence).checks[0]
