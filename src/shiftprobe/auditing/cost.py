"""How long an audit will take, said before it begins."""

import time

from shiftprobe.auditing.predictions import finite, missing, predict
from shiftprobe.auditing.ready import Ready
from shiftprobe.core.types import IDENTITY, UNSHIFTED, Condition

PASSES = 10  # forward passes over the images that checks and repairs need beside the predictions
SAMPLE = 32  # images that are timed


def seconds(ready: Ready, workers: int) -> float:
    """About how long it will take, from one small batch on the network itself under one shift."""
    policy, both = ready.request.policy, ready.with_all
    shift = policy.shifts[0] if policy.shifts else IDENTITY
    _timed(ready, 2, Condition(shift, 0.5))  # libraries load, memory is claimed
    few = min(SAMPLE, len(ready.data))
    whole, each = _timed(ready, few, UNSHIFTED), _timed(ready, few, Condition(shift, 0.5))
    todo = missing(ready.subject, ready.tasks, ready.looks / "data", ready.dose)
    todo += 0 if both is None else missing(ready.subject, both.tasks, both.looks / "whole" / "data", both.dose)
    most = max(len(side) for side in ready.sides.values())
    decoding = max(0.0, whole - each) * 2 * most  # once for what is not shifted, once for what asks again
    return each * (todo / workers + PASSES * most) + decoding + 5.0


def _timed(ready: Ready, n: int, condition: Condition) -> float:
    """Seconds of one look at an image."""
    with finite(ready.subject, ready.data):
        began = time.perf_counter()
        predict(ready.subject, ready.data, range(n), ready.dose(condition))
    return (time.perf_counter() - began) / n
