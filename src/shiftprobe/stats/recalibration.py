"""The probability of being right, mended: a logistic line through the log odds of a proxy (Platt scaling)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError

Vector = NDArray[np.float64]

EDGE = 1e-6  # probabilities are kept so far from 0 and 1: log odds stay finite
RIDGE = 1.0  # on the slope in standard deviations of log odds: what few labels do not show is not believed
LOOSE = 0.02  # on the offset, so that labels which all agree leave it finite
STEPS, LONGEST = 8, 2.0  # of Newton's method, and the longest of them


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceLine:
    """Log odds of being right as a line in the standardised log odds of a proxy; it never falls."""

    offset: float
    slope: float
    centre: float  # mean log odds of the proxy where it was fitted
    spread: float  # their standard deviation

    def __call__(self, odds: Vector) -> Vector:
        """(N,) probabilities of being right.

        Args:
            odds: (N,) log odds of the proxy, as `log_odds` gives them.
        """
        from scipy.special import expit

        return np.asarray(expit(self.offset + self.slope * (odds - self.centre) / self.spread))


def confidence_line(odds: Vector, right: ArrayLike) -> ConfidenceLine:
    """Fit the line to images of which it is known whether they were right.

    Args:
        odds: (n,) log odds of a proxy, as `log_odds` gives them.
        right: (n,) booleans.

    Raises:
        InputError: when there is no image, or lengths differ.

    Reference: Platt, 1999, Advances in Large Margin Classifiers; with a ridge on the slope.
    """
    hits, x = np.asarray(right, np.float64), odds
    if hits.shape != x.shape or not x.size:
        raise InputError(f"a line needs a probability and an outcome per image, got {x.shape} and {hits.shape}")
    centre, spread = float(x.mean()), float(x.std()) + EDGE
    x = (x - centre) / spread
    share = (float(hits.sum()) + 0.5) / (len(hits) + 1.0)
    at = np.array([np.log(share / (1.0 - share)), 0.0])
    for _ in range(STEPS):
        at = at + np.clip(_step(at, x, hits), -LONGEST, LONGEST)
    return ConfidenceLine(offset=float(at[0]), slope=max(0.0, float(at[1])), centre=centre, spread=spread)


def log_odds(proxy: ArrayLike) -> Vector:
    """(N,) log odds of probabilities, finite.

    Raises:
        InputError: when one is no fraction.
    """
    values = np.asarray(proxy, np.float64)
    if values.ndim != 1 or not ((values >= 0.0) & (values <= 1.0)).all():
        raise InputError(f"a proxy is (N,) fractions from 0 to 1, got {values.shape} of other numbers")
    inside = np.clip(values, EDGE, 1.0 - EDGE)
    return np.asarray(np.log(inside / (1.0 - inside)))


def _step(at: Vector, x: Vector, hits: Vector) -> Vector:
    """Newton's step of the penalised likelihood."""
    from scipy.special import expit

    chance = expit(at[0] + at[1] * x)
    weight = np.maximum(chance * (1.0 - chance), EDGE)
    slopes = np.array([(hits - chance).sum() - LOOSE * at[0], ((hits - chance) * x).sum() - RIDGE * at[1]])
    cross = (weight * x).sum()
    first, second = weight.sum() + LOOSE, (weight * x * x).sum() + RIDGE
    inverse = np.array([[second, -cross], [-cross, first]]) / (first * second - cross * cross)
    return np.asarray(inverse @ slopes)
