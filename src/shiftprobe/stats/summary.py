"""A mean never travels alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shiftprobe.core.words import mean_std
from shiftprobe.metrics.checks import InputError


@dataclass(frozen=True, slots=True)
class MeanStd:
    """Mean and sample standard deviation (n - 1 below the line) of n seeds, as fractions."""

    mean: float
    std: float | None  # None when n == 1: a single run has no spread
    n: int

    def percent(self) -> str:
        """'68.6 (1.0)'; the spread of a single run prints as a dash."""
        return mean_std(self.mean, self.std)

    def __str__(self) -> str:
        """As `percent`."""
        return self.percent()


def summarize(values: Sequence[float]) -> MeanStd:
    """Mean and spread of one value per seed.

    Args:
        values: (n,) fractions, at least one.

    Raises:
        InputError: when there are none, or one is NaN or infinite.
    """
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.ndim != 1 or numbers.size == 0 or not np.isfinite(numbers).all():
        raise InputError(f"a summary needs at least one finite number, got {numbers.tolist()}")
    std = float(numbers.std(ddof=1)) if len(numbers) > 1 else None
    return MeanStd(float(numbers.mean()), std, len(numbers))
