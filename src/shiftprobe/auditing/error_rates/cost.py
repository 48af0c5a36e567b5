"""How long a calibration will take, said before it begins."""

import time
from dataclasses import replace

import numpy as np

from shiftprobe.auditing.error_rates.perform import MEASURES, SLOW, Measure, draws_of, tasks_on
from shiftprobe.auditing.error_rates.population import Population
from shiftprobe.auditing.error_rates.prepared import MOST
from shiftprobe.auditing.error_rates.request import CalibrationReady
from shiftprobe.auditing.error_rates.shares import share_errors
from shiftprobe.auditing.predictions import finite, missing, predict
from shiftprobe.auditing.ready import Ready
from shiftprobe.auditing.types import Predictions
from shiftprobe.core.monitor import Silent
from shiftprobe.core.types import IDENTITY, UNSHIFTED, Condition
from shiftprobe.engine.executors.threads import limited

TIMED = 32  # images
WAYS = 30  # preparations that images are looked at in
LOOKED_AGAIN = ("preprocessing",)  # beside draws that cost nothing
RIGHT = 0.9  # of made-up answers


def seconds(asked: CalibrationReady, workers: int) -> float:
    """About how long it will take: missing looks, timed on a few images, and draws, timed on made-up answers."""
    ready = replace(asked.ready, folder=asked.looks)
    shifts, few = ready.request.policy.shifts, min(TIMED, len(ready.data))
    lacking = missing(ready.subject, tasks_on(ready), ready.looks / "data", ready.dose)
    dose = ready.dose(Condition(shifts[0] if shifts else IDENTITY, 0.5))
    with limited(1), finite(ready.subject, ready.data):
        predict(ready.subject, ready.data, range(2), dose)  # libraries load, memory is claimed
        began = time.perf_counter()
        seen = predict(ready.subject, ready.data, range(few), dose)
        each = (time.perf_counter() - began) / few
        drawing = _drawing(_made_up(ready, seen), asked)
    return each * (lacking / workers + WAYS * min(MOST, len(ready.data))) + drawing


def _made_up(ready: Ready, like: Predictions) -> Population:
    """Answers of these shapes that nobody gave."""
    rng, labels = np.random.default_rng(0), ready.data.labels
    n, classes = len(ready.data), like.logits.shape[1]
    logits = rng.normal(size=(n, classes)).astype(np.float32)
    right = rng.random(n) < RIGHT
    if labels is not None:
        logits[np.flatnonzero(right), labels[right]] += 6.0
    width = None if like.features is None else like.features.shape[1]
    features = None if width is None else rng.normal(size=(n, width)).astype(np.float16)
    made = Predictions(logits=logits, features=features)
    policy = ready.request.policy
    places = [UNSHIFTED, *(Condition(shift, dose) for shift in policy.shifts for dose in policy.asked)]
    return Population(ready=replace(ready, target=None), looks=dict.fromkeys(places, made))


def _drawing(population: Population, asked: CalibrationReady) -> float:
    """Seconds of all draws: what three cost beyond one, or one where a draw is slow."""
    draws = asked.request.draws
    whole = draws * _each(lambda *given: share_errors(*given)[1], population, asked.images, fast=True)
    for name, measure in MEASURES.items():
        if name not in LOOKED_AGAIN:
            whole += draws_of(name, draws) * _each(measure, population, asked.images, fast=name not in SLOW)
    return whole


def _each(measure: Measure, population: Population, images: int, *, fast: bool) -> float:
    times = []
    for draws in (1, 3) if fast else (1,):
        began = time.perf_counter()
        measure(population, images, draws, Silent())
        times.append(time.perf_counter() - began)
    return max(0.0, times[-1] - times[0]) / 2 if fast else times[0]
