"""What groups of images leave open of the difference of two accuracies on the same images."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from shiftprobe.stats.image_spread import ImageSpread, image_spread
from shiftprobe.stats.paired_exact import score

HALVINGS = 40


class GroupedDifference(NamedTuple):
    """A difference a - b judged by groups: a t test, and Tango's score at as many images as the groups are worth."""

    spread: ImageSpread
    a_only: int
    b_only: int
    effect: float  # variance between groups over that of independent images, from 1 to what alike images make

    def exceeds(self, bound: float) -> float:
        """P value against "the true difference is at most the bound"; never falls as the bound grows.

        The larger of two. The t test reads its variance from the flips that were seen, and so thinks too well of a
        checkpoint whose lost groups happened to be few; the score takes the variance that the bound itself implies.
        """
        return self._p(self.a_only, self.b_only, bound, 1.0)

    def falls_short(self, bound: float) -> float:
        """P value against "the true difference is at least the bound"."""
        return self._p(self.b_only, self.a_only, bound, -1.0)

    def ends(self, level: float) -> tuple[float, float]:
        """Both ends of the interval that inverts both tests, each at this level."""
        return self._end(1.0, level), self._end(-1.0, level)

    def _p(self, first: int, second: int, bound: float, sign: float) -> float:
        from scipy.special import stdtr

        distance = sign * (self.spread.centre - bound) / self.spread.error
        found = float(score(first, second, self.spread.n, sign * bound)) / np.sqrt(self.effect)
        return float(max(stdtr(self.spread.df, -distance), stdtr(self.spread.df, -found)))

    def _end(self, sign: float, level: float) -> float:
        p = self.exceeds if sign > 0 else self.falls_short
        proven, not_proven = -sign, self.spread.difference
        for _ in range(HALVINGS):
            middle = (proven + not_proven) / 2.0
            proven, not_proven = (middle, not_proven) if p(middle) <= level else (proven, middle)
        return proven


def grouped_difference(a_right: ArrayLike, b_right: ArrayLike, groups: ArrayLike) -> GroupedDifference:
    """Compare two checkpoints on images of which some belong together.

    Args:
        a_right: (N,) booleans.
        b_right: (N,) booleans, the same images.
        groups: (N,) labels of what belongs together, at least 2 different ones.

    Raises:
        InputError: as `image_spread`.

    Reference: Tango, 1998, Statistics in Medicine 17(8), for the score; Rao and Scott, 1992, Biometrics 48(2), for
        dividing by the design effect.
    """
    a, b = np.asarray(a_right, dtype=np.float64), np.asarray(b_right, dtype=np.float64)
    spread, alone = image_spread(a - b, groups=groups), image_spread(a - b)
    sizes = np.bincount(np.unique(np.asarray(groups), return_inverse=True)[1])
    most = float(np.square(sizes).sum() / sizes.sum())  # where all images of a group always go the same way
    effect = min(most, max(1.0, (spread.error / alone.error) ** 2))
    return GroupedDifference(spread, int((a > b).sum()), int((b > a).sum()), effect)
