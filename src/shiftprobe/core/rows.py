"""Some rows of an array that lies on disk, read when they are asked for: a whole set never enters memory."""

from collections.abc import Iterator
from typing import Any, Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T", bound=np.generic)
Part: TypeAlias = int | np.integer | slice | NDArray[np.integer]


class Rows(Generic[T]):
    """`Rows(whole, index)[part]` has the bytes of `whole[index][part]`, and copies these rows alone.

    It answers `len`, `shape`, `ndim`, `dtype`, `nbytes`, iteration and an index along the first axis as an array does;
    whatever turns it into an array (`np.asarray`) reads it whole.

    Args:
        whole: (M, ...) rows, usually mapped from a file.
        index: (N,) which of them, in any order.
    """

    __slots__ = ("_index", "_whole")

    def __init__(self, whole: NDArray[T], index: NDArray[np.int64]) -> None:
        self._whole, self._index = whole, index

    def __len__(self) -> int:
        """How many rows."""
        return len(self._index)

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, ...) as of the array that this stands for."""
        return (len(self._index), *self._whole.shape[1:])

    @property
    def ndim(self) -> int:
        """How many axes."""
        return self._whole.ndim

    @property
    def dtype(self) -> np.dtype[T]:
        """Of each element."""
        return self._whole.dtype

    @property
    def nbytes(self) -> int:
        """What the rows would fill in memory."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize

    def __getitem__(self, part: Part) -> NDArray[T]:
        """A copy of some rows, or of one."""
        return copied_rows(self._whole, self._index[part])

    def __iter__(self) -> Iterator[NDArray[T]]:
        """One row after the other."""
        return (self[i] for i in range(len(self)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """All rows as an array."""
        if copy is False:
            raise ValueError("rows of a larger array cannot be had without a copy; index those that are needed")
        return self[:].astype(dtype or self.dtype, copy=False)


def copied_rows(whole: "NDArray[T] | Rows[T]", part: Part) -> NDArray[T]:
    """A copy of some rows that may be written to, in memory.

    Args:
        whole: (M, ...) rows.
        part: which of them: one, a slice, or (N,) places in any order.

    Returns:
        (N, ...), or (...) for one place.
    """
    if isinstance(whole, Rows):
        return whole[part]
    plain = np.asarray(whole)
    return plain[part] if isinstance(part, np.ndarray) else np.array(plain[part])
