"""Area under the ROC curve by ranks, and what single images contribute to it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError, as_floats

Floats = NDArray[np.float64]


class Placements(NamedTuple):
    """For every image, the share of the other class's images that it is ranked rightly against; ties count half."""

    of_second: Floats  # (P,) images of the second class
    of_first: Floats  # (M,) images of the first class

    @property
    def area(self) -> float:
        """The area under the curve."""
        return float(self.of_second.mean())

    @property
    def variance(self) -> float:
        """DeLong's variance of the area; 0 for a single image of either class."""
        parts = (one.var(ddof=1) / len(one) for one in self if len(one) > 1)
        return float(sum(parts))


def placements(scores: ArrayLike, second: ArrayLike) -> Placements:
    """Placement values of all images, from midranks.

    Args:
        scores: (N,) the higher, the more an image looks like the second class; infinite ones are ranked too.
        second: (N,) booleans, which images are of the second class; both classes have one at least.

    Returns:
        Fractions in [0, 1]; their means over either class are both the area under the ROC curve.

    Raises:
        InputError: when shapes differ, a score is NaN, or a class has no image.

    Reference: DeLong, DeLong and Clarke-Pearson, 1988, Biometrics 44(3); Sun and Xu, 2014, IEEE Signal Processing
        Letters 21(11), for the ranks.
    """
    values, of_second = as_floats(scores, "scores"), np.asarray(second)
    if values.ndim != 1 or of_second.shape != values.shape or of_second.dtype.kind != "b" or np.isnan(values).any():
        raise InputError(f"auroc needs a score and a boolean per image, got {values.shape} and {of_second.shape}")
    if of_second.all() or not of_second.any():
        raise InputError("auroc ranks the images of two classes, got images of one")
    ranks = _midranks(values)
    high, low = ranks[of_second], ranks[~of_second]
    return Placements(
        (high - _midranks(values[of_second])) / len(low), 1.0 - (low - _midranks(values[~of_second])) / len(high)
    )


def _midranks(values: Floats) -> Floats:
    """(N,) ranks from 1; equal values share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2.0)[place])
