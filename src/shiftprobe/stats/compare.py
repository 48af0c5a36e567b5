"""Two arms, one value per seed each: difference, intervals, equivalence, verdict."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shiftprobe.metrics.checks import InputError
from shiftprobe.stats.comparison import Comparison, Verdict
from shiftprobe.stats.estimate import Estimate

MARGIN = 0.01
ONE_SEED = "one seed has no spread; at least 2 are needed, 3 or more to say much"
NO_SPREAD = "all differences are equal, so their spread, and with it the uncertainty, cannot be estimated"
TOO_WIDE = "the 95 % interval holds 0 and the 90 % interval does not fit inside the margin"


def compare_paired(a: Sequence[float], b: Sequence[float], margin: float = MARGIN) -> Comparison:
    """Compare two arms seed by seed.

    The verdict is `equivalent` when the 90 % t interval of a - b lies inside ±margin (TOST at 5 %), else
    `better` or `worse` (for a) when the 95 % interval excludes 0, else `inconclusive`. It is also
    `inconclusive`, with the reason and without intervals, for one seed and when all differences are equal.

    Args:
        a: (n,) one value per seed, fractions.
        b: (n,) the other arm's values for the same seeds in the same order.
        margin: the largest difference that counts as equal, above 0, fixed before the run.

    Raises:
        InputError: when lengths differ, there is no seed, a value is not finite, or margin is not above 0.

    Reference: Schuirmann, 1987, J. Pharmacokinetics and Biopharmaceutics 15(6).
    """
    _check_margin(margin)
    first, second = _paired(a, b)
    differences = first - second
    mean, n = float(differences.mean()), len(differences)
    if n == 1:
        return _unknown(mean, n, margin, ONE_SEED)
    if _all_equal(first, second):
        return _unknown(mean, n, margin, NO_SPREAD)
    return _judge(_estimate(differences), n, margin)


def compare_summaries(  # noqa: PLR0917 -- two published results as they are printed
    mean_a: float,
    std_a: float | None,
    n_a: int,
    mean_b: float,
    std_b: float | None,
    n_b: int,
    margin: float = MARGIN,
) -> Comparison:
    """Compare two published results of which only mean, sample std and n are known (Welch).

    Verdicts as `compare_paired`. Without pairing the seeds' common luck does not cancel; the seeds
    needed are those of a paired design whose arms share no luck.

    Args:
        mean_a: mean of arm a, a fraction.
        std_a: its sample standard deviation (n - 1 below the line); None for one seed.
        n_a: its number of seeds.
        mean_b: mean of arm b, a fraction.
        std_b: its sample standard deviation; None for one seed.
        n_b: its number of seeds.
        margin: the largest difference that counts as equal, above 0.

    Raises:
        InputError: when a count is below 1, a std is missing for n above 1 or negative, a value is not
            finite, or margin is not above 0.

    Reference: Welch, 1947, Biometrika 34(1/2).
    """
    _check_margin(margin)
    difference, n = mean_a - mean_b, min(n_a, n_b)
    spread_a, spread_b = _spread(mean_a, std_a, n_a), _spread(mean_b, std_b, n_b)
    if n == 1:
        return _unknown(difference, n, margin, ONE_SEED, paired=False)
    if spread_a == spread_b == 0.0:
        return _unknown(difference, n, margin, NO_SPREAD, paired=False)
    part_a, part_b = spread_a**2 / n_a, spread_b**2 / n_b
    df = (part_a + part_b) ** 2 / (part_a**2 / (n_a - 1) + part_b**2 / (n_b - 1))
    estimate = Estimate(difference, math.hypot(spread_a, spread_b), math.sqrt(part_a + part_b), df)
    return _judge(estimate, n, margin, paired=False)


def tost_paired(a: Sequence[float], b: Sequence[float], margin: float = MARGIN) -> float:
    """P value of the two one-sided paired t tests: below .05 the arms are equivalent within ±margin.

    Args:
        a: (n,) one value per seed.
        b: (n,) the other arm's values for the same seeds in the same order.
        margin: the largest difference that counts as equal, above 0, in the unit of a and b.

    Raises:
        InputError: as `compare_paired`, and when there is one pair only or all differences are equal.

    Reference: Schuirmann, 1987, J. Pharmacokinetics and Biopharmaceutics 15(6).
    """
    _check_margin(margin)
    return _spread_out(a, b).p_equivalence(margin)


def margin_certified(a: Sequence[float], b: Sequence[float]) -> float:
    """Smallest margin for which TOST at 5 % passes: |difference| + t(.95) * standard error.

    Args:
        a: (n,) one value per seed.
        b: (n,) the other arm's values for the same seeds in the same order.

    Raises:
        InputError: as `tost_paired`.
    """
    return _spread_out(a, b).certified()


def _spread_out(a: Sequence[float], b: Sequence[float]) -> Estimate:
    first, second = _paired(a, b)
    if len(first) == 1:
        raise InputError(ONE_SEED)
    if _all_equal(first, second):
        raise InputError(NO_SPREAD)
    return _estimate(first - second)


def _estimate(differences: NDArray[np.float64]) -> Estimate:
    n, sd = len(differences), float(differences.std(ddof=1))
    return Estimate(float(differences.mean()), sd, sd / math.sqrt(n), n - 1)


def _judge(estimate: Estimate, n: int, margin: float, *, paired: bool = True) -> Comparison:
    half, certified = estimate.half(0.95), estimate.certified()
    interval = (estimate.difference - half, estimate.difference + half)
    verdict: Verdict = "inconclusive"
    if certified < margin:
        verdict = "equivalent"
    elif not interval[0] <= 0.0 <= interval[1]:
        verdict = "better" if estimate.difference > 0.0 else "worse"
    return Comparison(
        difference=estimate.difference,
        interval=interval,
        sd=estimate.sd,
        n=n,
        df=estimate.df,
        p=estimate.p(),
        p_equivalence=estimate.p_equivalence(margin),
        margin=margin,
        margin_certified=certified,
        verdict=verdict,
        seeds_needed=estimate.seeds(margin),
        reason=TOO_WIDE if verdict == "inconclusive" else "",
        paired=paired,
    )


def _unknown(difference: float, n: int, margin: float, reason: str, *, paired: bool = True) -> Comparison:
    return Comparison(
        difference=difference,
        interval=None,
        sd=None if n == 1 else 0.0,
        n=n,
        df=None,
        p=None,
        p_equivalence=None,
        margin=margin,
        margin_certified=None,
        verdict="inconclusive",
        seeds_needed=None,
        reason=reason,
        paired=paired,
    )


def _paired(a: Sequence[float], b: Sequence[float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.ndim != 1 or first.shape != second.shape or first.size == 0:
        raise InputError(f"paired arms need one value per seed each, got {first.shape} and {second.shape}")
    if not np.isfinite([first, second]).all():
        raise InputError(f"values must be finite, got {first.tolist()} and {second.tolist()}")
    return first, second


def _all_equal(first: NDArray[np.float64], second: NDArray[np.float64]) -> bool:
    """Equal up to rounding: .95 - .94 and .96 - .95 differ in their last bit only."""
    scale = max(np.abs(first).max(), np.abs(second).max())
    return bool(np.ptp(first - second) <= 1e-12 * scale)


def _spread(mean: float, std: float | None, n: int) -> float:
    """The std of a published result; 0 for the one seed that has none."""
    if n < 1 or not math.isfinite(mean):
        raise InputError(f"a result needs a finite mean and at least 1 seed, got {mean} from {n}")
    if n == 1:
        return 0.0
    if std is None or not 0.0 <= std < math.inf:
        raise InputError(f"{n} seeds need a standard deviation of 0 or more, got {std}")
    return std


def _check_margin(margin: float) -> None:
    if not 0.0 < margin < math.inf:
        raise InputError(f"margin must be a number above 0, got {margin}; write 0.01 for 1 point")
