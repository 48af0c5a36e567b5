"""Whether a tensor of weights looks like one more draw of its initialisation: p values, one per statistic."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core import seeding

Values = NDArray[np.float64]

ROWS, COLUMNS = 128, 512  # of a matrix whose structure is looked at
RESAMPLED = 60  # matrices without structure, drawn from the values of all draws
MOST = 20_000  # values of one tensor that are ranked
UNIFORM_FROM = 200  # values that tell whether draws have a bound
STRUCTURED = 16  # values of the smallest matrix that has a structure
CUSHION = 10  # degrees of freedom: statistics of few rows have heavier tails than the normal law
PLAIN_NORMAL = 20  # values from which their spread is close to normal
ROUNDED = ((16, 2.0**-8), (13, 2.0**-11))  # empty low bits of float32, and the step that a file in half precision has


def tensor_ps(found: Values, draws: Sequence[Values], *, address: str = "") -> Mapping[str, float]:
    """P values of "this tensor is one more draw", by statistic.

    Args:
        found: the tensor, any shape, finite.
        draws: the same tensor of five or more untrained networks.
        address: seeds the matrices without structure that are drawn.

    Returns:
        Empty where nothing can be told: all draws are one and the same tensor, which is not constant, and so is this
        one. For a tensor that is constant in all draws 1 where it has not moved, else 0.

    Reference: two samples: Smirnov, 1939; top singular value of a matrix without structure: Marchenko and Pastur, 1967.
    """
    pool = np.stack(draws)
    if (pool == pool[:1]).all():
        moved = not np.array_equal(found, draws[0])
        constant = bool((draws[0] == draws[0].flat[0]).all()) if draws[0].size else False
        return {"a start that has moved": 0.0} if moved else {"a start that has moved": 1.0} if constant else {}
    return {**_marginal(found.ravel(), pool.reshape(len(draws), -1)), **_structured(found, draws, address)}


def _marginal(x: Values, pool: Values) -> dict[str, float]:
    """Mean, spread, ranks and bound of the values, whatever their places."""
    from scipy.special import ndtr
    from scipy.stats import ks_2samp

    n, flat = x.size, pool.ravel()
    m, mean, spread = flat.size, flat.mean(), flat.std()
    z = (x.mean() - mean) / (spread * np.sqrt(1.0 / n + 1.0 / m))
    found = {"mean": 2.0 * float(ndtr(-abs(z)))}
    if n >= PLAIN_NORMAL:
        kurtosis = float(np.mean(((flat - mean) / spread) ** 4))
        error = np.sqrt(max(kurtosis - 1.0, 0.1) / 4.0 * (1.0 / n + 1.0 / m))
        z = np.log(max(np.sqrt(np.mean((x - mean) ** 2)), 1e-300) / spread) / error
        found["spread"] = 2.0 * float(ndtr(-abs(z)))
        few, many = x[:: -(-n // MOST)], flat[:: -(-m // (5 * MOST))]
        way = "exact" if few.size * many.size <= 1e5 else "asymp"  # noqa: PLR2004 - exact counts take time
        found["ranks"] = float(ks_2samp(few, many, method=way).pvalue)
    if m >= UNIFORM_FROM and np.abs(flat).max() <= np.sqrt(3.0) * spread * (1.0 + 2.0 / np.sqrt(m)):
        found["bound"] = _beyond(x, np.abs(flat).max(), m)
    return found


def _beyond(x: Values, most: float, m: int) -> float:
    """P of the largest of n values so far beyond the largest of m, all uniform between the same unknown bounds."""
    n, ratio = x.size, float(np.abs(x).max() / most) / (1.0 + _step(x))
    return min(1.0, n / (n + m) * float(np.exp(-m * np.log(max(ratio, 1.0))))) if ratio > 1.0 else 1.0


def _step(x: Values) -> float:
    """By how much the largest value may have grown when the file was written with fewer bits."""
    bits = x.astype(np.float32).view(np.uint32)
    return next((step for low, step in ROUNDED if not (bits & ((1 << low) - 1)).any()), 0.0)


def _structured(found: Values, draws: Sequence[Values], address: str) -> dict[str, float]:
    """What the places of the values tell: directions, rows, columns and neighbours."""
    matrix = _block(found)
    if matrix.ndim < 2 or min(matrix.shape[:2]) < 1 or matrix.size < STRUCTURED or not matrix.any():  # noqa: PLR2004 - a matrix
        return {}
    blocks = [_block(draw) for draw in draws]
    rng, pool = seeding.generator("fresh layers", address), np.stack(blocks).ravel()
    without = [rng.choice(pool, matrix.size).reshape(matrix.shape) for _ in range(RESAMPLED)]
    return {
        name: _unlike(of(matrix), [of(one) for one in blocks], [of(one) for one in without])
        for name, of in _STATISTICS.items()
        if np.isfinite(of(matrix))
    }


def _unlike(found: float, draws: Sequence[float], without: Sequence[float]) -> float:
    """P of a statistic, two-sided: against draws and matrices without structure where draws have none, else draws."""
    from scipy.special import stdtr

    centre, spread = float(np.mean(without)), float(np.std(without, ddof=1))
    if abs(float(np.mean(draws)) - centre) <= 4.0 * spread / np.sqrt(len(draws)):
        every = np.concatenate([draws, without])
        z = (found - every.mean()) / max(every.std(ddof=1) * np.sqrt(1.0 + 1.0 / every.size), 1e-12)
        return 2.0 * float(stdtr(CUSHION, -abs(z)))
    z = (found - np.mean(draws)) / max(float(np.std(draws, ddof=1)) * np.sqrt(1.0 + 1.0 / len(draws)), 1e-12)
    return 2.0 * float(stdtr(len(draws) - 1, -abs(z)))


def _block(tensor: Values) -> Values:
    """Its first rows and columns, as (rows, inputs, ...), few enough to look at many times."""
    if tensor.ndim < 2:  # noqa: PLR2004 - a matrix
        return tensor
    each = int(np.prod(tensor.shape[2:])) if tensor.ndim > 2 else 1  # noqa: PLR2004 - a kernel
    return tensor[:ROWS, : max(1, COLUMNS // each)]


def _direction(x: Values) -> float:
    """Log of the share of the squares that lies in the strongest direction."""
    flat = x.reshape(len(x), -1)
    gram = flat @ flat.T if len(flat) <= flat.shape[1] else flat.T @ flat
    return float(np.log(np.linalg.eigvalsh(gram)[-1] / np.trace(gram))) if min(flat.shape) > 1 else np.nan


def _rows(x: Values) -> float:
    """How much the sizes of rows differ, log."""
    sizes = np.square(x.reshape(len(x), -1)).mean(axis=1)
    return float(np.log(sizes.std() / sizes.mean() + 1e-12)) if len(sizes) > 1 else np.nan


def _columns(x: Values) -> float:
    """How much the sizes of inputs differ, log."""
    sizes = np.square(np.swapaxes(x, 0, 1).reshape(x.shape[1], -1)).mean(axis=1)
    return float(np.log(sizes.std() / sizes.mean() + 1e-12)) if len(sizes) > 1 else np.nan


def _neighbours(x: Values) -> float:
    """How alike neighbouring values of a kernel are."""
    if x.ndim < 4 or min(x.shape[2:]) < 2:  # noqa: PLR2004 - a kernel with neighbours
        return np.nan
    across = (x[..., 1:] * x[..., :-1]).sum() + (x[..., 1:, :] * x[..., :-1, :]).sum()
    return float(across / np.square(x).sum())


_STATISTICS: Mapping[str, Callable[[Values], float]] = {
    "strongest direction": _direction,
    "sizes of rows": _rows,
    "sizes of inputs": _columns,
    "neighbours": _neighbours,
}
