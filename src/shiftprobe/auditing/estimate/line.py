"""From what a method says to accuracy: a line fitted on the grid, and how wrong it was on families left out."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from shiftprobe.stats.probit_line import least_squares, probit

Vector = NDArray[np.float64]

FLATTEST = 0.02  # of the normal curve: further out a fraction hardly moves, and noise is not blown up more


class CalibrationLine(NamedTuple):
    """Accuracy from what a method says, both as normal quantiles, where accuracies lie on lines."""

    offset: float
    slope: float  # 0 or more: a method that says more never means less
    half: float | None  # of the interval, in normal quantiles; None when the looks are too few for the confidence
    error: float  # mean absolute error of accuracy, each family predicted from the others
    ends: tuple[float, float]  # fractions are kept within: quantiles of 0 and 1 are infinite

    def value(self, said: float) -> float:
        """Accuracy where the method says so."""
        return float(ndtr(self._at(said)))

    def interval(self, said: float, extra: float) -> tuple[float, float]:
        """Around it; `extra` is a half width, a fraction of images, that comes on top (in quadrature).

        What lies beyond an end cannot be told from it: there the interval reaches 0, or 1.
        """
        place = self._at(said)
        slope = math.exp(-place * place / 2.0) / math.sqrt(2.0 * math.pi)
        half = math.hypot(self.half or 0.0, extra / max(slope, FLATTEST))
        low, high = float(ndtr(place - half)), float(ndtr(place + half))
        return (low if low > self.ends[0] else 0.0), (high if high < self.ends[1] else 1.0)

    def _at(self, said: float) -> float:
        return self.offset + self.slope * float(probit(np.array(said), self.ends))


def calibrate(
    said: Sequence[float], right: Sequence[float], families: Sequence[str], *, ends: tuple[float, float], level: float
) -> CalibrationLine:
    """Fit the line on all looks; measure its error by leaving out one family of shifts at a time.

    Args:
        said: what a method says of each look.
        right: accuracy of each look.
        families: the shift of each look.
        ends: fractions between which values are kept; below the lower one is no better than chance.
        level: share of looks that the interval must hold, as in split conformal prediction.
    """
    x, y = (probit(np.asarray(one), ends) for one in (said, right))
    names = np.asarray(families)
    predicted = np.empty(len(x))
    for name in np.unique(names):
        out = names == name
        offset, slope = least_squares(x[~out], y[~out], lowest=0.0)
        predicted[out] = offset + slope * x[out]
    error = float(np.abs(ndtr(predicted) - ndtr(y)).mean())
    return CalibrationLine(*least_squares(x, y, lowest=0.0), _rank(np.abs(predicted - y), level), error, ends)


def _rank(misses: Vector, level: float) -> float | None:
    """The smallest miss that so many of all looks, and the one to come, lie within (split conformal)."""
    rank = math.ceil(level * (len(misses) + 1))
    return float(np.sort(misses)[rank - 1]) if rank <= len(misses) else None
