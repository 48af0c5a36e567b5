"""How far one image's features move."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError, as_pair


def cosine_rows(x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
    """Cosine similarity of each image's features with its own features elsewhere.

    Args:
        x: features of shape (N, D), for example of the clean images.
        y: features of shape (N, D), for example of the same images after the shift.

    Returns:
        (N,) values in [-1, 1]; 1 when the direction did not move, 0 when nothing of it is left.

    Raises:
        InputError: when the shapes differ, a value is not finite, or a row is all zero and so has no
            direction.
    """
    first, second = as_pair(x, y)
    if first.shape != second.shape:
        raise InputError(f"x and y must hold the same features, got {first.shape[1]} and {second.shape[1]}")
    cosines = np.einsum("nd,nd->n", _directions(first), _directions(second))
    return np.asarray(np.clip(cosines, -1.0, 1.0))


def _directions(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows of length 1, whatever their scale."""
    peak = np.abs(x).max(axis=1, keepdims=True)
    if not peak.all():
        raise InputError(f"{int((peak == 0).sum())} of {len(x)} images have all-zero features: no direction")
    scaled = x / peak
    return np.asarray(scaled / np.linalg.norm(scaled, axis=1, keepdims=True))
