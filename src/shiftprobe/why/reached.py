"""What an arm reached on the test images."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from shiftprobe.core.types import Row
from shiftprobe.stats import wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """An arm's accuracy where it has one, with the 95 % interval over n test images; fractions."""

    mean: float
    low: float
    high: float
    images: int
    values: tuple[float, ...]  # by seed


def reached(rows: Sequence[Row]) -> Reached | None:
    """The mean of an arm's accuracies over seeds, with what its test images leave open."""
    values, images = (
        tuple(row.value for row in rows if row.value is not None),
        min((row.n or 0 for row in rows), default=0),
    )
    if not values or not images:
        return None
    mean = fmean(values)
    low, high = wilson(round(mean * images), images)
    return Reached(mean=mean, low=low, high=high, images=images, values=values)
