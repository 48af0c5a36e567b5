"""A weighted sum of arms' accuracies on the same seeds and images, with its interval over both."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError
from shiftprobe.results.diagnosis import Effect
from shiftprobe.stats.estimate import Estimate
from shiftprobe.stats.image_spread import image_spread
from shiftprobe.stats.together import Together

FEWEST_SEEDS = 3  # to confirm
FEWEST_IMAGES = 100  # to confirm

Right = NDArray[np.bool_]
"""(S, N) whether each seed got each image right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmsContrast:
    """A weighted sum of accuracies, a fraction, with what makes it suggestive only."""

    value: float
    low: float  # 95 %, over seeds and images; over images alone where seeds show no spread
    high: float
    n: int  # images
    seeds: int
    p: float | None  # two-sided, of no effect; None where seeds show no spread
    weak: str = ""  # why nothing firm may be said; empty when it may

    @property
    def above(self) -> bool:
        """Whether the whole interval lies above 0."""
        return self.low > 0

    @property
    def below(self) -> bool:
        """Whether the whole interval lies below 0."""
        return self.high < 0

    @property
    def effect(self) -> Effect | None:
        """The sum with its interval; None where that would leave the seeds out."""
        if self.p is None:
            return None
        return Effect(value=self.value, low=self.low, high=self.high, n=self.n, seeds=self.seeds)


def contrast(terms: Sequence[tuple[float, Right]], groups: ArrayLike | None = None) -> ArmsContrast:
    """What seeds and images together say of a sum; with one seed the images alone, which suggests at most.

    Args:
        terms: weights, which add up to 0, each with an arm's answers; all on the same seeds and images.
        groups: (N,) labels of images that belong together.

    Raises:
        InputError: when weights do not add up to 0, or tables are not booleans (S, N) of one shape.

    Reference: Zou and Donner, 2008, Statistics in Medicine 27(10), as `stats.compare_arms`.
    """
    weights = [weight for weight, _ in terms]
    shapes = {table.shape for _, table in terms}
    size = sum(weight for weight in weights if weight > 0)
    if not terms or abs(sum(weights)) > 1e-9 * max(1.0, size):
        raise InputError(f"a contrast needs weights that add up to 0, got {weights}")
    if len(shapes) > 1 or any(table.ndim != 2 or table.dtype != np.bool_ or not table.size for _, table in terms):  # noqa: PLR2004 - (S, N)
        raise InputError(f"a contrast needs booleans (S, N) of the same seeds and images, got {sorted(shapes)}")
    whole: NDArray[np.float64] = reduce(np.add, (weight * table.astype(np.float64) for weight, table in terms))
    per_image, per_seed = np.clip(whole.mean(axis=0), -size, size), whole.mean(axis=1)
    images, seeds = image_spread(per_image, groups=groups, widest=size), len(per_seed)
    spread = float(per_seed.std(ddof=1)) if seeds > 1 else 0.0
    known = spread > 1e-12  # noqa: PLR2004 - all alike up to rounding
    over_seeds = Estimate(float(per_seed.mean()), spread, spread / seeds**0.5, seeds - 1) if known else None
    both = Together(float(per_seed.mean()), over_seeds, images)
    low, high = both.ends(0.95)
    return ArmsContrast(
        value=both.difference,
        low=low,
        high=high,
        n=images.n,
        seeds=seeds,
        p=both.p() if known else None,
        weak=_weak(seeds, images.n, known=known, few_groups=images.few_groups),
    )


def _weak(seeds: int, images: int, *, known: bool, few_groups: bool) -> str:
    if not known:
        return "one seed has no spread" if seeds == 1 else "all seeds differ alike, so their spread is not known"
    if seeds < FEWEST_SEEDS:
        return f"{seeds} seeds, and {FEWEST_SEEDS} are needed to confirm"
    if images < FEWEST_IMAGES:
        return f"{images} test images, and {FEWEST_IMAGES} are needed to confirm"
    return "the test images form too few groups" if few_groups else ""
