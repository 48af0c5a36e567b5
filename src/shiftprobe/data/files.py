"""Images that live outside of memory: each decoded once to check it, kept only while they are few."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, overload

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.core.types import Image
from shiftprobe.data.bundle import Print, fingerprint, frozen
from shiftprobe.data.decode import decode

KEEP_BYTES = 512 * 2**20
"""Decoded pixels up to this size stay in memory; beyond it images are decoded on access."""

_AT_ONCE = 8  # decoded images in flight, which bounds the memory of a folder of giants
_THREADS = 2


class Stored(Protocol):
    """An encoded image that is no file of its own; its `str` says where it stands."""

    def image(self) -> Image:
        """Its pixels.

        Raises:
            DataError: the reason in a few words.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Files(Sequence[Image]):
    """Decoded images, in order, all with the same channels."""

    sources: tuple[Path | Stored, ...]
    prints: tuple[Print, ...]
    channels: int
    kept: tuple[Image, ...] | None  # None: decode on access

    def __len__(self) -> int:
        """How many images."""
        return len(self.sources)

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
        source = self.sources[index]
        try:
            image = _pixels(source)
        except DataError as error:
            raise DataError(f"{escape(source)} can no longer be read ({error}); run again") from None
        if fingerprint(image) != self.prints[index]:
            raise DataError(f"{escape(source)} changed since it was first read; run again")
        return image


@dataclass(frozen=True, slots=True)
class Read:
    """What reading many files gave: the good ones, and the bad ones with their reasons."""

    images: Files
    good: tuple[int, ...]  # positions in the list that was asked for
    bad: tuple[tuple[int, str], ...]


def read(sources: Sequence[Path | Stored]) -> Read:
    """Decode and fingerprint images in two threads; the outcome does not depend on the threads."""
    prints: dict[int, Print] = {}
    bad: list[tuple[int, str]] = []
    kept: list[Image] = []
    size, channels = 0, 1
    for i, answer in enumerate(_decode_all(sources)):
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
        sources=tuple(sources[i] for i in prints),
        prints=tuple(prints.values()),
        channels=channels,
        kept=tuple(kept) if size <= KEEP_BYTES else None,
    )
    return Read(images, tuple(prints), tuple(bad))


def _decode_all(sources: Sequence[Path | Stored]) -> Iterator[tuple[Image, Print] | str]:
    with ThreadPoolExecutor(_THREADS) as pool:
        for first in range(0, len(sources), _AT_ONCE):
            yield from pool.map(_decode_one, sources[first : first + _AT_ONCE])


def _decode_one(source: Path | Stored) -> tuple[Image, Print] | str:
    """The image and its print, or why there is none: a bad image is data, and is listed."""
    try:
        image = _pixels(source)
    except DataError as error:
        return str(error)
    return image, fingerprint(image)


def _pixels(source: Path | Stored) -> Image:
    return decode(source) if isinstance(source, Path) else source.image()
