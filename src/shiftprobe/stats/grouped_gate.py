"""A share of images held against a threshold where images come in groups: one object seen four times is not four."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError
from shiftprobe.stats.gate import Gate, effective_gate
from shiftprobe.stats.image_spread import FEWEST_GROUPS

T_LEVEL = 0.975  # of the t quantiles that pay for a variance read from few groups


def grouped_gate(right: ArrayLike, groups: ArrayLike, threshold: float, confidence: float = 0.95) -> Gate:
    """Hold a share against its threshold by the number of independent images that would tell as much.

    That number is p (1 - p) over the variance of p between groups, shrunk by the squared ratio of t quantiles for n - 1
    and G - 1 degrees of freedom, and at most n. Two made-up groups of mean size, one all right and one all wrong, join
    the variance: groups that happen to agree would else look like none at all (docs/statistics.md). Under 10 groups the
    word is "cannot tell" and both p values are 1.

    Args:
        right: (N,) booleans, which images were right.
        groups: (N,) labels of what belongs together.
        threshold: the share that must be reached, a fraction.
        confidence: of the two-sided interval, a fraction below 1.

    Raises:
        InputError: when lengths differ, there are no images, or `right` holds anything but booleans.

    Reference: Korn and Graubard, 1998, Survey Methodology 24(2).
    """
    hits, names = np.asarray(right), np.asarray(groups)
    if hits.ndim != 1 or hits.size == 0 or hits.dtype.kind != "b" or names.shape != hits.shape:
        raise InputError(f"a grouped gate needs (N,) booleans and a group for each, got {hits.shape} and {names.shape}")
    sizes, sums = by_group(hits, names)
    effective = effective_images(sizes, sums, (1.0 + confidence) / 2.0)
    found = effective_gate(float(hits.mean()), effective, len(hits), threshold, confidence)
    found = found._replace(groups=len(sizes))
    return found if len(sizes) >= FEWEST_GROUPS else found._replace(word="cannot tell", p_above=1.0, p_below=1.0)


def by_group(right: NDArray[np.bool_], groups: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(G,) images of each group, and how many of them were right."""
    places = np.unique(np.asarray(groups), return_inverse=True)[1]
    return np.bincount(places).astype(np.float64), np.bincount(places, weights=right).astype(np.float64)


def effective_images(sizes: NDArray[np.float64], sums: NDArray[np.float64], level: float = T_LEVEL) -> float:
    """How many independent images tell as much about the share as these groups do.

    Args:
        sizes: (G,) images of each group.
        sums: (G,) how many of them were right.
        level: of the t quantiles, one less the error allowed on a side.
    """
    n, total = float(sizes.sum()), float(sizes.sum() + 2 * sizes.mean())
    share, variance = padded_share(sizes, sums)
    return float(min(n, share * (1.0 - share) / variance * paid(n, len(sizes) - 1.0, level) * n / total))


def padded_share(sizes: NDArray[np.float64], sums: NDArray[np.float64]) -> tuple[float, float]:
    """The share and its variance between (G,) groups, with two made-up groups of mean size among them."""
    count, mean = len(sizes), float(sizes.mean())
    padded, hits = np.append(sizes, [mean, mean]), np.append(sums, [mean, 0.0])
    total = float(padded.sum())
    share = float(hits.sum()) / total
    spread = float(((hits - share * padded) ** 2).sum())
    return share, (count + 2) / (count + 1) * spread / total**2


def paid(n: float, df: float, level: float = T_LEVEL) -> float:
    """What a variance read from so few groups costs: the squared ratio of t quantiles; 1 where there is none."""
    from scipy.special import stdtrit

    return 1.0 if df < 1.0 else float(stdtrit(max(n - 1, 1.0), level) / stdtrit(df, level)) ** 2
