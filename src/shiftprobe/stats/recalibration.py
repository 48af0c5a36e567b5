"""The probability of being right, mended: a logistic line through the log odds of a proxy (Platt scaling)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError

Floats = NDArray[np.float64]

EDGE = 1e-6  # probabilities are kept so far from 0 and 1: log odds stay finite
RIDGE = 1.0  # on the slope in standard deviations of log odds: what few labels do not show is not believed
LOOSE = 0.02  # on the offset, so that labels which all agree leave it finite
STEPS, LONGEST = 8, 2.0  # of Newton's method, and the longest of them


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceLine:
    """Log odds of being right as a line in the standardised log odds of a proxy; it never falls.

    Of several draws, which stand along leading axes, it is one line each.
    """

    offset: Floats  # (..., 1)
    slope: Floats  # (..., 1)
    centre: Floats  # (..., 1) mean log odds of the proxy where it was fitted
    spread: Floats  # (..., 1) their standard deviation

    def __call__(self, odds: Floats) -> Floats:
        """(..., N) probabilities of being right.

        Args:
            odds: (..., N) log odds of the proxy, as `log_odds` gives them.
        """
        from scipy.special import expit

        return np.asarray(expit(self.offset + self.slope * (odds - self.centre) / self.spread))


def confidence_line(odds: Floats, right: ArrayLike) -> ConfidenceLine:
    """Fit the line to images of which it is known whether they were right.

    Args:
        odds: (..., n) log odds of a proxy, as `log_odds` gives them.
        right: (..., n) booleans.

    Raises:
        InputError: when there is no image, or shapes differ.

    Reference: Platt, 1999, Advances in Large Margin Classifiers; with a ridge on the slope.
    """
    hits = np.asarray(right, np.float64)
    if hits.shape != odds.shape or not odds.size:
        raise InputError(f"a line needs a probability and an outcome per image, got {odds.shape} and {hits.shape}")
    centre, spread = odds.mean(axis=-1, keepdims=True), odds.std(axis=-1, keepdims=True) + EDGE
    x = (odds - centre) / spread
    share = (hits.sum(axis=-1, keepdims=True) + 0.5) / (hits.shape[-1] + 1.0)
    offset = np.log(share / (1.0 - share))
    slope = np.zeros_like(offset)
    for _ in range(STEPS):
        rise, turn = _step(offset, slope, x, hits)
        offset, slope = offset + np.clip(rise, -LONGEST, LONGEST), slope + np.clip(turn, -LONGEST, LONGEST)
    return ConfidenceLine(offset=offset, slope=np.maximum(slope, 0.0), centre=centre, spread=spread)


def log_odds(proxy: ArrayLike) -> Floats:
    """(..., N) log odds of probabilities, finite.

    Raises:
        InputError: when one is no fraction.
    """
    values = np.asarray(proxy, np.float64)
    if not ((values >= 0.0) & (values <= 1.0)).all():
        raise InputError("a proxy is fractions from 0 to 1, got other numbers; give probabilities of being right")
    inside = np.clip(values, EDGE, 1.0 - EDGE)
    return np.asarray(np.log(inside / (1.0 - inside)))


def _step(offset: Floats, slope: Floats, x: Floats, hits: Floats) -> tuple[Floats, Floats]:
    """Newton's step of the penalised likelihood, for the offset and for the slope."""
    from scipy.special import expit

    def total(values: Floats) -> Floats:
        return np.asarray(values.sum(axis=-1, keepdims=True))

    chance = expit(offset + slope * x)
    weight = np.maximum(chance * (1.0 - chance), EDGE)
    up, along = total(hits - chance) - LOOSE * offset, total((hits - chance) * x) - RIDGE * slope
    first, cross, second = total(weight) + LOOSE, total(weight * x), total(weight * x * x) + RIDGE
    size = first * second - cross * cross
    return (second * up - cross * along) / size, (first * along - cross * up) / size
