"""The paired gate against a baseline: a checkpoint that lost what is allowed, and one that lost more."""

from dataclasses import replace

import numpy as np

from shiftprobe.auditing.checks.base import QUESTIONS, answer, gates
from shiftprobe.auditing.error_rates.bounded import FAILED, UNSURE, holds, without_power
from shiftprobe.auditing.error_rates.corrupted import wronged
from shiftprobe.auditing.error_rates.model import GateErrors, rate
from shiftprobe.auditing.error_rates.population import Population, Resample, sample, some
from shiftprobe.auditing.evidence import Baseline, Paired
from shiftprobe.auditing.policy import Policy
from shiftprobe.auditing.types import Check, Predictions
from shiftprobe.core.monitor import Monitor
from shiftprobe.core.types import UNSHIFTED
from shiftprobe.core.words import in_percent


def regression_errors(population: Population, images: int, draws: int, monitor: Monitor) -> tuple[GateErrors, ...]:
    """The checkpoint against itself: as it is, and with answers made wrong up to the margin and beyond it."""
    policy, question = population.policy, QUESTIONS["regression"]
    rule = policy.regression
    if rule.level == "off":
        return ()
    just, beyond = (_worse(population, loss) for loss in (rule.margin, rule.margin + policy.loss))
    at_margin = _with_margin(without_power(policy), just[1])
    at_loss = _with_margin(policy, max(0.0, beyond[1] - policy.loss))
    margin = just[1]
    told = _gate(population, beyond[0], at_loss, _typical(population, images)).power
    gates_at = [
        _Gates(population, just[0], at_margin),
        _Gates(population, beyond[0], without_power(at_loss)),
        _Gates(population, population.looks[UNSHIFTED], without_power(policy)),
    ]
    monitor.begin("pairs", draws)
    found: list[list[Check]] = [[], [], []]
    for number in range(draws):
        drawn = sample(population.ready.data, images, population.rng("pairs", number))
        for one, checks in zip(gates_at, found, strict=True):
            checks.append(one.asked(drawn))
        monitor.step()
    met, far, same = found
    side = 1.0 - policy.confidence
    row = GateErrors(
        name="regression",
        title=f"{question.title} (--baseline)",
        gates=gates(rule),
        images=images,
        truth=-margin,
        unit="points",
        planted=f"{in_percent(beyond[1])} points lost, {in_percent(at_loss.regression.margin)} allowed",
        false_fail=rate([one.status in FAILED for one in met], side / 2),
        false_pass=rate([one.status == "pass" for one in met], side / 2),
        outside=rate([not holds(one, -margin) for one in met], side),
        missed=rate([one.status not in FAILED for one in far], None if told is None else told.missed),
        undecided=rate([one.status in UNSURE for one in same]),
    )
    return (row,)


def _worse(population: Population, loss: float) -> tuple[Predictions, float]:
    """Answers with so large a share of every class made wrong, and what that costs on all images."""
    clean, order = population.looks[UNSHIFTED], population.rng("worse").permutation(len(population))
    other = wronged(clean, population.labels, loss, order) if loss > 0 else clean
    return other, float(np.mean(clean.right(population.labels)) - np.mean(other.right(population.labels)))


def _typical(population: Population, images: int) -> Resample:
    """So many images, each about as often as any other: what changes sides has its true share in them."""
    places = np.arange(images) * len(population) // images
    clusters = population.ready.data.clusters
    return Resample(places=places.astype(np.int64), clusters=None if clusters is None else clusters[places])


def _with_margin(policy: Policy, margin: float) -> Policy:
    return policy.model_copy(update={"regression": policy.regression.model_copy(update={"margin": margin})})


class _Gates:
    """The gate at one margin; of independent images it hangs on nothing but how many changed sides, so it is kept."""

    def __init__(self, population: Population, ours: Predictions, policy: Policy) -> None:
        self._population, self._ours, self._policy = population, ours, policy
        self._before = population.looks[UNSHIFTED].right(population.labels)
        self._after = ours.right(population.labels)
        self._known: dict[tuple[int, int, int], Check] = {}

    def asked(self, drawn: Resample) -> Check:
        """Its answer on a sample."""
        before, after = self._before[drawn.places], self._after[drawn.places]
        key = (len(before), int((after & ~before).sum()), int((before & ~after).sum()))
        if drawn.clusters is not None or key not in self._known:
            self._known[key] = _gate(self._population, self._ours, self._policy, drawn)
        return self._known[key]


def _gate(population: Population, ours: Predictions, policy: Policy, drawn: Resample) -> Check:
    """The gate on a sample; the baseline is the checkpoint as it is."""
    right = population.looks[UNSHIFTED].right(population.labels)[drawn.places]
    paired = Paired(right=right, index=np.arange(len(right)), lost=0)
    evidence = replace(
        population.evidence(drawn, policy),
        clean=some(ours, drawn.places),
        target=None,
        on_target=None,
        baseline=Baseline(name="itself", fingerprint=population.ready.subject.fingerprint, sides={"data": paired}),
    )
    return answer(QUESTIONS["regression"], evidence).checks[0]
