"""One number for a whole benchmark of corruptions, with and without a baseline to divide by."""

from collections.abc import Mapping
from statistics import fmean

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError, as_floats


def mean_corruption_error(errors: Mapping[str, ArrayLike], baseline: Mapping[str, ArrayLike]) -> float:
    """The mCE: per corruption the errors over all levels divided by a baseline's, then the mean over corruptions.

    Of use only beside other mCEs with the same baseline; it is no share of images, see `mean_error` for that.

    Args:
        errors: top-1 errors of a model, fractions in [0, 1], as {corruption: one per level}; five levels in the paper.
        baseline: those of another model on the same corruptions and levels; AlexNet in the paper.

    Returns:
        A ratio, 0 or more: 1 when as many errors as the baseline, 0 when none; the paper prints it in percent.

    Raises:
        InputError: when the two name different corruptions or none, a corruption has more levels than another, an
            error lies outside [0, 1], or the baseline makes no error on some corruption.

    Reference: Hendrycks and Dietterich, 2019, arXiv:1903.12261.
    """
    ours, theirs = _table(errors, "errors"), _table(baseline, "baseline")
    if odd := sorted(ours.keys() ^ theirs.keys()):
        raise InputError(f"errors and baseline must name the same corruptions; only one of them has {', '.join(odd)}")
    _check_levels([*ours.values(), *theirs.values()])
    perfect = sorted(name for name, row in theirs.items() if not row.any())
    if perfect:
        raise InputError(f"the baseline makes no error on {', '.join(perfect)}, so nothing can be divided by it")
    return fmean(float(row.sum() / theirs[name].sum()) for name, row in ours.items())


def mean_error(errors: Mapping[str, ArrayLike]) -> float:
    """The mean top-1 error over all corruptions and levels, divided by no baseline: not an mCE.

    Args:
        errors: top-1 errors of a model, fractions in [0, 1], as {corruption: one per level}.

    Returns:
        A fraction of images in [0, 1]; 0 when every image is right.

    Raises:
        InputError: when there is no corruption, one has more levels than another, or an error lies outside [0, 1].
    """
    table = _table(errors, "errors")
    _check_levels([*table.values()])
    return fmean(float(row.mean()) for row in table.values())


def _table(errors: Mapping[str, ArrayLike], name: str) -> dict[str, NDArray[np.float64]]:
    if not errors:
        raise InputError(f"{name} must hold at least one corruption, got none")
    table = {corruption: as_floats(row, f"{name} of {corruption}") for corruption, row in errors.items()}
    for corruption, row in table.items():
        if row.ndim != 1 or row.size == 0:
            raise InputError(f"{name} of {corruption} must be one error per level, got shape {row.shape}")
        if not ((row >= 0) & (row <= 1)).all():  # false for NaN too
            raise InputError(
                f"{name} of {corruption} must be fractions in [0, 1], got {row.tolist()}; write 0.3 for 30 %"
            )
    return table


def _check_levels(rows: list[NDArray[np.float64]]) -> None:
    counts = sorted({len(row) for row in rows})
    if len(counts) > 1:
        raise InputError(f"every corruption needs the same levels, got {' and '.join(map(str, counts))} of them")
