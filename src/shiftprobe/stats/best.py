"""Which of several candidates may be the best: multiple comparisons with the best, over seeds and test images."""

import math
from dataclasses import dataclass
from functools import cache
from itertools import permutations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError
from shiftprobe.stats.compare import ONE_SEED
from shiftprobe.stats.image_spread import FEWEST_GROUPS, ImageSpread, image_spread

CONFIDENCE = 0.95
_NORMAL_NODES, _SCALE_NODES = 64, 400  # Dunnett's tables are met to their last digit
_WIDEST = 200.0  # no critical value of at most 12 candidates is larger, from 2 degrees of freedom on


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One candidate against the best of the others, as fractions; 0 is where it is as good."""

    mean: float  # over seeds and images
    difference: float  # from the best of the others
    low: float  # of the simultaneous interval; never above 0 but where it alone is left
    high: float  # 0: it is shown to be worse than the best
    kept: bool  # not shown to be worse


@dataclass(frozen=True, slots=True, kw_only=True)
class BestOf:
    """What is left of some candidates: the best is among those that are kept, with the confidence asked for."""

    candidates: tuple[Contender, ...]  # in the order given
    seeds: int
    images: int
    confidence: float
    reason: str = ""  # why none could be shown to be worse, where no number could

    @property
    def kept(self) -> tuple[int, ...]:
        """Places of those that are not shown to be worse than the best."""
        return tuple(place for place, one in enumerate(self.candidates) if one.kept)


def best_of(scores: ArrayLike, groups: ArrayLike | None = None, confidence: float = CONFIDENCE) -> BestOf:
    """Multiple comparisons with the best (MCB): which candidates are not shown to be worse than the best one.

    A candidate falls out where another is above it by more than the one-sided simultaneous half-width of its family,
    all others against it. Seeds and images each give one, added in quadrature as `stats.together` does: images with
    Dunnett's critical value; seeds with Bonferroni's, for every pair has a spread of its own from few seeds, and
    Dunnett's, made for one that is shared, would let the best fall out too often (docs/statistics.md).

    Args:
        scores: (K, S, N) numbers in [0, 1], of each candidate with each seed on each image; both are paired.
        groups: (N,) labels of images that belong together; under 10 groups nothing is shown.
        confidence: with which the best one, whichever it is, is kept.

    Returns:
        Per candidate its mean and its interval against the best of the others. At least one is kept.

    Raises:
        InputError: when there are fewer than two candidates, no seed or no image, a number lies outside [0, 1], groups
            do not fit, or confidence lies outside [0.5, 1).

    Reference: Hsu, 1984, Annals of Statistics 12(3); Hsu, 1996, Multiple Comparisons, chapter 4; Dunnett, 1955,
        Journal of the American Statistical Association 50.
    """
    table = _checked(scores, confidence)
    count, seeds, images = table.shape
    means = table.mean(axis=(1, 2))
    halves, reason = np.full((count, count), math.inf), ONE_SEED if seeds == 1 else ""
    for i, j in permutations(range(count), 2) if seeds > 1 else ():
        spread = image_spread((table[j] - table[i]).mean(axis=0), groups=groups)
        if spread.few_groups:
            reason = f"the test images form {spread.groups} groups, and fewer than {FEWEST_GROUPS} allow no claim"
            break
        halves[i, j] = _half(table[j] - table[i], spread, count - 1, confidence)
    gaps = means[None, :] - means[:, None]  # how far j is above i
    kept = [not any(gaps[i, j] > halves[i, j] for j in range(count) if j != i) for i in range(count)]
    candidates = tuple(_candidate(i, means, gaps, halves, kept) for i in range(count))
    return BestOf(candidates=candidates, seeds=seeds, images=images, confidence=confidence, reason=reason)


def _candidate(
    i: int, means: NDArray[np.float64], gaps: NDArray[np.float64], halves: NDArray[np.float64], kept: list[bool]
) -> Contender:
    """Hsu's constrained interval: its lower end asks only those that are kept."""
    others = [j for j in range(len(means)) if j != i]
    high = max(0.0, min(halves[i, j] - gaps[i, j] for j in others))
    rivals = [j for j in others if kept[j]]
    low = min((-gaps[i, j] - halves[j, i] for j in rivals), default=0.0)
    return Contender(
        mean=float(means[i]),
        difference=float(-max(gaps[i, j] for j in others)),
        low=float(max(-1.0, min(0.0, low))),
        high=float(min(1.0, high)),
        kept=kept[i],
    )


def _half(above: NDArray[np.float64], spread: ImageSpread, others: int, confidence: float) -> float:
    """How far a candidate must be above another to show it, seeds and images together; infinite where none would do."""
    from scipy.special import stdtrit

    per_seed = above.mean(axis=1)
    error = float(per_seed.std(ddof=1)) / math.sqrt(len(per_seed))
    if error == 0.0:  # equal differences over a few seeds are no proof that there is no spread
        return math.inf
    over_seeds = float(stdtrit(len(per_seed) - 1, 1.0 - (1.0 - confidence) / others)) * error
    low = spread.centre - dunnett_critical(others, spread.df, confidence) * spread.error
    return math.hypot(over_seeds, spread.difference - low)


@cache
def dunnett_critical(others: int, df: float, confidence: float = CONFIDENCE) -> float:
    """Dunnett's one-sided critical value: of the largest of some t statistics with correlation 1/2 and one spread.

    Args:
        others: how many are held against one control.
        df: degrees of freedom of the spread.
        confidence: with which none of them is above it where all are as good as the control.

    Raises:
        InputError: when there are no others, or fewer than 1 degree of freedom.

    Reference: Dunnett, 1955, Journal of the American Statistical Association 50, tables 1a and 1b.
    """
    from scipy.optimize import brentq
    from scipy.special import chdtri, ndtr

    if others < 1 or not df >= 1:
        raise InputError(f"a critical value needs others and degrees of freedom from 1 on, got {others} and {df}")
    normal, weight = np.polynomial.hermite_e.hermegauss(_NORMAL_NODES)
    place, share = np.polynomial.legendre.leggauss(_SCALE_NODES)
    scale = np.sqrt(chdtri(df, (1.0 - place) / 2.0) / df)[:, None]

    def below(value: float) -> float:
        each = ndtr(math.sqrt(2.0) * value * scale - normal)
        return float(share @ (each**others @ weight)) / (2.0 * math.sqrt(2.0 * math.pi))

    return float(brentq(lambda value: below(value) - confidence, -_WIDEST, _WIDEST, xtol=1e-10))


def _checked(scores: ArrayLike, confidence: float) -> NDArray[np.float64]:
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 3 or table.size == 0 or len(table) < 2:  # noqa: PLR2004 - candidates, seeds, images; a comparison
        raise InputError(f"the best of several needs (K, S, N) numbers of at least 2 candidates, got {table.shape}")
    if not ((table >= 0.0) & (table <= 1.0)).all():
        raise InputError("the best of several needs numbers in [0, 1], got others; is one of them missing?")
    if not 0.5 <= confidence < 1.0:  # noqa: PLR2004 - below it the best falls out more often than not
        raise InputError(f"confidence is a fraction from 0.5 to below 1, got {confidence}")
    return table
