"""Images that live in files: each decoded once to check it, kept in memory only while they are few."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import overload

from shiftprobe.data.bundle import Print, fingerprint, frozen
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
    """Decode and fingerprint files in two threads; the outcome does not depend on the threads."""
    prints: dict[int, Print] = {}
    bad: list[tuple[int, str]] = []
    kept: list[Image] = []
    size, channels = 0, 1
    for i, answer in enumerate(_decode_all(paths)):
        if isinstance(answer, str):
            bad.append((i, answer))
            continue
        image, prints[i] = answer
        channels = max(channels, image.shape[2])  # one colour image makes the grey ones follow
        size += image.nbytes
        if size <= KEEP_BYTES:
            kept.append(image)
        else:
            kept.clear()
    images = Files(
        paths=tuple(paths[i] for i in prints),
        prints=tuple(prints.values()),
        channels=channels,
        kept=tuple(kept) if size <= KEEP_BYTES else None,
    )
    return Read(images, tuple(prints), tuple(bad))


def _decode_all(paths: Sequence[Path]) -> Iterator[tuple[Image, Print] | str]:
    with ThreadPoolExecutor(_THREADS) as pool:
        for first in range(0, len(paths), _AT_ONCE):
            yield from pool.map(_decode_one, paths[first : first + _AT_ONCE])


def _decode_one(path: Path) -> tuple[Image, Print] | str:
    """The image and its print, or why there is none: a bad image is data, and is listed."""
    try:
        image = decode(path)
    except DataError as error:
        return str(error)
    return image, fingerprint(image)
