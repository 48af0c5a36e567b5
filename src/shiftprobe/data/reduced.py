"""The working resolution: large images brought to a smaller one before a shift, once, and kept as long as their set.

Of 12 megapixels a network that looks at 224 px sees a hundredth: a shift on all of them costs as much more.
"""

import math
import os
import shutil
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import overload
from weakref import WeakKeyDictionary, finalize

import numpy as np
import PIL.Image

from shiftprobe.core.rows import Joined, Subset
from shiftprobe.core.types import Image
from shiftprobe.data.files import Files

MAX_IMAGE = 8 * 2**20
"""Bytes of one that is kept: what is larger fills the disk and saves little."""

MAX_KEPT = 16 * 2**30
"""Bytes of reduced images kept in the system's folder for temporary files, and never over a quarter of what is free."""


def reduced(image: Image, side: int | None) -> Image:
    """An image whose shorter side is brought to so many px (Lanczos, with antialiasing); a smaller one as it is.

    Args:
        image: (H, W, 1) or (H, W, 3).
        side: px; None: as it is.
    """
    height, width, channels = image.shape
    short = min(height, width)
    if side is None or short <= side:
        return image
    sizes = (max(1, round(width * side / short)), max(1, round(height * side / short)))
    picture = PIL.Image.fromarray(image[..., 0] if channels == 1 else image)
    small = picture.resize(sizes, PIL.Image.Resampling.LANCZOS, reducing_gap=1.5)  # four times as fast
    return np.asarray(small).reshape(sizes[1], sizes[0], channels)


def at_side(images: Sequence[Image], place: int, side: int | None) -> Image:
    """One of a set of images, `reduced`; decoded and reduced once, however often it is asked for.

    Args:
        images: the set, at its own resolution.
        place: which of them.
        side: px; None: all its pixels.
    """
    kept = _kept(images, side)
    if kept is None:
        return reduced(images[place], side)
    found = kept.find(place)
    return kept.fill(place, images[place], side) if found is None else found


def whole(images: Sequence[Image], place: int, side: int | None) -> Image:
    """One of a set of images with all its pixels; what `at_side` makes of it is kept for those who will ask for it."""
    image, kept = images[place], _kept(images, side)
    if kept is not None:
        kept.fill(place, image, side)
    return image


def _kept(images: Sequence[Image], side: int | None) -> "_Kept | None":
    """Where the reduced images of a set are; None for one at hand, which need not be decoded again."""
    if _at_hand(images):
        return None
    with _LOCK:
        of = _KEPT.setdefault(images, {})
        return of[side] if side in of else of.setdefault(side, _Kept())


def _at_hand(images: Sequence[Image]) -> bool:
    """Whether images are in memory, or kept already."""
    if isinstance(images, Files):
        return images.kept is not None
    return all(map(_at_hand, images.parts)) if isinstance(images, Joined) else isinstance(images, tuple | list | AtSide)


class AtSide(Sequence[Image]):
    """A set of images, `reduced`, each when it is asked for."""

    def __init__(self, images: Sequence[Image], side: int) -> None:
        self._images, self._side = images, side

    def __len__(self) -> int:
        """How many images."""
        return len(self._images)

    @overload
    def __getitem__(self, place: int) -> Image: ...
    @overload
    def __getitem__(self, place: slice) -> Subset[Image]: ...
    def __getitem__(self, place: int | slice) -> Image | Subset[Image]:
        """One image, or some of them, unread."""
        if isinstance(place, slice):
            return Subset(self, range(*place.indices(len(self))))
        return at_side(self._images, range(len(self))[place], self._side)


class _Kept:
    """Reduced images in one unnamed file, which the system may hold in memory and is gone with the set."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: dict[int, tuple[int, tuple[int, ...]]] = {}  # where each begins, and its shape
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the set
        finalize(self, self._file.close)
        self._end = 0
        self._room = min(MAX_KEPT, shutil.disk_usage(tempfile.gettempdir()).free // 4)

    def find(self, place: int) -> Image | None:
        """One image; None where it is not kept."""
        if place not in self._places:
            return None
        offset, shape = self._places[place]
        content = os.pread(self._file.fileno(), math.prod(shape), offset)
        return np.frombuffer(content, np.uint8).reshape(shape)

    def fill(self, place: int, image: Image, side: int | None) -> Image:
        """One image, reduced and kept."""
        if (found := self.find(place)) is not None:
            return found
        small = reduced(image, side)
        if small.nbytes <= MAX_IMAGE:
            self._keep(place, small)
        return small

    def _keep(self, place: int, image: Image) -> None:
        with self._lock:
            if place in self._places or self._end + image.nbytes > self._room:
                return
            offset, self._end = self._end, self._end + image.nbytes
        with suppress(OSError):  # a full disk: it is decoded again
            if os.pwrite(self._file.fileno(), image.tobytes(), offset) == image.nbytes:
                self._places[place] = (offset, image.shape)


_LOCK = threading.Lock()
_KEPT: "WeakKeyDictionary[Sequence[Image], dict[int | None, _Kept]]" = WeakKeyDictionary()
