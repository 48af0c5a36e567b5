"""Many tests at once: adjusted p values."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shiftprobe.metrics.checks import InputError


def holm(ps: Sequence[float]) -> NDArray[np.float64]:
    """P values adjusted so that one false alarm in the whole family stays rare.

    Args:
        ps: (m,) p values of one family declared beforehand; none gives none.

    Returns:
        (m,) adjusted p values in the same order, at most 1.

    Raises:
        InputError: when one is not a fraction from 0 to 1.

    Reference: Holm, 1979, Scandinavian Journal of Statistics 6(2).
    """
    p, order = _sorted(ps)
    stepped = np.maximum.accumulate(p * np.arange(len(p), 0, -1))
    return _unsorted(stepped, order)


def benjamini_hochberg(ps: Sequence[float]) -> NDArray[np.float64]:
    """P values adjusted so that few of those called significant are false; for maps of many cells.

    Args:
        ps: (m,) p values; none gives none.

    Returns:
        (m,) adjusted p values in the same order, at most 1.

    Raises:
        InputError: when one is not a fraction from 0 to 1.

    Reference: Benjamini and Hochberg, 1995, JRSS B 57(1).
    """
    p, order = _sorted(ps)
    stepped = p * len(p) / np.arange(1, len(p) + 1)
    return _unsorted(np.minimum.accumulate(stepped[::-1])[::-1], order)


def _sorted(ps: Sequence[float]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    p = np.asarray(ps, dtype=np.float64)
    if p.ndim != 1 or not ((p >= 0.0) & (p <= 1.0)).all():
        raise InputError(f"p values are fractions from 0 to 1, got {p.tolist()}")
    order = np.argsort(p, kind="stable")
    return p[order], order


def _unsorted(adjusted: NDArray[np.float64], order: NDArray[np.intp]) -> NDArray[np.float64]:
    out = np.empty_like(adjusted)
    out[order] = np.minimum(adjusted, 1.0)
    return out
