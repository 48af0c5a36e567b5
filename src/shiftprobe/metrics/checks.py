"""What every metric asks of its arrays before it computes."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.core.errors import ShiftprobeError


class InputError(ShiftprobeError, ValueError):
    """Numbers from which the value asked for cannot be computed."""


def as_numbers(values: ArrayLike, name: str) -> NDArray[Any]:
    """Real numbers or booleans as a numpy array, without a copy where they are one.

    A tensor is taken off its device and its graph first, and brought to float32 where numpy knows no such type.

    Raises:
        InputError: for anything but real numbers, lists of unequal lengths, and arrays with masked entries, whose
            values nobody meant.
    """
    if np.ma.isMaskedArray(values) and np.ma.getmaskarray(values).any():
        raise InputError(f"{name} has masked entries; fill them or leave their images out")
    try:
        found = np.asarray(_off_its_graph(values))
    except (TypeError, ValueError, RuntimeError) as error:
        kind = type(values).__name__
        raise InputError(f"{name} must be one array of real numbers, rows of one length; got a {kind}") from error
    if found.dtype.kind not in "biuf":
        raise InputError(f"{name} must be real numbers, got {found.dtype}; take the part that is meant")
    return found


def as_floats(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """The same as float64, of any shape.

    Raises:
        InputError: as `as_numbers`.
    """
    return as_numbers(values, name).astype(np.float64, copy=False)


def _off_its_graph(values: Any) -> Any:
    if not hasattr(values, "detach"):
        return values
    plain = values.detach().cpu()
    return (plain.float() if plain.is_floating_point() and plain.element_size() <= 2 else plain).numpy()  # noqa: PLR2004 -- bytes


def as_features(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """Features as float64 (N, D).

    Raises:
        InputError: when they are not a table, are empty, or hold NaN or infinity.
    """
    features = as_floats(values, name)
    if features.ndim != 2 or features.size == 0:  # noqa: PLR2004 -- a table has two axes
        raise InputError(f"{name} must be a table of shape (images, features), got shape {features.shape}")
    if not np.isfinite(features).all():
        raise InputError(f"{name} holds NaN or infinity; did training diverge?")
    return features


def as_pair(x: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two views of the same N images, (N, D) and (N, E), as float64.

    Raises:
        InputError: as `as_features`, or when the views hold different numbers of images.
    """
    first, second = as_features(x, "x"), as_features(y, "y")
    if len(first) != len(second):
        raise InputError(f"x and y must be views of the same images, got {len(first)} and {len(second)}")
    return first, second


def as_labels(values: ArrayLike, name: str) -> NDArray[np.int64]:
    """Class numbers as int64 (N,).

    Raises:
        InputError: when they are not one row of whole numbers, or there are none.
    """
    labels = as_numbers(values, name)
    if labels.ndim != 1 or labels.size == 0 or labels.dtype.kind not in "iu":
        raise InputError(f"{name} must be whole numbers of shape (N,), got {labels.dtype} of {labels.shape}")
    if labels.dtype.kind == "u" and labels.max() > np.iinfo(np.int64).max:
        raise InputError(f"{name} must be class numbers, got {labels.max()}")
    return labels.astype(np.int64)


def as_shares(values: ArrayLike) -> NDArray[np.float64]:
    """Shares of classes among images, (C,) float64 adding up to 1.

    Raises:
        InputError: when they are no fractions, or do not add up to 1.
    """
    shares = as_floats(values, "shares")
    if shares.ndim != 1 or not (shares >= 0).all() or abs(shares.sum() - 1.0) > 1e-6:  # noqa: PLR2004 -- rounding
        raise InputError("shares must be fractions of shape (C,) that add up to 1; divide counts by their sum")
    return shares
