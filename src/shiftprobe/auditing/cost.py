"""How long an audit will take, said before it begins."""

import time
from typing import NamedTuple

from shiftprobe.auditing.predictions import finite, missing, predict
from shiftprobe.auditing.ready import Ready
from shiftprobe.auditing.stages import steps_of, tasks_of
from shiftprobe.core.types import IDENTITY, UNSHIFTED, Condition
from shiftprobe.engine.executors.threads import limited

SAMPLE = 32  # images that are timed
WAYS, WAYS_OF = 9, 256  # other preparations, and the images that are looked at in each
MAPPED, MAPS = 32, 3  # images whose maps are drawn, and the passes that one map costs
REPAIRS = 1.5  # passes over the images that repairs are tried on
LEARNING = 3  # passes that a step costs; one that looks for sharpness takes two
BEGINNING = 5.0  # seconds of everything else


class AuditTime(NamedTuple):
    """Seconds: where every gate is decided as soon as it may be, and where all images are looked at, in bf16 twice."""

    least: float
    most: float


def seconds(ready: Ready, workers: int) -> AuditTime:
    """About how long it will take, from one small batch on the network itself under one shift, on one core."""
    policy, both = ready.request.policy, ready.with_all
    shift = policy.shifts[0] if policy.shifts else IDENTITY
    few = min(SAMPLE, len(ready.data))
    with limited(1):
        _timed(ready, 2, Condition(shift, 0.5))  # libraries load, memory is claimed
        whole, each = _timed(ready, few, UNSHIFTED), _timed(ready, few, Condition(shift, 0.5))
    n = max(len(side) for side in ready.sides.values())
    beside = WAYS * min(n, WAYS_OF) + _maps(ready, n)
    once = (0 if both is None else sum(_missing(both, "whole/data"))) + (
        0 if ready.target is None else len(ready.target)
    )
    first, later = _missing(ready, "data")
    if ready.other is not None and ready.unlabelled is not None:  # it looks at everything as well
        once += len(ready.tasks) * len(ready.data) + len(ready.unlabelled)
    steps, decoding = steps_of(ready), max(0.0, whole - each) * n * (1 + 1 / workers)
    found = [
        each * ((once + looks) / workers + beside + _repairs(ready, repaired)) + decoding + BEGINNING
        for looks, repaired in ((first, n if steps is None else steps.sizes[0]), (first + later, n))
    ]
    if ready.subject.precision == "bf16":  # where a gate hangs on it, everything is looked at again
        found[1] += seconds(ready.in_float32, workers).most - BEGINNING
    return AuditTime(*found)


def _repairs(ready: Ready, n: int) -> float:
    """Passes of repairs that are tried on n images, and on as many clean ones where those are others."""
    from shiftprobe.auditing.repairs import mixed_statistics, towards, unlabelled_steps
    from shiftprobe.auditing.repairs.judged import STATISTICS
    from shiftprobe.models.batch_norms import batch_norms

    normal, statistics = bool(batch_norms(ready.subject.model)), 2 * min(n // 2, STATISTICS)
    home = n if ready.target is None else min(len(ready.data), n)
    passes = REPAIRS * n
    if ready.subject.head is not None and normal:
        passes += home + (len(mixed_statistics.SHARES) - 1) * (n + statistics) + home
    count = len(ready.towards)
    between = count * (len(towards.WEIGHTS) - 2) + (1 + 2 * count if count > 1 else 0)
    passes += (between * (1 + normal) + count) * (n + home) + between * normal * statistics
    if ready.request.adapt:
        shown = min(n, unlabelled_steps.MOST)
        passes += 3 * LEARNING * (unlabelled_steps.ORDERS + 1) * shown + 2 * shown
    return passes


def _maps(ready: Ready, n: int) -> int:
    """Passes of maps, of n images at most; a black box has none to draw."""
    if ready.request.policy.attribution.level == "off" or ready.subject.head is None:
        return 0
    return MAPS * min(n, MAPPED) * (2 + len(ready.request.policy.shifts))


def _missing(ready: Ready, folder: str) -> tuple[int, int]:
    """Looks that are not on the disk: of the first step, or of all where there are no steps, and of the later ones."""
    steps, shifts = steps_of(ready), ready.request.policy.shifts
    parts = [list(ready.tasks), []]
    if steps is not None:
        later = range(2, len(steps.sizes) + 1)
        parts = [
            [ready.tasks[0], *tasks_of(ready, steps, 1, shifts)],
            [task for step in later for task in tasks_of(ready, steps, step, shifts)],
        ]
    first, more = (missing(ready.subject, tasks, ready.looks / folder, ready.dose) for tasks in parts)
    return first, more


def _timed(ready: Ready, n: int, condition: Condition) -> float:
    """Seconds of one look at an image."""
    with finite(ready.subject, ready.data):
        began = time.perf_counter()
        predict(ready.subject, ready.data, range(n), ready.dose(condition))
    return (time.perf_counter() - began) / n
