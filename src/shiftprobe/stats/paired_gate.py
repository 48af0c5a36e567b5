"""Has a new checkpoint lost against the old one on the same images? Pass, fail, or cannot tell."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from shiftprobe.metrics.binomial import check_confidence
from shiftprobe.metrics.checks import InputError
from shiftprobe.stats.compare import MARGIN
from shiftprobe.stats.gate import Word
from shiftprobe.stats.images import Flips, flips
from shiftprobe.stats.paired_exact import Region, critical, lower_end, proof, reached, region, span
from shiftprobe.stats.paired_groups import GroupedDifference, grouped_difference


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedGate:
    """Accuracy of a less that of b on the same images, held against a margin; fractions."""

    word: Word
    difference: float  # a - b: negative where a has lost
    low: float  # exact interval of the true difference
    high: float
    n: int
    margin: float  # loss that is put up with
    p_above: float  # against "a has truly lost the margin or more": small where it has not
    p_below: float  # against "a has truly lost the margin at most": small where it has lost more
    flips: Flips  # counts of both, with the two-sided exact McNemar p, as if images were independent
    groups: int | None = None  # of images that belong together; None: images are independent


def paired_gate(
    a_right: ArrayLike,
    b_right: ArrayLike,
    margin: float = MARGIN,
    confidence: float = 0.95,
    *,
    groups: ArrayLike | None = None,
) -> PairedGate:
    """Hold a new checkpoint a against an old one b, image by image.

    Pass when a is proven not to have lost more than the margin, fail when it is proven to have lost more, else
    cannot tell; each side errs at most (1 - confidence) / 2 of the time. With a margin of 0 the test is McNemar's
    one-sided exact one: fail says "worse", pass says "better", and two checkpoints that always agree cannot be told
    apart. Above 0 it is the exact unconditional test with Tango's score, whose p values never fall as the margin is
    lowered. The interval inverts both, 0 by McNemar's test: the word is that of the interval at every margin.

    With groups two further tests are asked, both with the quantile of G - 1 degrees of freedom: a t test over groups,
    to which two made-up ones are added, and Tango's score at as many images as the groups are worth. P is the largest,
    the interval holds all, and under 10 groups the word is "cannot tell" with both p at 1.

    Args:
        a_right: (N,) booleans, which images the new checkpoint got right.
        b_right: (N,) booleans, which of the same images the old one got right.
        margin: loss of accuracy that is put up with, a fraction from 0, below 1, fixed before.
        confidence: of the two-sided interval, a fraction below 1.
        groups: (N,) labels of images that belong together, one object seen often; None: images are independent.

    Raises:
        InputError: when lengths differ, there are no images, a value is no boolean, a fraction is none, or all images
            are of one group.

    Reference: McNemar, 1947, Psychometrika 12(2); Hsueh, Liu and Chen, 2001, Biometrics 57(2); Tango, 1998,
        Statistics in Medicine 17(8).
    """
    _check_margin(margin)
    check_confidence(confidence)
    counts, level = flips(a_right, b_right), (1.0 - confidence) / 2.0
    a, b, n = counts.a_only, counts.b_only, int(np.asarray(a_right).size)
    above, below = _evidence(a, b, n, -margin), _evidence(b, a, n, margin)
    found = PairedGate(
        word="pass" if above <= level else "fail" if below <= level else "cannot tell",
        difference=(a - b) / n,
        low=_end(a, b, n, level),
        high=-_end(b, a, n, level),
        n=n,
        margin=margin,
        p_above=above,
        p_below=below,
        flips=counts,
    )
    return found if groups is None else _by_group(found, grouped_difference(a_right, b_right, groups), confidence)


def _by_group(alone: PairedGate, grouped: GroupedDifference, confidence: float) -> PairedGate:
    """The gate with what groups of images leave open."""
    level, few = (1.0 - confidence) / 2.0, grouped.spread.few_groups
    low, high = grouped.ends(level)
    above = 1.0 if few else max(alone.p_above, grouped.exceeds(-alone.margin))
    below = 1.0 if few else max(alone.p_below, grouped.falls_short(-alone.margin))
    return replace(
        alone,
        word="pass" if above <= level else "fail" if below <= level else "cannot tell",
        low=min(low, alone.low),
        high=max(high, alone.high),
        p_above=above,
        p_below=below,
        groups=grouped.spread.groups,
    )


def agreeing_images(margin: float = MARGIN, confidence: float = 0.95) -> int | None:
    """How many images on which both checkpoints are right or wrong together let the paired gate pass.

    Args:
        margin: loss that the gate puts up with, a fraction from 0, below 1.
        confidence: of the gate's two-sided interval, a fraction below 1.

    Returns:
        A tenth more than those on which a loss of the margin would flip none with the level's chance, (1 - margin)^n:
        the exact test is a little stricter there and moves in small steps. None at a margin of 0, which no agreement
        can show.

    Raises:
        InputError: when an argument is out of range.
    """
    _check_margin(margin)
    check_confidence(confidence)
    if margin == 0.0:
        return None
    return math.ceil(1.1 * math.log((1.0 - confidence) / 2.0) / math.log1p(-margin))


def missed_regression(
    n: int, flips_share: float, loss: float, margin: float = MARGIN, confidence: float = 0.95
) -> float:
    """Exact chance that the paired gate's test does not fail a checkpoint that has truly lost so much.

    It is of the test at the margin alone. The gate takes the largest p of all smaller margins, and so may miss a
    little more: up to .03 at margins of 1 or 2 points, 100 to 1,000 images and a loss of 5 points.

    Args:
        n: images, at least 1.
        flips_share: share of images on which exactly one of the two is right, a fraction of at least the loss.
        loss: by how much the new checkpoint is truly worse, a fraction from 0.
        margin: loss that the gate puts up with, a fraction from 0, below 1.
        confidence: of the gate's two-sided interval, a fraction below 1.

    Returns:
        Probability in [0, 1].

    Raises:
        InputError: when an argument is out of range.
    """
    _check_margin(margin)
    check_confidence(confidence)
    if n < 1:
        raise InputError(f"a gate needs at least 1 image, got {n}")
    if not 0.0 <= loss <= flips_share <= 1.0:
        raise InputError(f"wanted 0 <= loss <= share of flips <= 1, got a loss of {loss} and flips of {flips_share}")
    won, lost = (flips_share - loss) / 2.0, (flips_share + loss) / 2.0
    return max(0.0, 1.0 - float(reached(_failing(n, won, margin, (1.0 - confidence) / 2.0), n, [lost], [won])[0]))


def _failing(n: int, won: float, margin: float, level: float) -> Region:
    """For each count of images that only the new one gets right, how many only the old one must get right."""
    counts = span(n, np.array([won]))
    if margin > 0.0:
        return region(critical(n, margin, level), n, margin, counts)
    from scipy.special import bdtr

    low, high = np.full(len(counts), -1), np.full(len(counts), n + 1)
    for _ in range(n.bit_length() + 1):
        middle = (low + high) // 2
        good = (middle >= 0) & (bdtr(np.minimum(counts, 1e9), counts + np.maximum(middle, 0), 0.5) <= level)
        low, high = np.where(good, low, middle), np.where(good, middle, high)
    return Region(counts, high)


def _evidence(first: int, second: int, n: int, bound: float) -> float:
    """P value against "the first is ahead of the second by the bound at most"."""
    untied = _untied(first, second)
    if bound == 0.0:
        return untied
    found = proof(first, second, n, bound)
    return min(found, untied) if bound < 0.0 else max(found, untied)  # who is ahead at all is ahead of less


def _end(first: int, second: int, n: int, level: float) -> float:
    """The largest bound that the first's lead is proven to exceed: 0 or more exactly where McNemar's test finds one."""
    low = lower_end(first, second, n, level)
    return max(low, 0.0) if _untied(first, second) <= level else min(low, 0.0)


def _untied(first: int, second: int) -> float:
    """McNemar's one-sided exact p against "the first is ahead in no more images than the second"."""
    from scipy.special import bdtr

    return float(bdtr(second, first + second, 0.5))


def _check_margin(margin: float) -> None:
    if not 0.0 <= margin < 1.0:
        raise InputError(f"margin is a fraction from 0, below 1, got {margin}; write 0.01 for 1 point")
