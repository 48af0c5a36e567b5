"""Images that live outside of memory: each decoded once to check it, kept only while they are few."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import overload

from shiftprobe.core.concurrent import in_turn
from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.core.monitor import Unannounced
from shiftprobe.core.readers import VIEWER, Reader
from shiftprobe.core.types import Image
from shiftprobe.data.bundle import Print, fingerprint, frozen
from shiftprobe.data.picture_cache import Looked, picture_cache
from shiftprobe.data.sources import Source, SourceLook, decoded, key_of, look

KEEP_BYTES = 512 * 2**20
"""Decoded pixels up to this size stay in memory; beyond it images are decoded on access."""

_AT_ONCE = 8  # decoded images in flight, which bounds the memory of a folder of giants
_BATCH = 256  # files that the cache is asked for at a time, and told of


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Files(Sequence[Image]):
    """Decoded images, in order, all with the same channels."""

    sources: tuple[Source, ...]
    prints: tuple[Print, ...]
    channels: int
    kept: dict[int, Image] | None  # those that were decoded; None: decode on access
    keys: tuple[str, ...] | None = None  # SHA-256 of the encoded bytes, hex; None where images have none
    unseen: set[int] = field(default_factory=set)  # of which the cache alone says what pixels they have
    reader: Reader = VIEWER  # whose pixels they are

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
            DataError: when a file no longer holds what it was fingerprinted with.
        """
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        place = range(len(self))[index]
        image = self.kept.get(place) if self.kept is not None else None
        if image is None:
            image = self._read(place)
            if self.kept is not None:
                self.kept[place] = image
        return frozen(image, self.channels)

    def some(self, index: Sequence[int]) -> "Files":
        """Some of them, in that order."""
        where = {place: i for i, place in enumerate(index)}
        return replace(
            self,
            sources=tuple(self.sources[place] for place in index),
            prints=tuple(self.prints[place] for place in index),
            kept=None if self.kept is None else {where[p]: image for p, image in self.kept.items() if p in where},
            keys=None if self.keys is None else tuple(self.keys[place] for place in index),
            unseen={where[place] for place in self.unseen if place in where},
        )

    def _read(self, place: int) -> Image:
        source = self.sources[place]
        changed = f"{escape(source)} changed since it was first read; run again"
        try:
            key, image = decoded(source, self.reader)
        except DataError as error:
            raise DataError(f"{escape(source)} can no longer be read ({error}); run again") from None
        if self.keys is not None and key != self.keys[place]:
            raise DataError(changed)
        if self.keys is None or place in self.unseen:
            self._check(place, image, changed)
        return image

    def _check(self, place: int, image: Image, changed: str) -> None:
        if fingerprint(image).sha256 == self.prints[place].sha256:
            self.unseen.discard(place)
            return
        if self.keys is None:
            raise DataError(changed)
        with picture_cache() as cache:
            cache.forget(self.keys[place], self.reader)
        raise DataError(
            f"{escape(self.sources[place])}: wanted the pixels that the cache of pictures has for this file, got "
            "others; that entry is dropped, run again"
        )


@dataclass(frozen=True, slots=True)
class Read:
    """What reading many files gave: the good ones, and the bad ones with their reasons."""

    images: Files
    good: tuple[int, ...]  # positions in the list that was asked for
    bad: tuple[tuple[int, str], ...]


@dataclass(slots=True)
class _Reading:
    """What is known of each source so far."""

    sources: Sequence[Source]
    reader: Reader
    keys: dict[int, str] = field(default_factory=dict)
    looked: dict[int, Looked] = field(default_factory=dict)
    unseen: set[int] = field(default_factory=set)
    kept: dict[int, Image] = field(default_factory=dict)
    size: int = 0  # bytes of all pixels

    def recall(self, place: int, key: str, looked: Looked) -> None:
        """What the cache says of a source."""
        self.unseen.add(place)
        self.know(place, SourceLook(looked, key))

    def know(self, place: int, one: SourceLook) -> None:
        """What a source gave."""
        self.looked[place] = one.looked
        if one.key:
            self.keys[place] = one.key
        self.size += 0 if isinstance(one.looked, str) else one.looked.size
        if self.size > KEEP_BYTES:
            self.kept.clear()
        elif one.image is not None:
            self.kept[place] = one.image

    def result(self) -> Read:
        good = [place for place in range(len(self.sources)) if not isinstance(self.looked[place], str)]
        prints = [looked for place in good if not isinstance(looked := self.looked[place], str)]
        where = {place: i for i, place in enumerate(good)}
        images = Files(
            sources=tuple(self.sources[place] for place in good),
            prints=tuple(prints),
            channels=3 if any(one.colour for one in prints) else 1,  # one colour image makes the grey ones follow
            kept={where[place]: image for place, image in self.kept.items()} if self.size <= KEEP_BYTES else None,
            keys=tuple(self.keys[place] for place in good) if all(place in self.keys for place in good) else None,
            unseen={where[place] for place in self.unseen if place in where},
            reader=self.reader,
        )
        bad = [(place, looked) for place, looked in sorted(self.looked.items()) if isinstance(looked, str)]
        return Read(images, tuple(good), tuple(bad))


def read(sources: Sequence[Source], reader: Reader = VIEWER) -> Read:
    """Fingerprint images, on all cores; those that the cache knows by their bytes are not decoded.

    The outcome does not depend on the threads, nor on the cache.
    """
    reading, told = _Reading(sources, reader), Unannounced("pictures", len(sources))
    with picture_cache() as cache, ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for first in range(0, len(sources), _BATCH):
            part = range(first, min(first + _BATCH, len(sources)))
            some = [sources[place] for place in part] if cache.is_open else []
            keys = dict(zip(part, in_turn(pool, key_of, some, most=_AT_ONCE), strict=False))
            known = cache.find([key for key in keys.values() if key], reader)
            for place, key in keys.items():
                if key in known:
                    reading.recall(place, key, known[key])
                    told.step()
            todo = [place for place in part if keys.get(place) not in known]
            new: dict[str, Looked] = {}
            looks = in_turn(pool, partial(look, reader=reader), [sources[place] for place in todo], most=_AT_ONCE)
            for place, found in zip(todo, looks, strict=True):
                reading.know(place, found)
                new |= {found.key: found.looked} if found.key else {}
                told.step()
            cache.keep(new, reader)
    return reading.result()
