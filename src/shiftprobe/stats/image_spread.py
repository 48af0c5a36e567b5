"""What test images leave open of a mean over them, at any level; images that belong together count as one draw."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError
from shiftprobe.metrics.scores import FEWEST_OF_CLASS

FEWEST_GROUPS = 10  # for a claim


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSpread:
    """A mean of one number per image, and the t intervals around its shrunken value."""

    difference: float  # the plain mean over images
    centre: float
    error: float  # standard error
    df: float
    n: int  # images
    widest: float = 1.0
    groups: int | None = None  # of images that belong together; None: images are independent
    rarest: int | None = None  # images of the rarest class, where a score counts classes alike; None: it does not

    @property
    def few_groups(self) -> bool:
        """Whether too few groups are there to claim anything."""
        return self.groups is not None and self.groups < FEWEST_GROUPS

    @property
    def few_of_class(self) -> bool:
        """Whether a class has too few images for a score that counts classes alike to claim anything."""
        return self.rarest is not None and self.rarest < FEWEST_OF_CLASS

    def ends(self, confidence: float) -> tuple[float, float]:
        """Both ends of the two-sided interval, within what one image can show."""
        from scipy.special import stdtrit

        half = -float(stdtrit(self.df, (1.0 - confidence) / 2.0)) * self.error
        return max(-self.widest, self.centre - half), min(self.widest, self.centre + half)


def image_spread(
    gaps: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    widest: float = 1.0,
    weight: float | None = None,
    rarest: int | None = None,
) -> ImageSpread:
    """How far the test images alone may mislead about a mean, given the seeds that were run.

    A t interval over one number per image, to which the two extreme images are added. With groups the standard error
    is the jackknife over groups, the two that are added are groups of mean size, and the degrees of freedom are those
    of the real groups, less 1 (docs/statistics.md).

    Args:
        gaps: (N,) one number per image within [-widest, widest]: its mean over seeds (and conditions).
        groups: (N,) labels of what belongs together (one object, one person); None: images are independent.
        widest: the largest difference that one image can show, and that a mean can be.
        weight: the size of the two images that are added, where gaps are contributions to a score
            (`metrics.scores`) and so need not lie within its range; 0 adds two that say nothing. None: `widest`.
        rarest: images of the rarest class, where the score counts classes alike.

    Raises:
        InputError: when there are no images, a number is not finite or lies outside, lengths differ, or all images
            are of one group.

    Reference: Bonett and Price, 2012, Journal of Educational and Behavioral Statistics 37(4); for groups Cameron and
        Miller, 2015, Journal of Human Resources 50(2).
    """
    values = np.asarray(gaps, dtype=np.float64)
    bound, added = (widest, widest) if weight is None else (np.finfo(np.float64).max, weight)
    if values.ndim != 1 or values.size == 0 or not (np.abs(values) <= bound).all():
        raise InputError(f"one difference per image needs (N,) numbers within ±{widest:g}, got {values.shape}")
    counts, sums = (np.ones(len(values)), values) if groups is None else _by_group(values, groups)
    real, size = len(counts), float(counts.mean())
    counts, sums = np.append(counts, [size, size]), np.append(sums, [added * size, -added * size])
    m, total = len(counts), counts.sum()
    without = (sums.sum() - sums) / (total - counts)
    return ImageSpread(
        difference=float(values.mean()),
        centre=float(sums.sum() / total),
        error=float(np.sqrt((m - 1) / m * ((without - without.mean()) ** 2).sum())),
        df=m - 1 if groups is None else real - 1,
        n=len(values),
        widest=widest,
        groups=None if groups is None else real,
        rarest=rarest,
    )


def _by_group(values: NDArray[np.float64], groups: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Images of each group, and the sum of their numbers."""
    names = np.asarray(groups)
    if names.shape != values.shape:
        raise InputError(f"groups need one label per image, got {names.shape} for {len(values)} images")
    places = np.unique(names, return_inverse=True)[1]
    if places.max() == 0:
        raise InputError("all images belong to one group; an interval needs at least 2 of them, a claim 10")
    return np.bincount(places).astype(np.float64), np.bincount(places, weights=values).astype(np.float64)
