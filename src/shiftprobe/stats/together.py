"""Two sources of error in one interval: other seeds and other test images."""

import math
from collections.abc import Callable
from typing import NamedTuple

from shiftprobe.stats.estimate import Estimate
from shiftprobe.stats.image_spread import ImageSpread

SMALLEST_P = 1e-12  # below it 1 - p is not exact
P_HALVINGS = 60  # halvings of log p

Ends = tuple[float, float]


class Together(NamedTuple):
    """A difference that seeds and test images move, each by its own share; at least one of the two is there.

    The distances from the difference to the ends of both intervals are added in quadrature, so that each source keeps
    its own degrees of freedom. What neither seeds nor images explain is counted in both, which errs on the wide side.

    Reference: Zou and Donner, 2008, Statistics in Medicine 27(10), MOVER.
    """

    difference: float
    seeds: Estimate | None  # None: no seed moves either arm
    images: ImageSpread | None  # None: answers image by image are not known

    def ends(self, confidence: float) -> Ends:
        """Both ends of the two-sided interval."""
        half = 0.0 if self.seeds is None else self.seeds.half(confidence)
        if self.images is None:
            return self.difference - half, self.difference + half
        low, high = self.images.ends(confidence)
        if self.seeds is None:
            return low, high
        return (
            self.difference - math.hypot(half, self.difference - low),
            self.difference + math.hypot(half, high - self.difference),
        )

    def p(self) -> float:
        """Two-sided: the level at which the interval begins to hold 0."""
        return _first(lambda alpha: _outside(self.ends(1.0 - alpha), 0.0))

    def p_equivalence(self, margin: float) -> float:
        """The level at which the two one-sided tests begin to fail."""
        if not -margin < self.difference < margin:
            return 1.0
        return _first(lambda alpha: _inside(self.ends(max(0.0, 1.0 - 2.0 * alpha)), margin), most=0.5)

    def certified(self) -> float:
        """Smallest margin for which equivalence passes at 5 %."""
        return max(map(abs, self.ends(0.90)))


def _outside(ends: Ends, value: float) -> bool:
    return not ends[0] <= value <= ends[1]


def _inside(ends: Ends, margin: float) -> bool:
    return -margin < ends[0] and ends[1] < margin


def _first(holds: Callable[[float], bool], most: float = 1.0) -> float:
    """The smallest level from which on something holds; intervals only narrow as the level rises."""
    low, high = math.log(SMALLEST_P), math.log(most)
    if holds(SMALLEST_P):
        return SMALLEST_P
    if not holds(most):
        return 1.0
    for _ in range(P_HALVINGS):
        middle = (low + high) / 2.0
        low, high = (low, middle) if holds(math.exp(middle)) else (middle, high)
    return math.exp(high)
