"""A difference of two means, and what Student's t says of it."""

import math
from typing import NamedTuple

from shiftprobe.stats.power import seeds_needed


class Estimate(NamedTuple):
    """A difference and how well it is known."""

    difference: float
    sd: float  # of one difference
    error: float  # standard error of the mean difference
    df: float

    def half(self, confidence: float) -> float:
        """Half the width of the t interval at this two-sided confidence."""
        from scipy.special import stdtrit

        return float(stdtrit(self.df, (1.0 + confidence) / 2.0)) * self.error

    def p(self) -> float:
        """Two-sided t test of no difference."""
        from scipy.special import stdtr

        return 2.0 * float(stdtr(self.df, -abs(self.difference) / self.error))

    def p_equivalence(self, margin: float) -> float:
        """The larger p of the two one-sided tests."""
        from scipy.special import stdtr

        return float(stdtr(self.df, (abs(self.difference) - margin) / self.error))

    def certified(self) -> float:
        """Smallest margin for which TOST at 5 % passes."""
        return abs(self.difference) + self.half(0.90)

    def in_reach(self, margin: float) -> bool:
        """Whether the arms may well be equivalent: the 50 % interval of the difference meets ±margin."""
        return abs(self.difference) <= margin + self.half(0.5)

    def seeds(self, margin: float) -> tuple[int, int] | None:
        """Seeds for an even chance and for one of about 90 % to show equivalence, if the two are truly equal.

        They have power .80 at either end of the 80 % chi-square interval of the true sd; docs/statistics.md has the
        chances that follow. None where equivalence is out of reach.
        """
        from scipy.special import chdtri

        if not self.in_reach(margin):
            return None
        low, high = (self.sd * math.sqrt(self.df / float(chdtri(self.df, tail))) for tail in (0.1, 0.9))
        return seeds_needed(low, margin), seeds_needed(high, margin)
