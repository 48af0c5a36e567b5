"""From what all methods say together to accuracy, and how wrong that was on families of shifts left out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.estimate.further_looks import Truth
from shiftprobe.auditing.estimate.line import conformal_rank
from shiftprobe.auditing.estimate.methods import AGREEMENT, BASELINE, Reading
from shiftprobe.stats.probit_line import probit

if TYPE_CHECKING:
    from sklearn.gaussian_process import GaussianProcessRegressor

KEPT = ("ATC", "difference of confidences", AGREEMENT, "COT", "COTT", "nuclear norm", BASELINE)
FREE = ("ATC", "difference of confidences")
REACH = 0.85  # of the process: distance, per input and in its spread, over which one look tells of another
NOISE = 0.03  # variance of a look around the process, in normal quantiles

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


class Process(NamedTuple):
    """A Gaussian process over inputs in their own spreads; no constant of it is fitted."""

    regressor: "GaussianProcessRegressor"
    centre: Vector
    spread: Vector
    middle: float

    def at(self, x: Matrix) -> tuple[Vector, Vector]:
        """Mean and standard deviation of further looks."""
        place, spread = self.regressor.predict((x - self.centre) / self.spread, return_std=True)
        return self.middle + place, np.sqrt(np.square(spread) + NOISE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    """A Gaussian process from readings to accuracy, both as normal quantiles, and its measured misses."""

    process: Process
    inputs: "Inputs"
    misses: float  # in the process's own standard deviations: what the interval must span

    def at(self, reading: Reading) -> tuple[float, float]:
        """Accuracy where the methods read so, and the half width of its interval; in normal quantiles."""
        place, spread = self.process.at(self.inputs.vectors([reading]))
        return float(place[0]), self.misses * float(spread[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Which readings go in, and between which fractions they are kept."""

    kept: tuple[str, ...]
    free: tuple[str, ...]
    ends: tuple[float, float]

    def vectors(self, readings: Sequence[Reading]) -> Matrix:
        """(N, inputs)."""
        said = [[one.kept[name] for name in self.kept] + [one.free[name] for name in self.free] for one in readings]
        moved = [[one.drift, one.shares] for one in readings]
        return np.hstack([probit(np.array(said), self.ends), np.array(moved)])


def combine(
    looks: Sequence[Truth],
    readings: Sequence[Reading],
    *,
    ends: tuple[float, float],
    level: float,
    left_out: frozenset[str] = frozenset(),
) -> Combination:
    """Fit the process on all looks; measure its misses with one family of shifts left out at a time.

    Args:
        looks: of the grid, and made from them.
        readings: of each.
        ends: fractions between which readings and accuracies are kept.
        level: share of looks that the interval must hold, as in split conformal prediction.
        left_out: methods that are not used.

    Reference: Rasmussen and Williams, 2006, Gaussian Processes for Machine Learning, chapter 2; normalised conformal
        intervals: Lei et al., 2018, Journal of the American Statistical Association 113, section 5.2.
    """
    there = set(readings[0].kept) - left_out
    inputs = Inputs(
        kept=tuple(name for name in KEPT if name in there),
        free=tuple(name for name in FREE if name in there),
        ends=ends,
    )
    x, y = inputs.vectors(readings), probit(np.array([one.right for one in looks]), ends)
    missed: list[list[float]] = [[] for _ in looks]
    for out in _left_out(looks):
        place, spread = _fitted(x[~out], y[~out]).at(x[out])
        for i, miss in zip(np.flatnonzero(out), np.abs(place - y[out]) / spread, strict=True):
            missed[i].append(float(miss))
    each = np.sort([np.mean(some) for some in missed if some])
    rank = min(conformal_rank(len(each), level), len(each))
    return Combination(process=_fitted(x, y), inputs=inputs, misses=float(each[rank - 1]))


def _left_out(looks: Sequence[Truth]) -> list[NDArray[np.bool_]]:
    """Who is left out together: all that a shift of the grid is in, shift by shift; and the untouched look."""
    families = sorted(frozenset().union(*(one.families for one in looks)))
    found = [np.array([name in one.families for one in looks]) for name in families]
    untouched = np.array([one.severity == 0 for one in looks])
    return [*found, untouched] if untouched.any() else found


def _fitted(x: Matrix, y: Vector) -> Process:
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct

    inputs = x.shape[1]
    curve, line = RBF(REACH * math.sqrt(inputs)), ConstantKernel(1.0 / inputs) * DotProduct(math.sqrt(inputs))
    centre, spread, middle = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-9), float(y.mean())
    regressor = GaussianProcessRegressor(curve + line, alpha=NOISE, optimizer=None)
    return Process(regressor.fit((x - centre) / spread, y - middle), centre, spread, middle)
