"""Whether two attribution maps of one image agree, and what a curve of deletion or insertion amounts to."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError, as_floats

Values = NDArray[np.float64]


def map_correlation(x: ArrayLike, y: ArrayLike) -> Values:
    """Spearman rank correlation of the sizes of two maps, image by image.

    Args:
        x: maps of shape (n, S, S); signs are left out.
        y: maps of the same shape.

    Returns:
        (n,) from -1 to 1; 1 when both rank all pixels alike, about 0 when unrelated. NaN never: see Raises.

    Raises:
        InputError: when shapes differ, a value is not finite, or a map is constant (it ranks nothing).

    Reference: Adebayo et al., 2018, arXiv:1810.03292.
    """
    first, second = _pair(x, y)
    ranks = [_ranks(maps) for maps in (first, second)]
    centred = [rank - rank.mean(axis=1, keepdims=True) for rank in ranks]
    scale = np.sqrt(np.prod([np.square(one).sum(axis=1) for one in centred], axis=0))
    return np.asarray((centred[0] * centred[1]).sum(axis=1) / scale)


def top_overlap(x: ArrayLike, y: ArrayLike, *, share: float = 0.1) -> Values:
    """Share of the most important pixels that two maps have in common, image by image.

    Args:
        x: maps of shape (n, S, S); signs are left out.
        y: maps of the same shape.
        share: how many pixels count as most important, a fraction of all.

    Returns:
        (n,) from 0 to 1; `share` by chance. A pixel of size 0 is never among the most important: a map with fewer
        others is judged by those it has.

    Raises:
        InputError: as `map_correlation`, or when the share is not between 0 and 1.
    """
    if not 0 < share < 1:
        raise InputError(f"share is a fraction between 0 and 1, got {share}")
    first, second = _pair(x, y)
    most = max(1, round(share * first.shape[1]))
    one, other = (_most_important(maps, most) for maps in (first, second))
    return np.asarray((one & other).sum(axis=1) / np.maximum(one.sum(axis=1), other.sum(axis=1)))


def area_under(curve: ArrayLike) -> Values:
    """Mean height of curves over their whole width, by trapezia.

    Args:
        curve: (n, points) heights at equal steps, probabilities.

    Returns:
        (n,) from 0 to 1. Of deletion, low is good: few pixels carry the answer; of insertion, high.

    Raises:
        InputError: when there are fewer than two points or a value is not finite.
    """
    heights = as_floats(curve, "curve")
    if heights.ndim != 2 or heights.shape[1] < 2 or not np.isfinite(heights).all():  # noqa: PLR2004 - a curve
        raise InputError(f"wanted finite curves of shape (n, points), two points at least, got shape {heights.shape}")
    return np.asarray((heights[:, 1:] + heights[:, :-1]).mean(axis=1) / 2)


def tells_nothing(maps: ArrayLike) -> NDArray[np.bool_]:
    """Which maps (n, S, S) are constant: they rank no pixel before another."""
    known = as_floats(maps, "maps")
    flat = np.abs(known).reshape(len(known), -1)
    return np.asarray(np.ptp(flat, axis=1) == 0)


def _pair(x: ArrayLike, y: ArrayLike) -> tuple[Values, Values]:
    first, second = (as_floats(maps, name) for maps, name in ((x, "x"), (y, "y")))
    if first.ndim != 3 or first.shape != second.shape or first.size == 0:  # noqa: PLR2004 - (n, S, S)
        raise InputError(f"wanted two sets of maps of one shape (n, S, S), got {first.shape} and {second.shape}")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise InputError("a map holds NaN or infinity; did training diverge?")
    if tells_nothing(first).any() or tells_nothing(second).any():
        raise InputError("a map is constant: it ranks no pixel before another")
    return np.abs(first).reshape(len(first), -1), np.abs(second).reshape(len(second), -1)


def _most_important(flat: Values, most: int) -> NDArray[np.bool_]:
    marked = np.zeros(flat.shape, bool)
    np.put_along_axis(marked, np.argsort(-flat, axis=1, kind="stable")[:, :most], values=True, axis=1)
    return np.asarray(marked & (flat > 0))  # equal zeros stand in order of place, the same in both maps


def _ranks(flat: Values) -> Values:
    from scipy.stats import rankdata

    return np.asarray(rankdata(flat, axis=1), np.float64)
