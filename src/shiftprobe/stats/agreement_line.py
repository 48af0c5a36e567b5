"""Agreement on the line: whether pairs of networks agree where single ones are right; it needs no label."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shiftprobe.stats.probit_line import (
    FEWEST_POINTS,
    AccuracyLine,
    NoLine,
    least_squares,
    probit,
    share_ends,
    t_quantile,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementCheck:
    """Whether pairs of networks agree along the line on which they are right."""

    offset: float
    slope: float
    fit: float
    pairs: int
    holds: bool


def agreement_check(line: AccuracyLine, first: Sequence[float], second: Sequence[float]) -> AgreementCheck | NoLine:
    """Pairs' agreement on both sets, needing no label, held against the line of accuracies.

    Where accuracies lie on a line, agreements of pairs lie on one with the same slope and offset. It is said to hold
    where the slope of agreements lies in the interval of the other slope, and their line crosses the middle of the
    accuracies within what the line predicts for single networks.

    Args:
        line: through the accuracies.
        first: (m,) shares of images on which the two networks of a pair give one answer, on the first set.
        second: (m,) the same pairs on the second set.

    Reference: Baek et al., 2022, arXiv:2206.13089.
    """
    if len(first) < FEWEST_POINTS:
        return NoLine(reason=f"agreement needs {FEWEST_POINTS} pairs, got {len(first)}")
    x = probit(np.asarray(first, np.float64), share_ends(line.images[0]))
    y = probit(np.asarray(second, np.float64), share_ends(line.images[1]))
    if float(np.square(x - x.mean()).sum()) <= 0 or float(np.square(y - y.mean()).sum()) <= 0:
        return NoLine(reason="all pairs agree equally often")
    offset, slope = least_squares(x, y)
    away = offset + slope * line.centre - line.offset - line.slope * line.centre
    within = abs(away) <= t_quantile(line.n - 2) * max(line.spread * math.sqrt(1.0 + 1.0 / line.n), 1e-9)
    left = float(np.square(y - offset - slope * x).sum()) / float(np.square(y - y.mean()).sum())
    return AgreementCheck(
        offset=offset,
        slope=slope,
        fit=1.0 - left,
        pairs=len(first),
        holds=within and line.slope_low <= slope <= line.slope_high,
    )
