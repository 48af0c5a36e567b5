"""Sums over images, taken in blocks: features may lie on disk, and no float64 copy of all of them is made."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from shiftprobe.metrics.checks import InputError, as_numbers

Matrix = NDArray[np.float64]
Labels = NDArray[np.int64]

LARGEST = 1e140  # of a feature: sums of squares stay finite
BLOCK = 2048  # images; smaller ones slow the products down, larger ones do not speed them up


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Sums over N images of their features, each less the origin."""

    n: int
    origin: Matrix  # (D,)
    sums: Matrix  # (D,)
    squares: Matrix  # (D, D), of every feature times every other
    class_sums: Matrix  # (L, C, D), the sums within each class of L labellings


def moments(x: NDArray[Any], codes: Labels, classes: int, origin: Matrix, name: str) -> Moments:
    """Everything that a linear reader of the features needs, in one pass.

    Args:
        x: features of shape (N, D), in memory or memory-mapped.
        codes: class codes of shape (L, N), from 0 to classes - 1, one row per labelling.
        classes: how many classes there are.
        origin: (D,) what is taken off first. The first image as origin leaves exactly 0 of features that never
            change, and costs a scatter matrix no more than a factor N of float64's precision.
        name: what the features are called in an error.

    Raises:
        InputError: when a feature is NaN or infinite.
    """
    n, width = x.shape
    squares, sums, class_sums = np.zeros((width, width)), np.zeros(width), np.zeros((len(codes), classes, width))
    for part, block in blocks(x, name):
        moved = np.subtract(block, origin, out=block)
        squares += moved.T @ moved
        sums += moved.sum(axis=0)
        for which, labelling in enumerate(codes):
            class_sums[which] += np.eye(classes)[labelling[part]].T @ moved
    return Moments(n=n, origin=origin, sums=sums, squares=squares, class_sums=class_sums)


def blocks(x: NDArray[Any], name: str) -> Iterator[tuple[slice, Matrix]]:
    """The images in turn, as float64 copies of at most BLOCK of them, each with its place.

    Raises:
        InputError: when a feature is NaN or infinite, or so large that its square is.
    """
    for start in range(0, len(x), BLOCK):
        part = slice(start, start + BLOCK)
        if not np.isfinite(x[part]).all():
            raise InputError(f"{name} holds NaN or infinity; did training diverge?")
        block = np.array(x[part], dtype=np.float64)
        if max(float(block.max()), -float(block.min())) > LARGEST:
            raise InputError(
                f"{name} holds values beyond {LARGEST:.0e}, whose squares overflow; divide by their largest"
            )
        yield part, block


def directions(matrix: Matrix) -> tuple[Matrix, Matrix]:
    """Rising eigenvalues (R,) and eigenvectors (D, R) of a matrix X'X, without those that hold only rounding."""
    values, vectors = np.linalg.eigh(matrix)
    kept = values > len(values) * np.finfo(np.float64).eps * max(float(values[-1]), 0.0)
    return values[kept], vectors[:, kept]


def as_table(values: ArrayLike, name: str) -> NDArray[Any]:
    """Features (N, D) as they are: no copy, and no look at the numbers.

    Raises:
        InputError: when they are not a table of numbers, or there are none.
    """
    table = as_numbers(values, name)
    if table.ndim != 2 or table.size == 0 or table.dtype.kind not in "fiu":  # noqa: PLR2004 -- a table has two axes
        raise InputError(f"{name} must be numbers of shape (images, features), got {table.dtype} of {table.shape}")
    return table
