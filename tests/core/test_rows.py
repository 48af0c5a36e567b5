"""Rows and items that are read when asked for: the values of the whole, and no more of it than was asked."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from shiftprobe.core.rows import Joined, Rows, Subset, copied_rows, room_for

WHOLE = np.random.default_rng(0).integers(0, 256, (9, 2, 3), dtype=np.uint8)
INDEX = np.array([7, 0, 3, 3, 8])
PARTS: list[Any] = [
    0,
    -1,
    np.int64(2),
    slice(None),
    slice(1, 4),
    slice(9, 9),
    np.array([4, 0, 0]),
    np.array([], np.int64),
]


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_rows_are_those_of_the_array_they_stand_for(part: Any) -> None:
    rows, wanted = Rows(WHOLE, INDEX), WHOLE[INDEX]
    np.testing.assert_array_equal(rows[part], wanted[part])
    assert (rows.shape, rows.ndim, rows.nbytes, len(rows)) == ((5, 2, 3), 3, 30, 5)
    assert rows.dtype == np.uint8
    np.testing.assert_array_equal(np.asarray(rows), wanted)
    np.testing.assert_array_equal(list(rows), wanted)


def test_a_place_beyond_the_rows_is_refused_though_the_array_has_it() -> None:
    with pytest.raises(IndexError):
        Rows(WHOLE, INDEX)[5]
    with pytest.raises(ValueError, match="without a copy"):
        np.array(Rows(WHOLE, INDEX), copy=False)


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_a_copy_of_rows_of_a_mapped_array_may_be_written_to_and_leaves_the_file(part: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "whole.npy", WHOLE)
    mapped: NDArray[np.uint8] = np.load(tmp_path / "whole.npy", mmap_mode="r")
    for whole, wanted in ((mapped, WHOLE), (Rows(mapped, INDEX), WHOLE[INDEX])):
        found = copied_rows(whole, part)
        np.testing.assert_array_equal(found, wanted[part])
        assert not isinstance(found, np.memmap)
        found += 1
    np.testing.assert_array_equal(mapped, WHOLE)


class Counted(Sequence[int]):
    """Squares, and which of them were asked for."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __len__(self) -> int:
        return 10

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(10))]
        if not -10 <= place < 10:
            raise IndexError(place)
        self.asked.append(place)
        return (place % 10) ** 2


def test_a_subset_and_a_chain_read_what_is_asked_for_and_nothing_else() -> None:
    counted = Counted()
    some = Subset(counted, [4, 1, 9])
    both = Joined([some, counted, Subset(counted, [])])
    assert (len(some), len(both), len(some[1:]), counted.asked) == (3, 13, 2, [])
    assert (some[0], some[-1], some[1:][0], both[2], both[3], both[-1]) == (16, 81, 1, 81, 0, 81)
    assert counted.asked == [4, 9, 1, 9, 0, 9]
    assert list(both[1:5]) == [1, 81, 0, 1]
    assert list(both) == [16, 1, 81, *(i**2 for i in range(10))]
    with pytest.raises(IndexError):
        both[13]


@pytest.mark.parametrize(("most", "on_disk"), [(24, False), (23, True)])
def test_room_is_in_memory_up_to_a_size_and_in_a_file_beyond(most: int, on_disk: bool) -> None:
    room = room_for((2, 3), np.float32, most)
    room[:] = 7
    assert room.shape == (2, 3)
    assert room.tolist() == [[7, 7, 7], [7, 7, 7]]
    assert isinstance(room.base, np.memmap) is on_disk
