"""Some rows of an array, or items of a sequence, that lie on disk: read when asked for, never all of them at once."""

import math
import tempfile
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any, Generic, TypeAlias, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T", bound=np.generic)
I_co = TypeVar("I_co", covariant=True)
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


def room_for(shape: tuple[int, ...], dtype: type[T], most: int) -> NDArray[T]:
    """An array to be filled: in memory up to so many bytes, else in an unnamed file that the system may swap.

    The file lies in the system's folder for temporary ones and is gone with the array.
    """
    if math.prod(shape) * np.dtype(dtype).itemsize <= most:
        return np.empty(shape, dtype)
    with tempfile.TemporaryFile() as file:
        return np.asarray(np.memmap(file, dtype, "w+", shape=shape))


class Subset(Sequence[I_co]):
    """Some items of a sequence, each read anew when it is asked for.

    Args:
        whole: the sequence.
        index: which of its items, in any order.
    """

    __slots__ = ("__weakref__", "_index", "_whole")

    def __init__(self, whole: Sequence[I_co], index: Sequence[int]) -> None:
        self._whole, self._index = whole, index

    def __len__(self) -> int:
        """How many items."""
        return len(self._index)

    @overload
    def __getitem__(self, place: int) -> I_co: ...
    @overload
    def __getitem__(self, place: slice) -> "Subset[I_co]": ...
    def __getitem__(self, place: int | slice) -> "I_co | Subset[I_co]":
        """One item, or some of them, unread."""
        if isinstance(place, slice):
            return Subset(self._whole, self._index[place])
        return self._whole[self._index[place]]


class Joined(Sequence[I_co]):
    """Several sequences as one, each item read when it is asked for."""

    __slots__ = ("__weakref__", "_ends", "parts")

    def __init__(self, parts: Sequence[Sequence[I_co]]) -> None:
        self.parts, self._ends = parts, list(accumulate(map(len, parts)))

    def __len__(self) -> int:
        """How many items."""
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, place: int) -> I_co: ...
    @overload
    def __getitem__(self, place: slice) -> Subset[I_co]: ...
    def __getitem__(self, place: int | slice) -> "I_co | Subset[I_co]":
        """One item, or some of them, unread."""
        if isinstance(place, slice):
            return Subset(self, range(*place.indices(len(self))))
        at = range(len(self))[place]
        part = bisect_right(self._ends, at)
        return self.parts[part][at - self._ends[part] + len(self.parts[part])]
