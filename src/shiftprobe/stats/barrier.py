"""How far a path between two networks rises above the straight line between the errors of its ends."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError
from shiftprobe.stats.image_spread import image_spread

LEVEL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """The highest rise along a path, with its interval over images."""

    value: float  # of the mean error above the line between its ends; 0: it nowhere rises
    low: float  # 95 %, for all inner points together (Bonferroni)
    high: float
    at: float  # the share of the way at which it is highest; 0 where it nowhere rises
    n: int  # images


def rise(alphas: ArrayLike, errors: ArrayLike) -> NDArray[np.float64]:
    """How far each point of a path lies above the straight line between its ends.

    Args:
        alphas: (A,) shares of the way, from 0 to 1, increasing.
        errors: (A,) or (A, N) what is to be low: errors or losses, of each image where N are given.

    Returns:
        Of the shape of `errors`; 0 at both ends.

    Raises:
        InputError: when alphas do not lead from 0 to 1, shapes do not fit, or a number is not finite.

    Reference: Frankle et al., 2020, arXiv:1912.05671; between checkpoints of transfer Neyshabur et al., 2020,
        arXiv:2008.11687.
    """
    shares, values = np.asarray(alphas, np.float64), np.asarray(errors, np.float64)
    fewest = 2
    if shares.ndim != 1 or len(shares) < fewest or shares[0] != 0 or shares[-1] != 1 or (np.diff(shares) <= 0).any():
        raise InputError(f"a path leads from 0 to 1 in shares that increase, got {shares.tolist()}")
    if values.ndim not in {1, 2} or len(values) != len(shares) or values.size == 0:
        raise InputError(f"a path of {len(shares)} points needs as many errors, got {values.shape}")
    if not np.isfinite(values).all():
        raise InputError("errors along a path must be finite; did a point of it diverge?")
    along = shares if values.ndim == 1 else shares[:, None]
    line: NDArray[np.float64] = (1 - along) * values[0] + along * values[-1]
    return values - line


def barrier(alphas: ArrayLike, wrong: ArrayLike) -> Barrier:
    """The error barrier of a path, with an interval that holds for all its points at once.

    Args:
        alphas: (A,) shares of the way, from 0 to 1, increasing; at least one between the ends.
        wrong: (A, N) whether each point of the path gets each image wrong; booleans, or 0 and 1.

    Raises:
        InputError: as `rise`, and when there is no point between the ends, or no image by image table.
    """
    table = np.asarray(wrong, np.float64)
    shares = np.asarray(alphas, np.float64)
    if table.ndim != 2 or len(shares) <= 2 or not np.isin(table, (0.0, 1.0)).all():  # noqa: PLR2004 - two ends
        raise InputError(f"a barrier needs right or wrong (A, N) at three points or more, got {table.shape}")
    inner = rise(shares, table)[1:-1]
    means = inner.mean(axis=1)
    top = int(means.argmax())
    ends = [image_spread(one).ends(1 - LEVEL / len(inner)) for one in inner]
    return Barrier(
        value=max(0.0, float(means[top])),
        low=max(0.0, *(low for low, _ in ends)),
        high=max(0.0, *(high for _, high in ends)),
        at=float(shares[1 + top]) if means[top] > 0 else 0.0,
        n=table.shape[1],
    )
