"""A share held against its threshold in steps: who looks often errs no more often than who looks once."""

import math
from collections.abc import Sequence
from itertools import pairwise

from shiftprobe.metrics.checks import InputError
from shiftprobe.stats.gate import Gate, Word, gate, tied


def staged_gate(
    rights: Sequence[int], sizes: Sequence[int], shares: Sequence[float], threshold: float, confidence: float = 0.95
) -> Gate:
    """Hold a share of images against the threshold it must reach, after some of the steps that were planned.

    Sizes, and what each step may spend of the level, are fixed beforehand (Bonferroni over the steps), whatever the
    images say. Of a plan of one step it is `gate`.

    Args:
        rights: (k,) how many images were right at the end of each step so far.
        sizes: (k,) of how many, growing.
        shares: (K,) of the level, what each step may spend; they sum to 1, and K is at least k.
        threshold: the share that must be reached, a fraction.
        confidence: of the two-sided interval, a fraction below 1.

    Returns:
        The gate of all images so far. Its p values hold whichever step was the last: the smallest over the steps, each
        divided by what it may spend; where an early step decided one side, the other cannot be decided any more. Its
        interval is a repeated one: what the intervals of all steps have in common.

    Raises:
        InputError: when lengths differ, sizes do not grow, shares do not sum to 1, or as `gate` does.

    Reference: Jennison and Turnbull, 1999, Group Sequential Methods, chapter 9; Maurer and Bretz, 2013, Statistics in
        Biopharmaceutical Research 5(4), for families: Holm over such p values at every step.
    """
    if not 0 < len(rights) == len(sizes) <= len(shares) or any(a >= b for a, b in pairwise(sizes)):
        raise InputError(f"wanted growing sizes of at most {len(shares)} steps, got {list(rights)} of {list(sizes)}")
    if min(shares) <= 0.0 or not math.isclose(sum(shares), 1.0):
        raise InputError(f"shares of the level are fractions that sum to 1, got {list(shares)}")
    level = (1.0 - confidence) / 2.0
    low, high, above, below = 0.0, 1.0, 1.0, 1.0
    for right, n, share in zip(rights, sizes, shares, strict=False):
        one = gate(right, n, threshold, 1.0 - (1.0 - confidence) * share)
        low, high = max(low, one.low), min(high, one.high)
        reached, missed = above <= tied(level), below <= tied(level)
        above = above if missed else min(above, one.p_above / share)
        below = below if reached else min(below, one.p_below / share)
    word: Word = "pass" if above <= tied(level) else "fail" if below <= tied(level) else "cannot tell"
    value = rights[-1] / sizes[-1]
    return Gate(
        value=value,
        low=min(low, value),
        high=max(high, value),
        n=sizes[-1],
        p_below=below,
        p_above=above,
        threshold=threshold,
        word=word,
    )
