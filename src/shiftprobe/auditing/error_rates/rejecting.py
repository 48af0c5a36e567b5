"""The promise that answers which are kept are seldom wrong, held against all images."""

from dataclasses import replace

import numpy as np

from shiftprobe.auditing.checks.base import QUESTIONS, answer, gates
from shiftprobe.auditing.error_rates.bounded import UNSURE
from shiftprobe.auditing.error_rates.model import GateErrors, rate
from shiftprobe.auditing.error_rates.population import Population, sample
from shiftprobe.core.monitor import Monitor
from shiftprobe.core.types import UNSHIFTED
from shiftprobe.core.words import percent
from shiftprobe.metrics import softmax


def rejection_errors(population: Population, images: int, draws: int, monitor: Monitor) -> tuple[GateErrors, ...]:
    """How often the threshold that a sample gives lets more wrong answers through than it promises."""
    policy, question = population.policy, QUESTIONS["risk_coverage"]
    rule, clean = policy.risk_coverage, population.looks[UNSHIFTED]
    if rule.level == "off":
        return ()
    sure, right = softmax(clean.logits).max(axis=1), clean.right(population.labels)
    broken, unsure = [], []
    monitor.begin("rejections", draws)
    for number in range(draws):
        drawn = sample(population.ready.data, images, population.rng("rejecting", number))
        part = answer(question, population.evidence(drawn, policy))
        curve = part.shown.risk_coverage
        unsure.append(part.checks[0].status in UNSURE)
        if curve is not None and curve.threshold is not None:
            kept = sure > curve.threshold
            broken.append(bool(kept.any()) and float(np.mean(~right[kept])) > rule.error)
        monitor.step()
    title = f"answers kept are wrong at most {percent(rule.error)} of the time"
    row = GateErrors(name="risk_coverage", title=title, gates=gates(rule), images=images)
    reason = "" if broken else "no sample gives a threshold that keeps the promise"
    row = replace(row, false_pass=rate(broken, 1.0 - policy.confidence), undecided=rate(unsure), reason=reason)
    return (row,)
