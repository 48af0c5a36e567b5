"""Images that live in files: each decoded once to check it, kept in memory only while they are few."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import overload

from shiftprobe.data.bundle import Print, common_channels, fingerprint, frozen
from shiftprobe.data.decode import decode
from shiftprobe.errors import DataError
from shiftprobe.show import show
from shiftprobe.types import Image

KEEP_BYTES = 512 * 2**20
"""Decoded pixels up to this size stay in memory; beyond it a folder decodes on access."""

_AT_ONCE = 8  # decoded images in flight, which bounds the memory of a folder of giants
_THREADS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Files(Sequence[Image]):
    """Decoded images of files, in order, all with the same channels."""

    paths: tuple[Path, ...]
    prints: tuple[Print, ...]
    channels: int
    kept: tuple[Image, ...] | None  # None: decode on access

    def __len__(self) -> int:
        """How many images."""
        return len(self.paths)

    @overload
    def __getitem__(self, index: int) -> Image: ...
    @overload
    def __getitem__(self, index: slice) -> list[Image]: ...
    def __getitem__(self, index: int | slice) -> Image | list[Image]:
        """One image, or a list for a slice.

        Raises:
            DataError: when a file no longer holds the pixels it was fingerprinted with.
        """
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        image = self.kept[index] if self.kept is not None else self._read(index)
        return frozen(image, self.channels)

    def _read(self, index: int) -> Image:
        path = self.paths[index]
        try:
            image = decode(path)
        except DataError as error:
            raise DataError(f"{show(path)} can no longer be read ({error}); run again") from None
        if fingerprint(image) != self.prints[index]:
            raise DataError(f"{show(path)} changed since it was first read; run again")
        return image


@dataclass(frozen=True, slots=True)
class Read:
    """What reading many files gave: the good ones, and the bad ones with their reasons."""

    images: Files
    good: tuple[int, ...]  # positions in the list that was asked for
    bad: tuple[tuple[int, str], ...]


def read(paths: Sequence[Path]) -> Read:
    """Decode and fingerprint files in two threads; order and outcome do not depend on the threads."""
    good: dict[int, Print] = {}
    shapes: set[tuple[int, ...]] = set()
    bad: list[tuple[int, str]] = []
    kept: list[Image] | None = []
    size = 0
    turns = iter(enumerate(paths))
    with ThreadPoolExecutor(_THREADS) as pool:
        while batch := list(islice(turns, _AT_ONCE)):
            for (i, _), (image, answer) in zip(batch, pool.map(_try, (p for _, p in batch)), strict=True):
                if image is None or isinstance(answer, str):
                    bad.append((i, str(answer)))
                    continue
                good[i] = answer
                shapes.add(image.shape)
                size += image.nbytes
                kept = [*kept, image] if kept is not None and size <= KEEP_BYTES else None
    chosen = tuple(paths[i] for i in good)
    channels = common_channels(shapes) if shapes else 1
    files = Files(chosen, tuple(good.values()), channels, None if kept is None else tuple(kept))
    return Read(files, tuple(good), tuple(bad))
