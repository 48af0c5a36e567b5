"""From what a method says to accuracy: a line fitted on the grid, and how wrong it was on families left out."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from shiftprobe.stats.probit_line import least_squares, probit

Vector = NDArray[np.float64]


class CalibrationLine(NamedTuple):
    """Accuracy from what a method says, both as normal quantiles, where accuracies lie on lines."""

    offset: float
    slope: float  # 0 or more: a method that says more never means less
    half: float  # of the interval, in normal quantiles
    error: float  # mean absolute error of accuracy, each family predicted from the others
    ends: tuple[float, float]  # fractions are kept within: quantiles of 0 and 1 are infinite

    def value(self, said: float) -> float:
        """Accuracy where the method says so."""
        return float(ndtr(self._at(said)))

    def interval(self, said: float) -> tuple[float, float]:
        """Around it."""
        return open_ended(self._at(said), self.half, self.ends)

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
    misses = np.sort(np.abs(predicted - y))
    half = float(misses[min(conformal_rank(len(x), level), len(x)) - 1])
    return CalibrationLine(*least_squares(x, y, lowest=0.0), half, error, ends)


def open_ended(place: float, half: float, ends: tuple[float, float]) -> tuple[float, float]:
    """The interval around a place on the normal curve, as fractions.

    What lies beyond an end cannot be told from it: there the interval reaches 0, or 1.

    Args:
        place: a normal quantile.
        half: half width, in normal quantiles.
        ends: fractions between which accuracies can be told apart.
    """
    low, high = float(ndtr(place - half)), float(ndtr(place + half))
    return (low if low > ends[0] else 0.0), (high if high < ends[1] else 1.0)


def conformal_rank(looks: int, level: float) -> int:
    """Which of the sorted misses so many of all looks, and of the one to come, lie within (split conformal).

    Beyond the number of looks there is none.
    """
    return math.ceil(level * (looks + 1))
