"""Files that cannot be read: a count, so nothing is drawn; it is asked of as many as are allowed, and of more."""

import math
from dataclasses import replace

import numpy as np

from shiftprobe.auditing.checks.base import QUESTIONS, answer, gates
from shiftprobe.auditing.error_rates.bounded import FAILED
from shiftprobe.auditing.error_rates.model import GateErrors
from shiftprobe.auditing.error_rates.population import Population, Resample
from shiftprobe.auditing.types import Check
from shiftprobe.core.monitor import Monitor
from shiftprobe.core.words import in_percent
from shiftprobe.data.bundle import Skipped


def skipped_errors(population: Population, images: int, draws: int, monitor: Monitor) -> tuple[GateErrors, ...]:  # noqa: ARG001 - the form of all
    """Whether a share of unreadable files passes up to what is allowed and fails beyond it."""
    policy, question = population.policy, QUESTIONS["skipped"]
    rule, readable = policy.skipped, len(population.ready.data.bundle)
    if rule.level == "off":
        return ()
    monitor.begin("files", 1)
    more = rule.at_most + policy.loss
    row = GateErrors(name="skipped", title=question.title, gates=gates(rule), images=readable, truth=rule.at_most)
    if more >= 1.0:
        return (replace(row, reason="no share of files lies so far above what is allowed"),)
    within = math.floor(rule.at_most * readable / (1.0 - rule.at_most) + 1e-9)
    beyond = math.ceil(more * readable / (1.0 - more))
    right = _asked(population, within).status == "pass" and _asked(population, beyond).status in FAILED
    monitor.step()
    reason = (
        f"a count, so nothing is drawn: {within:,} unreadable files beside {readable:,} were asked about and "
        f"{beyond:,} ({in_percent(more)} %), and the answers were pass and fail"
        if right
        else f"{within:,} unreadable files beside {readable:,} do not pass, or {beyond:,} do not fail: report this"
    )
    return (replace(row, reason=reason),)


def _asked(population: Population, lost: int) -> Check:
    """The check of the data with so many unreadable files beside them."""
    nothing = Resample(places=np.zeros(0, np.int64))
    evidence = population.evidence(nothing, population.policy)
    planted = tuple(Skipped(path=f"planted-{i}", reason="planted") for i in range(lost))
    side = replace(evidence.data, bundle=replace(evidence.data.bundle, skipped=planted))
    return answer(QUESTIONS["skipped"], replace(evidence, data=side)).checks[0]
