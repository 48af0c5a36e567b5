"""How fast a network learns at every step of a phase: a linear warm-up, then what the recipe's schedule says."""

import math

from shiftprobe.spec.recipe import Schedule

DROPS = (0.4, 0.6, 0.8)  # shares of the steps after which `step` divides the rate by ten


def rate_factor(sched: Schedule, step: int, steps: int, warmup: int) -> float:
    """What a step's rate is of the recipe's own, a fraction.

    Args:
        sched: constant; cosine, which ends near 0; or step, a tenth after .4, .6 and .8 of the steps.
        step: which one of the phase, from 0.
        steps: how many the phase has.
        warmup: how many of them rise, from 1 / warmup to 1.

    References:
        Loshchilov and Hutter, 2016, arXiv:1608.03983 (cosine); Kolesnikov et al., 2020, arXiv:1912.11370 (step).
    """
    if step < warmup:
        return (step + 1) / warmup
    if sched == "cosine":
        return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))
    if sched == "step":
        return float(0.1 ** sum(step >= drop * steps for drop in DROPS))
    return 1.0
