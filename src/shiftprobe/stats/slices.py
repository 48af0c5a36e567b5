"""Slices of images in which accuracy is low: searched for on one half, confirmed on the other."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shiftprobe.metrics.binomial import check_fraction, clopper_pearson
from shiftprobe.metrics.checks import InputError
from shiftprobe.stats.gate import tied
from shiftprobe.stats.multiplicity import holm

Column: TypeAlias = NDArray[np.float64] | NDArray[np.str_]  # (N,) a property of every image: numbers, or names
Marks: TypeAlias = NDArray[np.bool_]
Relation: TypeAlias = Literal["below", "at least", "is"]

MOST = 10  # candidates that are taken to confirmation
FEWEST, LEAST = 15, 0.03  # images of a candidate on the half that is searched, and their share of it
LARGEST = 0.5  # of that half; beyond it the rest would be the slice
STRIKING = 1.645  # standard errors by which accuracy must be lower there
CUTS = (*range(4, 20), *range(20, 51, 5))  # percent of the images below a threshold that is tried, and above one
PARTS = 20  # a property's middle nine tenths hold about so many readable thresholds or more


class Cut(NamedTuple):
    """Which images a slice holds: those whose property lies on one side of a bound, or has a name."""

    by: str
    if column.dtype.kind in "US":
        yield from (Cut(by, "is", str(name)) for name in np.unique(column) if name)
        return
    numbers, shares = np.asarray(column, np.float64), np.array(CUTS) / 100
    low, high = np.quantile(numbers, (0.05, 0.95))
    step = _step(float(high - low))
    if step:
        few = dict.fromkeys(_rounded(float(one), step) for one in np.quantile(numbers, shares))
        many = dict.fromkeys(_rounded(float(one), step) for one in np.quantile(numbers, 1 - shares))
        yield from (Cut(by, "below", bound) for bound in few)
        yield from (Cut(by, "at least", bound) for bound in many)


def _step(reach: float) -> float:
    """A power of ten of which the reach holds twenty or more; 0 for a property that is the same everywhere."""
    return 10.0 ** math.floor(math.log10(reach / PARTS)) if reach > 0 else 0.0


def _rounded(value: float, step: float) -> float:
    return round(round(value / step) * step, 12)


def confirmable_gap(right: int, n: int, share: float = 0.1, confidence: float = 0.95) -> float | None:
    """From which gap on a slice of so many images would be confirmed among ten candidates; None where no gap would.

    Args:
        right: of the half that confirms.
        n: its images.
        share: of them that the slice holds.
        confidence: of the family.
    """
    inside = round(share * n)
    for k in range(inside, -1, -1):
        rest = right - k
        if 0 <= rest <= n - inside and fewer_right(k, inside, right, n) <= (1 - confidence) / MOST:
            return rest / (n - inside) - k / inside
    return None
