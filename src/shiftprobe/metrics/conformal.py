"""Prediction sets: all classes that are not ruled out, so that the right one is among them as often as promised."""

import math
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.binomial import clopper_pearson
from shiftprobe.metrics.checks import InputError, as_features, as_floats, as_numbers

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
SetScore: TypeAlias = Literal["lac", "aps", "raps"]

PENALTY, FREE_RANKS = 0.01, 5  # of RAPS: what a class beyond the first five adds to its score
ROUNDING = 1e-9  # 0.55 * 100 is more than 55 in binary
SIZES = ((0, 0), (1, 1), (2, 3), (4, 10), (11, 100), (101, None))  # of sets that are told apart


class SizeStratum(NamedTuple):
    """Sets of about one size: how many there are, and how often they hold the right class."""

    least: int  # classes in such a set
    most: int | None  # None: without an end
    n: int
    coverage: float  # a fraction
    low: float  # exact 95 % interval
    high: float


def class_scores(probabilities: ArrayLike, method: SetScore, draws: ArrayLike | None = None) -> Floats:
    """How strange each class would be as the right one of each image: the lower, the sooner it is in the set.

    `lac` is one less the class's probability: the smallest sets on average. `aps` sums the probabilities from the
    likeliest class down to the class, whose own counts by a draw between 0 and 1: sets grow with the image's
    difficulty. `raps` adds .01 for every class ranked beyond the fifth, so that long tails stay out.

    Args:
        probabilities: (N, C) fractions.
        method: lac, aps or raps.
        draws: (N,) numbers from 0, below 1, one per image and none of them drawn from its label; aps and raps need it.

    Returns:
        (N, C) scores, at least 0.

    Raises:
        InputError: when probabilities are no table of fractions, or draws are missing or do not fit.

    Reference: Sadinle, Lei and Wasserman, 2019, JASA 114(525), for lac; Romano, Sesia and Candes, 2020,
        arXiv:2006.02544, for aps; Angelopoulos et al., 2021, arXiv:2009.14193, for raps.
    """
    table = as_features(probabilities, "probabilities")
    if not ((table >= 0.0) & (table <= 1.0)).all():
        raise InputError("probabilities are fractions from 0 to 1; give the softmax of the logits")
    if method == "lac":
        return np.asarray(1.0 - table)
    if draws is None:
        raise InputError(f"{method} needs a draw from 0, below 1, for every image")
    share = as_floats(draws, "draws")
    if share.shape != (len(table),) or not ((share >= 0.0) & (share < 1.0)).all():
        raise InputError(f"wanted a draw from 0, below 1, for each of {len(table):,} images, got shape {share.shape}")
    order = np.argsort(-table, axis=1, kind="stable")
    likely = np.take_along_axis(table, order, axis=1)
    ranked = likely.cumsum(axis=1) - likely * (1.0 - share[:, None])
    if method == "raps":
        ranked = ranked + PENALTY * np.maximum(np.arange(1, table.shape[1] + 1) - FREE_RANKS, 0)
    scores = np.empty_like(ranked)
    np.put_along_axis(scores, order, ranked, axis=1)
    return scores


def conformal_rank(n: int, coverage: float) -> int:
    """Which of n calibration scores, from the lowest, is the threshold; n + 1 where none is high enough.

    Over calibrations the true coverage is Beta(rank, n + 1 - rank), exactly where scores have no ties.

    Args:
        n: calibration images, at least 1.
        coverage: promised, strictly between 0 and 1.

    Raises:
        InputError: when one is out of range.

    Reference: Vovk, 2012, arXiv:1209.2673, for the distribution.
    """
    if n < 1:
        raise InputError(f"sets are calibrated on at least 1 image, got {n}")
    if not 0.0 < coverage < 1.0:
        raise InputError(f"the promised coverage lies between 0 and 1, got {coverage}; write 0.9 for 90 %")
    return math.ceil((n + 1) * coverage - ROUNDING)


def set_threshold(scores: ArrayLike, coverage: float) -> float:
    """The score up to which a class is in the set (split conformal).

    Args:
        scores: (n,) of the right classes of calibration images, which trained and tuned nothing.
        coverage: promised for new images of the same kind, on average over calibrations; strictly between 0 and 1.

    Returns:
        A score; infinity where there are too few images for the promise, so that every class is in every set.

    Raises:
        InputError: when there is no score, one is not finite, or coverage is no such share.

    Reference: Romano, Sesia and Candes, 2020, arXiv:2006.02544.
    """
    known = as_floats(scores, "scores")
    if known.ndim != 1 or not np.isfinite(known).all():
        raise InputError(f"wanted a finite score per calibration image, got shape {known.shape}")
    rank = conformal_rank(len(known), coverage)
    return math.inf if rank > len(known) else float(np.sort(known)[rank - 1])


def prediction_sets(scores: ArrayLike, threshold: float | ArrayLike, method: SetScore) -> Bools:
    """Which classes each image's set holds.

    A set of `lac` may be empty: no class is likely enough. The likeliest class is always in sets of `aps` and `raps`,
    as their authors have it, so that these hold the right class more often than promised where it is nearly sure.

    Args:
        scores: (N, C), as `class_scores` gives them.
        threshold: up to which a class is in the set; one for all images, or (N,) one for each.
        method: of the scores.

    Returns:
        (N, C) booleans.

    Raises:
        InputError: when scores are no table or thresholds do not fit.
    """
    table, up_to = as_features(scores, "scores"), as_floats(threshold, "threshold")
    if up_to.shape not in {(), (len(table),)} or np.isnan(up_to).any():
        raise InputError(f"wanted one threshold, or one for each of {len(table):,} images, got shape {up_to.shape}")
    found = table <= (up_to if up_to.ndim == 0 else up_to[:, None])
    if method != "lac":
        found[np.arange(len(table)), table.argmin(axis=1)] = True
    return np.asarray(found)


def coverage_by_size(covered: ArrayLike, sizes: ArrayLike, confidence: float = 0.95) -> tuple[SizeStratum, ...]:
    """How often sets hold the right class, sets of about one size together; sizes that do not occur are left out.

    Args:
        covered: (N,) booleans, whether each set holds the right class.
        sizes: (N,) classes in each set.
        confidence: of the exact intervals, a fraction below 1.

    Raises:
        InputError: when shapes differ, there is no image, or a value is of another kind.

    Reference: Angelopoulos et al., 2021, arXiv:2009.14193, size-stratified coverage.
    """
    held, many = as_numbers(covered, "covered"), as_numbers(sizes, "sizes")
    whole = many.dtype.kind in "iu" and many.max(initial=0) < np.iinfo(np.int64).max
    if held.ndim != 1 or held.size == 0 or held.dtype.kind != "b" or many.shape != held.shape or not whole:
        raise InputError(f"each set needs a boolean and a count of classes, got {held.shape} and {many.shape}")
    found = []
    for least, most in SIZES:
        of = (many >= least) & (many <= (many.max() if most is None else most))
        n, right = int(of.sum()), int(held[of].sum())
        if n:
            found.append(SizeStratum(least, most, n, right / n, *clopper_pearson(right, n, confidence)))
    return tuple(found)


def broken_promise(covered: int, n: int, calibrated: int, coverage: float) -> float:
    """Exact p value against "sets hold the right class at least as often as promised".

    Where the promise holds, how many of n new sets hold the right class is beta-binomial: the threshold's own luck is
    Beta(rank, calibrated + 1 - rank), and the images' is binomial. Ties among scores make it err on the safe side.

    Args:
        covered: how many of the n sets hold the right class.
        n: sets judged, at least 1, of images that calibrated nothing.
        calibrated: images that chose the threshold.
        coverage: promised, strictly between 0 and 1.

    Returns:
        Chance of so few or fewer where the promise is just kept; 1 where too few images calibrated it for any.

    Raises:
        InputError: when covered is not within 0 and n, or a number is out of range.

    Reference: Marques, 2023, arXiv:2303.02770.
    """
    from scipy.special import betaln

    if n < 1 or not 0 <= covered <= n:
        raise InputError(f"wanted 0 <= covered <= n and n >= 1, got {covered} of {n}")
    rank = conformal_rank(calibrated, coverage)
    if rank > calibrated:
        return 1.0
    a, b, counts = float(rank), float(calibrated + 1 - rank), np.arange(covered + 1)
    choose = -np.log1p(n) - betaln(n - counts + 1.0, counts + 1.0)
    return float(min(1.0, np.exp(choose + betaln(counts + a, n - counts + b) - betaln(a, b)).sum()))
